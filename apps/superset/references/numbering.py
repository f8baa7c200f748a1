# [DEF:superset.references.numbering:Module]
# @COMPLEXITY: 2
# @PURPOSE: The ids of a target during a run, with provisional ones for assets that do not exist yet.
# @RELATION CALLS -> superset.references.localise

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.inventory import Inventory
from apps.superset.protocol import Client
from apps.superset.references.localise import column_references
from apps.superset.references.places import LAID_OUT, PLACES, UUIDS, Place
from apps.superset.references.reference import PROVISIONAL, Numbers, is_chart
from apps.superset.references.walk import changed_at

ROOM = 2**31 - 1 - PROVISIONAL
"""The number of provisional numbers below the end of a 32-bit column."""


OF_DATASETS = tuple(place for place in PLACES if place.names is Kind.DATASET and place.beside and place.in_numbers)
"""Places where a dashboard refers to a dataset by number and by UUID, and the importer replaces the UUID."""


class Numbering:
    """The numbers of one target at one point in time.

    Assets that do not exist yet have provisional numbers: the importer maps layout charts by the numbers in the bundle
    (6.1.0, update_id_refs), so those must be unique in it. The repair replaces all of them.
    """

    def __init__(self, target: Client, inventory: Inventory, desired: Bundle) -> None:
        self.target, self.inventory = target, inventory
        numbers = provisional_numbers(desired.assets)
        self.provisional = {key: number for key, number in numbers.items() if key not in inventory}
        self.columns: dict[tuple[str, str], int] = {}

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.id_of, self.column_id_of)

    def id_of(self, key: Key) -> int | None:
        return self.inventory.id_of(key) or self.provisional.get(key)

    def column_id_of(self, dataset: str, column: str) -> int | None:
        """None for a column that the dataset does not have; the columns of a new dataset are not known yet."""
        if Key(Kind.DATASET, dataset) in self.provisional:
            return PROVISIONAL
        return self.columns.get((dataset, column))

    def load_columns(self, assets: Iterable[Asset]) -> None:
        """Column ids of the existing datasets that are referred to by column number: one request per dataset."""
        for uuid in sorted({_dataset_of(asset) for asset in assets if _refers_to_columns(asset)}):
            if (dataset_id := self.inventory.id_of(Key(Kind.DATASET, uuid))) is not None:
                for column in self.target.get(Kind.DATASET, dataset_id).get("columns", ()):
                    self.columns[uuid, column["column_name"]] = column["id"]

    def with_dataset_numbers(self, asset: Asset) -> Asset:
        """Filter targets of a dashboard with the target's own dataset number: dashboard/import looks up UUIDs only in
        the bundle."""
        document = asset.document
        for place in OF_DATASETS if asset.kind is Kind.DASHBOARD else ():
            document = changed_at(document, place.holder, partial(self._numbered, place))
        return asset.with_document(document)

    def _numbered(self, place: Place, target: Any) -> Any:
        if not isinstance(target, Mapping):
            return target
        rest = {name: value for name, value in target.items() if name != place.beside}
        uuid = target.get(place.beside)
        return {**rest, place.key: self.inventory.id_of(Key(Kind.DATASET, uuid))} if uuid else rest


def provisional_numbers(keys: Iterable[Key]) -> dict[Key, int]:
    """One number per asset, the same in every run: it identifies later what an interrupted run has left."""
    numbers: dict[Key, int] = {}
    taken: set[int] = set()
    for key in sorted(keys, key=str):
        number = int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:8], "big") % ROOM
        while number in taken:
            number = (number + 1) % ROOM
        taken.add(number)
        numbers[key] = PROVISIONAL + number
    return numbers


def _refers_to_columns(asset: Asset) -> bool:
    return asset.kind is Kind.CHART and bool(column_references(asset))


def _dataset_of(chart: Asset) -> str:
    return str(chart.document.get(UUIDS[Kind.CHART].field) or "")


def changed_references(before: Asset, after: Asset) -> list[dict[str, Any]]:
    """Where two documents of one asset differ: `{path, before, after}` each. A table for the log of a run."""
    return [
        {"path": path, "before": old, "after": new}
        for path, old, new in _changes("", _parsed(before.document), _parsed(after.document))
    ]


def same_but_layout(sent: Asset, final: Asset) -> bool:
    """Whether two localised documents differ only in the chart numbers of the layout.

    Every importer sets those itself, by the UUID next to them (source: 6.1.0, update_id_refs).
    """
    return _without_layout_numbers(sent) == _without_layout_numbers(final)


def _without_layout_numbers(asset: Asset) -> Mapping[str, Any]:
    if asset.kind is not Kind.DASHBOARD:
        return asset.document
    position = {name: _without_number(node) for name, node in asset.document["position"].items()}
    return {**asset.document, "position": position}


def _without_number(node: Any) -> Any:
    if not is_chart(node) or LAID_OUT.beside not in node["meta"]:
        return node
    return {**node, "meta": {**node["meta"], LAID_OUT.key: None}}


def _parsed(document: Mapping[str, Any]) -> dict[str, Any]:
    text = document.get("query_context")
    return {**document, "query_context": json.loads(text)} if isinstance(text, str) else dict(document)


def _changes(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            yield from _changes(f"{path}.{name}".lstrip("."), before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _changes(f"{path}[{number}]", old, new)
    elif before != after:
        yield path, before, after


def raw_settings(chart: Asset) -> dict[str, Any]:
    """The settings of a localised chart as the REST API accepts them: JSON in strings."""
    return {
        "viz_type": chart.document["viz_type"],
        "params": json.dumps(chart.document["params"]),
        "query_context": chart.document["query_context"],
    }
