# [DEF:superset.templates:Module]
# @COMPLEXITY: 3
# @PURPOSE: References inside free text: macros, links and styles that name an asset by number.
# @RELATION CALLS -> superset.texts.links
# @RELATION CALLS -> superset.texts.jinja
# @RELATION CALLS -> superset.texts.css
# @RELATION DEPENDS_ON -> superset.references

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.superset.references import Form, Ref, Template
from apps.superset.texts import css, links
from apps.superset.texts.spans import Found, Span, together

if TYPE_CHECKING:
    from apps.superset.inventory import Inventory

SHORTEST = len("/explore")
"""No text below this names anything."""


def found_in(text: str, *, rendered: bool, origin: str = "") -> Found:
    """What a text names. `rendered`: Superset reads it as a Jinja template."""
    parts = [links.find(text, origin), css.find(text)]
    if rendered and ("{{" in text or "{%" in text):
        from apps.superset.texts import jinja  # noqa: PLC0415 - the parser is loaded where there is something to parse

        parts.append(jinja.find(text))
    return together(*parts)


def template(
    text: str, inventory: Inventory, *, rendered: bool, number_used: Callable[[int], None], origin: str = ""
) -> str | Template:
    """The text with a reference for each number that names an asset; the text itself where there is none."""
    if len(text) < SHORTEST:
        return text
    parts: list[str | Ref] = []
    position = 0
    for span in found_in(text, rendered=rendered, origin=origin).spans:
        if (ref := _ref(text, span, inventory)) is not None:
            parts += [text[position : span.start], ref]
            position = span.end
            number_used(span.number or 0)
    if not parts:
        return text
    return Template(tuple(part for part in (*parts, text[position:]) if part != ""))


def _ref(text: str, span: Span, inventory: Inventory) -> Ref | None:
    if span.number is None or span.how == "own host":
        return None
    key = inventory.key_of(span.kind, span.number)
    written = text[span.start : span.end]
    return None if key is None else Ref(key, Form.TEXT, "", written, MACRO if span.how == MACRO else "")


MACRO = "macro"
"""What a macro reads has to be there: it travels along."""
