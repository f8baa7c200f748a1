# [DEF:superset.planning.pairing:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which asset of the source is which asset of the target.
# @RELATION DEPENDS_ON -> superset.inventory
"""The same UUID pairs by itself. All else (the same table, slug, title) is a proposal, used once a person confirmed
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from apps.superset.assets import Asset, Key, Kind, in_dependency_order
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.reference import Ref, each_ref

UUID_FIELDS = ("uuid", "dataset_uuid", "datasetUuid")
"""The fields that hold a bare UUID of a dashboard, chart or dataset: own, of a layout node, of a chart, of a filter."""


class Reason(StrEnum):
    """Why two assets are taken for the same, the strongest first."""

    UUID = "uuid"
    CONFIRMED = "confirmed"
    TABLE = "table"
    SLUG = "slug"
    TITLE = "title"

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    Reason.UUID: "same UUID",
    Reason.CONFIRMED: "confirmed pairing",
    Reason.TABLE: "same table of the mapped database",
    Reason.SLUG: "same slug",
    Reason.TITLE: "same title",
}


@dataclass(frozen=True, slots=True)
class Pair:
    source: Key
    target: Key
    reason: Reason


@dataclass(frozen=True, slots=True)
class Pairing:
    """`pairs` hold; `proposals` are to be confirmed (one source may have several); `lost` are confirmed pairs whose
    target is no longer there; `unpaired` have nothing like them on the target and will be created."""

    pairs: tuple[Pair, ...]
    proposals: tuple[Pair, ...] = ()
    lost: tuple[Pair, ...] = ()
    unpaired: tuple[Key, ...] = ()

    @property
    def uuid_map(self) -> dict[str, str]:
        """Source UUID → target UUID for `apply_pairing`: those pairs that differ."""
        return {pair.source.uuid: pair.target.uuid for pair in self.pairs if pair.source != pair.target}


def pair(sources: Iterable[Asset], target: Inventory, confirmed: Mapping[Key, Key] | None = None) -> Pairing:
    """Pair datasets, charts and dashboards with what the target has.

    The sources are symbolic, with the database mapping applied: tables are looked for in the target's databases. An
    asset of the target that is paired already is not proposed again.
    """
    assets = {asset.key: asset for asset in sources if asset.kind is not Kind.DATABASE}
    search = _Search(target, dict(confirmed or {}))
    for key in in_dependency_order(assets):
        search.settle(key)
    for key in in_dependency_order(assets):
        search.propose(assets[key])
    return Pairing(tuple(search.pairs.values()), tuple(search.proposals), tuple(search.lost), tuple(search.unpaired))


def apply_pairing(asset: Asset, uuid_map: Mapping[str, str]) -> Asset:
    """The asset under the target's UUIDs: its own, and every one it refers to, by field or by reference.

    `uuid_map` is source UUID → target UUID; what is not in it stays.
    """
    if not uuid_map:
        return asset
    key = Key(asset.kind, uuid_map.get(asset.uuid, asset.uuid))

    def renamed(ref: Ref) -> Ref:
        return replace(ref, key=Key(ref.key.kind, uuid_map.get(ref.key.uuid, ref.key.uuid)))

    return replace(asset, key=key, document=_renamed(each_ref(asset.document, renamed), uuid_map))


@dataclass(slots=True)
class _Search:
    """The state of one `pair`; attributes as in Pairing."""

    target: Inventory
    confirmed: Mapping[Key, Key]
    pairs: dict[Key, Pair] = field(default_factory=dict)
    proposals: list[Pair] = field(default_factory=list)
    lost: list[Pair] = field(default_factory=list)
    unpaired: list[Key] = field(default_factory=list)

    def settle(self, key: Key) -> None:
        wanted = self.confirmed.get(key)
        if wanted and wanted in self.target:
            self.pairs[key] = Pair(key, wanted, Reason.CONFIRMED)
            return
        if wanted:
            self.lost.append(Pair(key, wanted, Reason.CONFIRMED))
        if key in self.target:
            self.pairs[key] = Pair(key, key, Reason.UUID)

    def propose(self, asset: Asset) -> None:
        if asset.key in self.pairs:
            return
        taken = {each.target for each in self.pairs.values()}
        free = [entry for entry in self.target.of_kind(asset.kind) if entry.key not in taken]
        found = next((pairs for pairs in self.attempts(asset, free) if pairs), [])
        self.proposals.extend(found)
        if not found:
            self.unpaired.append(asset.key)

    def attempts(self, asset: Asset, free: list[Entry]) -> Iterable[list[Pair]]:
        """What could be the asset, by one reason after the other."""
        document = asset.document
        if asset.kind is Kind.DATASET:
            table = tuple(document.get(name) or "" for name in ("database_uuid", "catalog", "schema", "table_name"))
            yield [Pair(asset.key, entry.key, Reason.TABLE) for entry in free if entry.table == table]
        elif asset.kind is Kind.CHART:
            dataset = Key(Kind.DATASET, str(document.get("dataset_uuid") or ""))
            homes = self.counterparts(dataset)
            named = [entry for entry in free if entry.name == asset.name and self.dataset_of(entry) in homes]
            yield [Pair(asset.key, entry.key, Reason.TITLE) for entry in named]
        else:
            slug = document.get("slug")
            yield [Pair(asset.key, entry.key, Reason.SLUG) for entry in free if slug and entry.slug == slug]
            yield [Pair(asset.key, entry.key, Reason.TITLE) for entry in free if entry.name == asset.name]

    def counterparts(self, key: Key) -> set[Key]:
        """What the asset is on the target, or could be."""
        if key in self.pairs:
            return {self.pairs[key].target}
        return {each.target for each in self.proposals if each.source == key}

    def dataset_of(self, chart: Entry) -> Key | None:
        number = chart.row.get("datasource_id")
        return self.target.key_of(Kind.DATASET, number) if isinstance(number, int) else None


def _renamed(value: Any, uuids: Mapping[str, str], name: str = "") -> Any:
    """UUIDs replaced in UUID_FIELDS, all the way down."""
    if isinstance(value, Mapping):
        return {key: _renamed(item, uuids, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, uuids) for item in value]
    return uuids.get(value, value) if name in UUID_FIELDS and isinstance(value, str) else value
