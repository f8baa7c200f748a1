# [DEF:superset.view.sections:Module]
# @COMPLEXITY: 2
# @PURPOSE: One change for people: the layout as a picture, fields side by side, texts with their lines.
# @RELATION CALLS -> superset.view.layout
# @RELATION CALLS -> superset.view.hunks
# @RELATION CALLS -> superset.view.placement
# @RELATION CALLS -> superset.view.values

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.contracts.plain_text import one_line, plain
from apps.superset.assets import Asset, Document, Kind
from apps.superset.content.comparable import comparable
from apps.superset.content.normalize import normalize
from apps.superset.diff.diff import diff
from apps.superset.diff.difference import Difference
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.plan.plan import Action, Change
from apps.superset.view.hunks import text_diff
from apps.superset.view.layout import Picture, picture
from apps.superset.view.marks import marks
from apps.superset.view.placement import CODES, TITLES, code_of, heading, language_of, name_of
from apps.superset.view.values import Values, hidden, texts, values_of

PARTS = (
    "metric_changed",
    "column_changed",
    "filter_options_changed",
    "customization_options_changed",
    "colors_changed",
)
"""Kinds whose values are mappings of the differing parts."""

HIDDEN_CHANGES = _("{name}: hidden, changes")
PICTURED = (
    ("added", _("{number} added")),
    ("removed", _("{number} removed")),
    ("moved", _("{number} moved")),
    ("resized", _("{number} resized")),
)
NO_PICTURE = _("How it was before the change was not stored with this plan.")

Section = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """The two states of one asset as the plan found and wants them, symbolic; None where it is absent or not known."""

    before: Asset | None
    after: Asset | None


def sections(change: Change, contents: Contents, translate: Translate = unchanged) -> list[Section]:
    """Each difference is in one of them."""
    before, after = (side and comparable(side) for side in (contents.before, contents.after))
    differences = _differences(change, after)
    old, new = (side.document if side else None for side in (before, after))
    drawn = _picture(change, differences, old, new)
    rest = [each for each in differences if each.path not in drawn.pictured] if drawn else differences
    found = [_layout(drawn, change, old, translate)] if drawn else []
    texts_found, rows = _placed(rest, old, new, translate)
    return [*found, *texts_found, *_fields(rows, translate)]


def _differences(change: Change, after: Asset | None) -> list[Difference]:
    """Of what is new, everything that it is made of."""
    if change.action is not Action.CREATE or after is None:
        return list(change.differences)
    empty = normalize(Asset(after.key, after.name, {}))
    return [each for each in diff(empty, after) if each.path not in ("uuid", "position.DASHBOARD_VERSION_KEY")]


def _picture(
    change: Change, differences: Iterable[Difference], before: Document | None, after: Document | None
) -> Picture | None:
    """Of a dashboard whose layout changes; without the state before, of what is known."""
    if change.key.kind is not Kind.DASHBOARD or after is None:
        return None
    if not any(each.path.startswith("position") for each in differences):
        return None
    if before is None and change.action is not Action.CREATE:
        return Picture((), tuple(replace(box, state="same") for box in picture({}, after.get("position")).after))
    drawn = picture((before or {}).get("position"), after.get("position"))
    return drawn if drawn.differs else None


def _layout(drawn: Picture, change: Change, before: Document | None, translate: Translate) -> Section:
    counts = [translate(text).format(number=drawn.count(state)) for state, text in PICTURED if drawn.count(state)]
    unknown = before is None and change.action is not Action.CREATE
    return {
        "kind": "layout",
        "title": translate(_("Layout")),
        "summary": translate(NO_PICTURE) if unknown else ", ".join(counts),
        "before": [box.to_json() for box in drawn.before],
        "after": [box.to_json() for box in drawn.after],
    }


def _placed(
    differences: Iterable[Difference], before: Document | None, after: Document | None, translate: Translate
) -> tuple[list[Section], Mapping[str, list[Section]]]:
    """Texts, and rows by the code of their fields."""
    found: list[Section] = []
    rows: dict[str, list[Section]] = defaultdict(list)
    for each in differences:
        values = values_of(each, before, after)
        language = None if values.secret else language_of(each, values.before, values.after)
        if language:
            found.append(_text(each, language, values, translate))
        else:
            rows[code_of(each)].extend(_rows(each, values, translate))
    return found, rows


def _text(difference: Difference, language: str, values: Values, translate: Translate) -> Section:
    lines = text_diff(plain(values.before or ""), plain(values.after or ""))
    title = heading(difference, language, translate)
    return {"kind": "text", "title": title, "language": language, **lines.to_json()}


def _fields(rows: Mapping[str, list[Section]], translate: Translate) -> Iterator[Section]:
    for code in CODES:
        if code in rows:
            yield {"kind": "fields", "code": code, "title": translate(TITLES[code]), "rows": rows[code]}


def _rows(difference: Difference, values: Values, translate: Translate) -> Iterator[Section]:
    name = name_of(difference, translate)
    if values.secret:
        yield _row(name, values, translate(HIDDEN_CHANGES).format(name=name), translate)
        return
    sentence = replace(difference, before=values.before, after=values.after).sentence(translate)
    if difference.kind in PARTS and isinstance(values.before, Mapping) and isinstance(values.after, Mapping):
        for part in sorted({*values.before, *values.after}, key=lambda part: (part != "expression", part)):
            pair = hidden(f"part.{part}", values.before.get(part), values.after.get(part))
            yield _row(f"{name}: {part}" if name else part, pair, sentence, translate)
            sentence = ""
        return
    if difference.kind == "query_context_changed":
        yield _row(name, Values(None, None), _with_text(sentence, difference.text), translate)
        return
    yield _row(name, values, sentence, translate)


def _with_text(sentence: str, text: str) -> str:
    """The changes of a stored query are sentences; its values are hashes."""
    lines = [hidden("", one_line(line), None).before for line in text.splitlines()[:20]]
    return f"{sentence}: {'; '.join(lines)}" if lines else sentence


def _row(name: str, values: Values, sentence: str, translate: Translate) -> Section:
    before, after = texts(values.before, values.after, translate)
    old, new = marks(before, after) if before is not None and after is not None else ([], [])
    return {
        "name": one_line(name),
        "before": before,
        "after": after,
        "secret": values.secret,
        "sentence": sentence,
        "marks_before": [list(mark) for mark in old],
        "marks_after": [list(mark) for mark in new],
    }
