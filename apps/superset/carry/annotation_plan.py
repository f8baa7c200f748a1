# [DEF:superset.carry.annotation_plan:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which annotation layers a plan sets on the target and on its charts, and which it keeps there.
# @RELATION CALLS -> superset.carry.annotations
# @RELATION CALLS -> superset.carry.chart_layers
# @RELATION CALLS -> superset.content.annotation_layers
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> superset.remote.optional_lists
# @RELATION DEPENDS_ON -> contracts.plain_text
"""A chart gets exactly the layers of the source, and each annotation layer that it shows exactly the annotations of the
source; layers are matched by name. Where layers do not travel, a chart keeps its own, which every import removes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.carry.annotations import (
    Numbers,
    Row,
    charts_showing,
    first_chart,
    identity,
    layer_items,
    numbers_by_name,
    read_layers,
)
from apps.superset.carry.chart_layers import as_found, numbered, showing
from apps.superset.content.annotation_layers import NATIVE, OF_CHARTS, Layer, layers_in
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Attachment, Item, Items
from apps.superset.plan.plan import Note, first
from apps.superset.protocol import Client
from apps.superset.references.reference import number_in
from apps.superset.remote.optional_lists import HIDDEN

Planned = tuple[tuple[Attachment, ...], tuple[Note, ...]]


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of a plan: as desired, as exported from each side, and the keys of those that it writes. `sources`
    maps paired assets to their key on the source."""

    desired: Bundle
    here: Bundle
    there: Bundle
    written: Collection[Key]
    sources: Mapping[Key, Key]

    def each(self) -> Iterator[tuple[Asset, list[Layer], list[Layer]]]:
        """With its layers on the source and on the target."""
        for asset in self.desired.of_kind(Kind.CHART):
            yield asset, _layers(self.here, self.sources.get(asset.key, asset.key)), _layers(self.there, asset.key)


def plan_annotations(
    charts: Charts, clients: tuple[Client, Client], inventories: tuple[Inventory, Inventory], *, carry: bool
) -> Planned:
    """Layers of the target before the charts that show them."""
    if not carry:
        return kept(charts), ()
    ours = [str(asset) for asset, layers, _ in charts.each() if layers]
    try:
        sides = [read_layers(client) if ours else [] for client in clients]
        return _Planning(charts, clients, inventories, sides[0], sides[1]).plan()
    except HIDDEN:
        return kept(charts), (Note.of("annotations_unread", first(ours)),)


def kept(charts: Charts) -> tuple[Attachment, ...]:
    """What an import would remove from charts of the target."""
    found = ((asset, as_found(own)) for asset, _, own in charts.each() if own and asset.key in charts.written)
    return tuple(Attachment(asset.key, Aspect.ANNOTATIONS, asset.name, own, own) for asset, own in found)


@dataclass(slots=True)
class _Planning:
    charts: Charts
    clients: tuple[Client, Client]
    inventories: tuple[Inventory, Inventory]
    ours: Sequence[Row]
    theirs: Sequence[Row]
    shown_by: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    left_out: list[str] = field(default_factory=list)

    def plan(self) -> Planned:
        found = list(self._on_charts())
        layers = list(self._layers())
        notes = [Note.of("annotations_unmapped", first(self.left_out))] if self.left_out else []
        return (*layers, *found), (*notes, *self._shared(layers))

    def _on_charts(self) -> Iterator[Attachment]:
        for asset, ours, theirs in self.charts.each():
            after = tuple(item for layer in ours if (item := self._item(asset, layer)))
            each = Attachment(asset.key, Aspect.ANNOTATIONS, asset.name, as_found(theirs), after)
            numbers = Numbers(self.clients[1], self.inventories[1], ())
            numbers.layers = numbers_by_name(self.theirs)
            differs = numbered(after, numbers.of) != theirs
            if differs or (after and asset.key in self.charts.written):
                yield each

    def _item(self, asset: Asset, layer: Layer) -> Item | None:
        source, number = layer.get("sourceType"), number_in(layer.get("value"))
        if source == NATIVE:
            name = next((str(row["name"]) for row in self.ours if row["id"] == number and row.get("name")), None)
            if name is not None and self._is_certain(name):
                self.shown_by[name].add(asset.key)
                return showing(layer, layer=name)
        elif source in OF_CHARTS:
            key = None if number is None else self._chart(number)
            if key is not None:
                return showing(layer, chart=str(key))
        elif number is None:
            return as_found([layer])[0]
        self.left_out.append(f"{asset}: {one_line(layer.get('name') or number)}")
        return None

    def _is_certain(self, name: str) -> bool:
        """One layer on the source and at most one on the target has this name."""
        return all(sum(row.get("name") == name for row in rows) <= 1 for rows in (self.ours, self.theirs))

    def _chart(self, number: int) -> Key | None:
        """The chart of the plan or of the target."""
        key = self.inventories[0].key_of(Kind.CHART, number)
        paired = {source: key for key, source in self.charts.sources.items()}
        key = paired.get(key, key) if key else None
        return key if key and (key in self.charts.desired or key in self.inventories[1]) else None

    def _layers(self) -> Iterator[Attachment]:
        theirs = {str(row.get("name")): row for row in self.theirs}
        for row in self.ours:
            if not (keys := self.shown_by.get(str(row.get("name")))):
                continue
            name = str(row["name"])
            before = layer_items(self.clients[1], theirs[name]) if name in theirs else ()
            after = _renumbered(layer_items(self.clients[0], row), before, keys)
            if identity(before) != identity(after):
                yield Attachment(first_chart(keys), Aspect.ANNOTATIONS, name, before, after)

    def _shared(self, layers: list[Attachment]) -> Iterator[Note]:
        """Layers of the target that change, and that charts outside the plan show as well."""
        changed = {each.before[0].id: each.name for each in layers if each.before}
        shown = charts_showing(self.clients[1]) if changed else ()
        lines = [
            f"{one_line(changed[number])}: chart “{name}”"
            for uuid, name, number in shown
            if number in changed and Key(Kind.CHART, uuid) not in self.charts.desired
        ]
        if lines:
            yield Note.of("annotations_shared", first(lines))


def _renumbered(after: Items, before: Items, keys: Collection[Key]) -> Items:
    """In the target's numbers; those of annotations are given by the target."""
    layer = after[0]
    facts = {**layer.facts, "charts": sorted(map(str, keys))}
    number = before[0].id if before else None
    return (Item(number, layer.name, facts), *(Item(None, item.name, item.facts) for item in after[1:]))


def _layers(content: Bundle, key: Key) -> list[Layer]:
    asset = content.get(key)
    return layers_in(asset.document.get("params")) if asset else []
