# [DEF:superset.view.values:Module]
# @COMPLEXITY: 2
# @PURPOSE: The two values of a difference as texts for people: complete where they can be, and never a secret.

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.contracts.belief import HIDDEN, SECRET_NAME, without_secret_texts, without_secrets
from apps.contracts.plain_text import plain
from apps.superset.assets import Document
from apps.superset.diff.difference import Difference
from apps.superset.messages.marking import Translate
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.references.reference import shown

MOST = 5_000
"""Characters of a value in a row; the raw document has the rest."""

STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')
BOUNDED = {"sha256", "length", "start"}
MEMBERS = re.compile(r"(?:metrics|columns|\w*label_colors)(?:\.|\[)[^.\[\]]*\]?")
"""Paths that end in a name that people gave to something."""


@dataclass(frozen=True, slots=True)
class Values:
    """Both values, with secrets masked. `secret`: what differs is a secret, so that neither is shown."""

    before: Any
    after: Any
    secret: bool = False


def values_of(difference: Difference, before: Document | None, after: Document | None) -> Values:
    """The documents are in normal form; a difference has only the start of a long value."""
    old = whole(difference.before, before, difference.path)
    new = whole(difference.after, after, difference.path)
    return hidden(difference.path, old, new)


def hidden(path: str, before: Any, after: Any) -> Values:
    masked = without_secrets(before), without_secrets(after)
    secret = _names_secret(path, before, after) or (masked[0] == masked[1] and before != after)
    return Values(None, None, secret=True) if secret else Values(*masked)


def _names_secret(path: str, before: Any, after: Any) -> bool:
    steps = [quoted or name for quoted, _number, name in STEP.findall(path)]
    if not steps or not SECRET_NAME.search(steps[-1]) or MEMBERS.fullmatch(path):
        return False
    return any(isinstance(value, str | Mapping | list) and value for value in (before, after))


def without_secret(difference: Difference) -> Difference:
    """The same difference for a document that leaves the server."""
    values = hidden(difference.path, difference.before, difference.after)
    if values.secret:
        return replace(difference, before=HIDDEN, after=HIDDEN, text="")
    return replace(difference, before=values.before, after=values.after, text=without_secret_texts(difference.text))


def whole(value: Any, document: Document | None, path: str) -> Any:
    """The value, read from the document where the difference has only the start of it."""
    if isinstance(value, Mapping) and set(value) == BOUNDED and document is not None:
        found = value_at(document, path)
        return value if found is None else shown(found)
    return value


def value_at(document: Any, path: str) -> Any:
    """What stands at the path of a difference; None if there is nothing."""
    for quoted, number, name in STEP.findall(path):
        key = quoted or name
        if isinstance(document, Mapping) and key in document:
            document = document[key]
        elif isinstance(document, list) and number and int(number) < len(document):
            document = document[int(number)]
        else:
            return None
    return document


def texts(before: Any, after: Any, translate: Translate) -> tuple[str | None, str | None]:
    """Both in brief where that tells them apart, else complete."""
    old, new = _text(before, translate), _text(after, translate)
    return (old, new) if old != new else (_complete(before, translate), _complete(after, translate))


def _text(value: Any, translate: Translate) -> str | None:
    if isinstance(value, list) and value:
        return _cut("\n".join(_brief(item) for item in value))
    return _cut(_brief(value)) if isinstance(value, Mapping) else _complete(value, translate)


def _brief(value: Any) -> str:
    """The part of a value that identifies it for a person."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, str) else _json(value)
    if set(value) == BOUNDED:
        return f"{value['start']}…"
    for name in ("place", "expression", "sqlExpression"):
        if isinstance(value.get(name), str) and value[name]:
            return str(value[name])
    if value.get("subject") and value.get("operator"):
        comparator = value.get("comparator")
        rest = [comparator if isinstance(comparator, str) else _json(comparator)] if comparator is not None else []
        return " ".join([str(value["subject"]), str(value["operator"]), *rest])
    for name in ("label", "type"):
        if isinstance(value.get(name), str) and value[name] and (name == "label" or "column_name" in value):
            return str(value[name])
    return _json(value)


def _complete(value: Any, translate: Translate) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return translate(_("yes") if value else _("no"))
    return _cut(plain(value)) if isinstance(value, str) else _cut(_json(value))


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return plain(text if len(text) <= 80 else json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}…"
