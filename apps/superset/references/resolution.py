# [DEF:superset.references.resolution:Module]
# @COMPLEXITY: 2
# @PURPOSE: Resolves references to assets that the target will not have.
# @RELATION CALLS -> superset.references.symbolise

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.inventory import Inventory
from apps.superset.references.places import ADDRESS, PLACES
from apps.superset.references.reference import Packed, Ref, Template, joined, packed
from apps.superset.references.symbolise import as_seen_in

GONE = object()


@dataclass(frozen=True, slots=True)
class Settled:
    """The desired content in the target's terms, and what could not be resolved, each with its asset and place:
    `absent` are links that stay as written, `dropped` are references in settings."""

    desired: Bundle
    absent: tuple[str, ...]
    dropped: tuple[str, ...]


def settled(desired: Bundle, there: Inventory) -> Settled:
    """All references of these exist on the target or will be created; numbers that remain in a text have the meaning
    they have on the target."""
    assets, absent, dropped = [], list[str](), list[str]()
    for asset in desired:
        work = _Settling(desired, there)
        found = ((name, work.value(item, name)) for name, item in asset.document.items())
        document = {name: item for name, item in found if item is not GONE}
        absent += (f"{asset}: {each}" for each in work.absent)
        dropped += (f"{asset}: {each}" for each in work.dropped if is_reported(each))
        assets.append(as_seen_in(asset.with_document(document), there))
    return Settled(Bundle.of(assets), tuple(dict.fromkeys(absent)), tuple(dict.fromkeys(dropped)))


@dataclass(slots=True)
class _Settling:
    desired: Bundle
    there: Inventory
    absent: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def value(self, value: Any, path: str) -> Any:
        match value:
            case Ref() if not self.known(value.key):
                self.dropped.append(path)
                return GONE
            case Mapping():
                return self.mapping(value, path)
            case list() | tuple():
                found = (self.value(item, path) for item in value)
                return [item for item in found if item is not GONE]
            case Template():
                return self.text(value, path)
            case Packed():
                return packed(self.value(value.value, path))
        return value

    def mapping(self, value: Mapping[Any, Any], path: str) -> Any:
        result = {}
        for name, item in value.items():
            if isinstance(name, Ref) and not self.known(name.key):
                self.dropped.append(path)
                continue
            found = self.value(item, f"{path}.{name}")
            if found is GONE and name == "value":
                return GONE
            if found is not GONE:
                result[name] = found
        return result

    def text(self, text: Template, path: str) -> str | Template:
        parts: list[str | Ref] = []
        for part in text.parts:
            if isinstance(part, str) or self.known(part.key):
                parts.append(part)
            else:
                self.absent.append(f"{path}: {part.key}")
                parts.append(part.written)
        return joined(parts)

    def known(self, key: Key) -> bool:
        return key in self.desired or key in self.there


LAST_SEEN_ON = frozenset(
    place.key for place in PLACES if place.document is Kind.CHART and place.names is Kind.DASHBOARD
)
"""What a chart remembers about where it was shown: nothing is lost if it is wrong."""


def is_reported(path: str) -> bool:
    """Whether to warn that a reference at this path was left out."""
    *above, name = path.split(".")
    return name not in LAST_SEEN_ON or ADDRESS in above
