# [DEF:superset.references.templates:Module]
# @COMPLEXITY: 2
# @PURPOSE: References inside free text: macros, links and styles that refer to an asset by its id.
# @RELATION CALLS -> superset.texts.links
# @RELATION CALLS -> superset.texts.jinja
# @RELATION CALLS -> superset.texts.css

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apps.superset.references.reference import Form, Packed, Ref, Template, joined
from apps.superset.texts import css, links
from apps.superset.texts.spans import NOTHING, Found, Span, together

if TYPE_CHECKING:
    from apps.superset.assets import Asset
    from apps.superset.inventory import Inventory

SHORTEST = len("/explore")
"""A shorter text cannot contain a reference."""


def found_in(text: str, *, rendered: bool, linked: bool = True, origin: str = "") -> Found:
    """What a text refers to. `rendered`: Superset reads it as a Jinja template; `linked`: it may contain links and
    styles."""
    parts = [links.find(text, origin), css.find(text)] if linked else []
    if rendered and ("{{" in text or "{%" in text):
        from apps.superset.texts import jinja  # noqa: PLC0415 - the parser is loaded where there is something to parse

        parts.append(jinja.find(text))
    parts = [each for each in parts if each is not NOTHING]
    return together(*parts) if parts else NOTHING


def template(
    value: str | Template,
    inventory: Inventory,
    *,
    rendered: bool,
    number_used: Callable[[int], None],
    linked: bool = True,
    instead: str = "",
) -> str | Template:
    """The text with a reference for each number that refers to an asset; the text itself if there is none.

    Existing references are kept. `instead`: the address that replaces the inventory's own.
    """
    text = value if isinstance(value, str) else value.written
    if len(text) < SHORTEST:
        return value
    changes: dict[int, tuple[int, str | Ref]] = {start: (start + len(ref.written), ref) for start, ref in places(value)}
    for span in found_in(text, rendered=rendered, linked=linked, origin=inventory.origin).spans:
        if span.start not in changes and (ref := _ref(text, span, inventory)) is not None:
            changes[span.start] = (span.end, ref)
            number_used(span.number or 0)
    if instead:
        changes |= {start: (end, instead) for start, end in hosts_in(text, inventory.origin)}
    if not changes:
        return value
    parts: list[str | Ref] = []
    position = 0
    for start in sorted(changes):
        end, change = changes[start]
        parts += [text[position:start], change]
        position = end
    return joined([*parts, text[position:]])


def hosts_in(text: str, origin: str) -> list[tuple[int, int]]:
    """Where a text has this address of a server, regardless of the link's target."""
    if not origin or (urlsplit(origin).hostname or origin) not in text.lower():
        return []
    spelled = re.compile(re.escape(origin.rstrip("/")) + r"(?![\w.:@-])", re.IGNORECASE)
    found = {match.start(): match.span() for match in spelled.finditer(text)}
    found |= {host.start: (host.start, host.end) for host in links.find(text, origin).hosts}
    return [found[start] for start in sorted(found)]


def rehosted(asset: Asset, inventory: Inventory, instead: str) -> Asset:
    """A symbolic asset whose links to the inventory's own address are rewritten to another, for the same assets."""

    def moved(value: Any) -> Any:
        match value:
            case str() | Template():
                return template(value, inventory, rendered=False, number_used=lambda number: None, instead=instead)
            case Packed():
                return replace(value, value=moved(value.value))
            case Mapping():
                return {name: moved(item) for name, item in value.items()}
            case list():
                return [moved(item) for item in value]
        return value

    return asset.with_document(moved(asset.document))


def places(value: str | Template) -> Iterator[tuple[int, Ref]]:
    """The references of a text, each with its position in the original text."""
    position = 0
    for part in value.parts if isinstance(value, Template) else ():
        if isinstance(part, Ref):
            yield position, part
        position += len(part if isinstance(part, str) else part.written)


def _ref(text: str, span: Span, inventory: Inventory) -> Ref | None:
    if span.number is None:
        return None
    key = inventory.key_of(span.kind, span.number)
    written = text[span.start : span.end]
    return None if key is None else Ref(key, Form.TEXT, "", written, MACRO if span.how == MACRO else "")


MACRO = "macro"
"""The dataset of a macro has to exist, so it travels along."""
