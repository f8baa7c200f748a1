# [DEF:superset.macros:Module]
# @COMPLEXITY: 3
# @PURPOSE: Numbers inside free text that nothing rewrites yet: found, and told as a warning.
# @RELATION CALLS -> superset.texts.jinja
# @RELATION DEPENDS_ON -> superset.texts.links
# @RELATION DEPENDS_ON -> superset.texts.css
# @RELATION DEPENDS_ON -> superset.plan

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.plan import Note
from apps.superset.texts import css, links


def macro_notes(assets: Bundle) -> tuple[Note, ...]:
    """A warning for each kind of number that stays as it is, naming the assets."""
    found = [(str(asset), kind) for asset in assets for kind in _numbers_in(asset)]
    notes = (
        Note(kind, text, tuple(sorted({name for name, each in found if each == kind})))
        for kind, text in SENTENCES.items()
    )
    return tuple(note for note in notes if note.assets)


HOST = re.compile(r"https?://[^\s/\"'<>()\[\]]+")
"""A server is linked under many names, so every link counts, whatever its host."""

SENTENCES = {
    "macro_numbers": "Jinja macros name datasets by a number of the source, which is not rewritten.",
    "macro_unresolved": "Jinja macros name a dataset in a way that only Superset resolves: on the target it may be "
    "another one.",
    "link_numbers": "Links or styles name assets by number, which is not rewritten.",
    "link_keys": "Links hold a permalink or a key, which only the server that made it knows.",
}


def _numbers_in(asset: Asset) -> Iterator[str]:
    if asset.kind is not Kind.DATABASE:
        yield from sorted({kind for text in _texts(asset.document) for kind in _kinds(text)})


def _kinds(text: str) -> Iterator[str]:
    if "{{" in text or "{%" in text:
        from apps.superset.texts import jinja  # noqa: PLC0415 - the parser is loaded where there is something to parse

        found = jinja.find(text)
        if any(span.number is not None for span in found.spans):
            yield "macro_numbers"
        if found.unresolved:
            yield "macro_unresolved"
    linked, styled = links.find(HOST.sub("", text)), css.find(text)
    if any(span.number is not None for span in (*linked.spans, *styled.spans)):
        yield "link_numbers"
    if linked.told:
        yield "link_keys"


def _texts(value: Any) -> Iterator[str]:
    """Every text in a document, keys aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
