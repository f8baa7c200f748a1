# [DEF:superset.assets:Module]
# @COMPLEXITY: 2
# @PURPOSE: The nouns of the engine: the kinds of asset, their keys, and the content of a bundle.
# @RELATION DEPENDS_ON -> superset.messages.message

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import Any

from apps.contracts.plain_text import LONGEST
from apps.superset.messages.message import Message, verbatim

Document = Mapping[str, Any]
"""One asset as parsed from its YAML file. Immutable: functions return new ones."""


class Kind(StrEnum):
    """The kinds of asset, declared in dependency order: each refers only to kinds before it."""

    DATABASE = "database"
    DATASET = "dataset"
    CHART = "chart"
    DASHBOARD = "dashboard"

    @property
    def folder(self) -> str:
        """The folder of a bundle for this kind (`charts`)."""
        return f"{self.value}s"

    @property
    def rank(self) -> int:
        """Position in dependency order; 0 has no dependencies."""
        return list(Kind).index(self)


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies an asset in every environment: its kind and lower-case UUID. Never a file name or a number."""

    kind: Kind
    uuid: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.uuid}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The inverse of `str`; raises ValueError on anything else."""
        kind, _, uuid = text.partition("/")
        return cls(Kind(kind), uuid)


def in_dependency_order(keys: Iterable[Key]) -> list[Key]:
    """Databases first, dashboards last; within a kind by UUID, so every run has the same order."""
    return sorted(keys, key=lambda key: (key.kind.rank, key.uuid))


def counted(keys: Iterable[Key]) -> Message:
    """`2 datasets, 1 chart`."""
    kinds = Counter(key.kind for key in keys)
    counts = [_counted(kind, kinds[kind]) for kind in Kind if kinds[kind]]
    return (
        reduce(lambda first, rest: Message("counted.and", first=first, rest=rest), counts) if counts else verbatim("")
    )


def _counted(kind: Kind, number: int) -> Message:
    return Message(f"counted.{kind}.one" if number == 1 else f"counted.{kind}.many", number=number)


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset: its key, the name a person knows it by (of one plain line), and its document."""

    key: Key
    name: str
    document: Document
    escaped: tuple[str, ...] = ()
    """Places where the document differs from the server's because no database accepts the text (NUL, half a surrogate
    pair): it can be compared and shown, but must not be sent."""

    @property
    def kind(self) -> Kind:
        return self.key.kind

    @property
    def uuid(self) -> str:
        return self.key.uuid

    def __str__(self) -> str:
        name = self.name if len(self.name) <= LONGEST else f"{self.name[: LONGEST - 1]}…"
        return f"{self.kind} “{name}”"

    def with_document(self, document: Document) -> Asset:
        return replace(self, document=document)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The content of one export: assets by key, and what else the ZIP held (themes, tags) by path below its root."""

    assets: Mapping[Key, Asset]
    extras: Mapping[str, Document] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self.assets.values())

    def __len__(self) -> int:
        return len(self.assets)

    def __contains__(self, key: object) -> bool:
        return key in self.assets

    def get(self, key: Key) -> Asset | None:
        return self.assets.get(key)

    def of_kind(self, kind: Kind) -> list[Asset]:
        return [asset for asset in self if asset.kind is kind]

    def merged(self, other: Bundle) -> Bundle:
        """Both contents merged; if both contain an asset, the other's wins."""
        return Bundle({**self.assets, **other.assets}, {**self.extras, **other.extras})

    @classmethod
    def of(cls, assets: Iterable[Asset]) -> Bundle:
        return cls({asset.key: asset for asset in assets})


NAME_FIELDS = {
    Kind.DATABASE: "database_name",
    Kind.DATASET: "table_name",
    Kind.CHART: "slice_name",
    Kind.DASHBOARD: "dashboard_title",
}
"""The field of a document (and of a list row) that a person knows the asset by."""


def objects(items: Any) -> list[Mapping[str, Any]]:
    """The objects of a list from a server; empty if it is not a list."""
    return [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []
