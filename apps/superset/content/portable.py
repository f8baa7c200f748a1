# [DEF:superset.content.portable:Module]
# @COMPLEXITY: 2
# @PURPOSE: Content that can be compared without being there: a hash free of UUIDs, and the assets that it names.
# @RELATION CALLS -> superset.references.pairing
# @RELATION CALLS -> superset.content.comparable
"""A plan maps databases and pairs UUIDs before it compares, so the content hash of an equal asset may differ from one
environment to the next. Here each UUID of an asset is replaced by a number. Two assets of two environments are equal
for a plan if their hashes are, and each asset that one names stands for the one that the other names in its place.

Numbers are given by first mention, and mentions are read in an order that no UUID decides. The exception is a set of
assets that are mentioned nowhere else before: where these are paired, equal content can look different, but never the
other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.content.comparable import comparable, hash_of
from apps.superset.references.graph import dependencies
from apps.superset.references.pairing import UUID_FIELDS, apply_pairing
from apps.superset.references.places import UUIDS
from apps.superset.references.reference import Ref, Template, symbols

ITSELF = "\0"
DATABASE = UUIDS[Kind.DATASET].field
LAYOUT = "position"
"""Read first: it mentions every chart of a dashboard under ids that travel."""


@dataclass(frozen=True, slots=True)
class Portable:
    """The hash, and the assets behind its numbers in order. Without the database of a dataset, which is mapped."""

    hash: str
    names: tuple[Key, ...]


def portable(asset: Asset) -> Portable:
    """Of a symbolic asset."""
    names = _Mentions(asset).names()
    numbers = {asset.uuid: ITSELF} | {key.uuid: f"{ITSELF}{number:06}" for number, key in enumerate(names)}
    return Portable(hash_of(apply_pairing(_without_database(asset), numbers)), names)


def _without_database(asset: Asset) -> Asset:
    if asset.kind is not Kind.DATASET:
        return asset
    return asset.with_document({name: value for name, value in asset.document.items() if name != DATABASE})


class _Mentions:
    """One pass over the part of an asset that counts in a comparison."""

    def __init__(self, asset: Asset) -> None:
        self.asset = comparable(_without_database(asset))
        self.by_uuid = {key.uuid: key for key in dependencies(asset)}
        self.found: dict[Key, int] = {}

    def names(self) -> tuple[Key, ...]:
        document = self.asset.document
        for part in (document.get(LAYOUT), {name: document[name] for name in document if name != LAYOUT}):
            for key in self._read(part):
                if key != self.asset.key:
                    self.found.setdefault(key, len(self.found))
        return tuple(self.found)

    def _read(self, value: Any, field: str = "") -> Iterator[Key]:
        if isinstance(value, Mapping):
            for name in sorted(value, key=self._order):
                yield from self._in_text(name)
                yield from self._read(value[name], str(name))
        elif isinstance(value, list | tuple):
            for item in value:
                yield from self._read(item)
        elif isinstance(value, str):
            if field in UUID_FIELDS and (key := self.by_uuid.get(value)):
                yield key
        else:
            yield from self._in_text(value)

    def _order(self, name: Any) -> tuple[bool, int, str]:
        """Texts first, then references by their number; those without one last, by UUID for want of better."""
        number = self.found.get(name.key, len(self.found)) if isinstance(name, Ref) else 0
        return isinstance(name, Ref), number, str(name)

    @staticmethod
    def _in_text(value: Any) -> Iterator[Key]:
        if isinstance(value, Template):
            yield from (ref.key for ref in value.refs)
        else:
            yield from (each.key for each in symbols(value) if isinstance(each, Ref))
