# [DEF:superset.carry.annotations:Module]
# @COMPLEXITY: 3
# @PURPOSE: Annotation layers of a Superset and the charts that show them: as they are, and the requests that make them
#   as planned.
# @RELATION CALLS -> superset.carry.chart_layers
# @RELATION CALLS -> superset.content.annotation_layers
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> contracts.plain_text
"""`/api/v1/annotation_layer/` and `/{id}/annotation/`. A layer has no UUID; its name is unique, and so are the short
descriptions in it (source: 6.1.0, commands/annotation_layer/{,annotation/}create.py). One with annotations cannot be
deleted (422, seen on 4.1 to 6.1). No list shows the `json_metadata` of an annotation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Key, Kind
from apps.superset.carry.chart_layers import as_found, chart_shown, numbered, query_with_layers, with_layers
from apps.superset.content.annotation_layers import NATIVE, Layer, layers_in, parsed
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Attachment, Item, Items
from apps.superset.protocol import Client
from apps.superset.references.reference import number_in

RESOURCE = "annotation_layer"
FIELDS = ("short_descr", "long_descr", "start_dttm", "end_dttm", "json_metadata")
LISTED = ("id", *FIELDS[:-1])
DESCRIPTION = "descr"

Row = Mapping[str, Any]
Request = Callable[[], None]


# --- reading ---------------------------------------------------------------------------------------------------------


def read_layers(client: Client) -> Sequence[Row]:
    """All annotation layers, without their annotations."""
    return client.list_rows(RESOURCE, ("id", "name", DESCRIPTION))


def numbers_by_name(rows: Iterable[Row]) -> dict[str, int]:
    """Without names that several layers have."""
    rows = list(rows)
    count = Counter(row.get("name") for row in rows)
    return {str(row["name"]): row["id"] for row in rows if count[row.get("name")] == 1}


def layer_items(client: Client, row: Row) -> Items:
    """The layer itself, then its annotations: one request for each of them."""
    inside = f"{RESOURCE}/{row['id']}/annotation"
    listed = client.list_rows(inside, LISTED)
    found = [_annotation({**each, **_details(client, inside, each["id"])}) for each in listed]
    layer = Item(row["id"], one_line(row.get("name")), {DESCRIPTION: str(row.get(DESCRIPTION) or "")})
    return (layer, *sorted(found, key=lambda item: (item.facts["start_dttm"], item.name, item.id or 0)))


def layers_named(client: Client, names: Collection[str]) -> dict[str, Items]:
    """The layers of the target with these names, as they are now."""
    rows = read_layers(client) if names else ()
    known = numbers_by_name(rows)
    return {row["name"]: layer_items(client, row) for row in rows if row.get("name") in names and row["name"] in known}


def settings_of(client: Client, number: int) -> dict[str, Any]:
    """The `params` and the `query_context` of a chart; the latter as text."""
    row = client.get(Kind.CHART, number)
    found = parsed(row.get("params"))
    return {"params": found if isinstance(found, Mapping) else {}, "query_context": row.get("query_context")}


def charts_showing(client: Client) -> Iterator[tuple[str, str, int]]:
    """UUID and name of each chart with a native layer, and the number of that layer."""
    for row in client.list_rows("chart", ("id", "uuid", "slice_name", "params")):
        for layer in layers_in(parsed(row.get("params"))):
            if layer.get("sourceType") == NATIVE and (number := number_in(layer.get("value"))) is not None:
                yield str(row.get("uuid")).lower(), one_line(row.get("slice_name")), number


def _details(client: Client, inside: str, number: int) -> Row:
    whole = client.row(inside, number)
    return whole if isinstance(whole, Mapping) else {}


def _annotation(row: Row) -> Item:
    facts = {name: str(row.get(name) or "") for name in FIELDS}
    return Item(row["id"], one_line(f"{facts['short_descr']} ({facts['start_dttm'][:10]})"), facts)


# --- the state of what a run sets ------------------------------------------------------------------------------------


def annotations_now(client: Client, attachments: Iterable[Attachment], inventory: Inventory) -> dict[Any, Items]:
    """By slot, what the target has of these: a layer with its annotations, or the layers of a chart. The latter read as
    a side of the attachment if they are that with the numbers of now."""
    own = [each for each in attachments if each.aspect is Aspect.ANNOTATIONS]
    layers = layers_named(client, {each.name for each in own if each.is_layer})
    work = Numbers(client, inventory, own)
    found = {each.slot: layers.get(each.name, ()) for each in own if each.is_layer}
    return found | {each.slot: work.found(each) for each in own if not each.is_layer}


class Numbers:
    """The numbers that layers of charts show on the target."""

    def __init__(self, client: Client, inventory: Inventory, attachments: Iterable[Attachment]) -> None:
        self.client, self.inventory = client, inventory
        items = (item for each in attachments for item in (*each.before, *each.after))
        named = any("layer" in item.facts for item in items)
        self.layers = numbers_by_name(read_layers(client)) if named else {}

    def of(self, item: Item) -> int | None:
        key = chart_shown(item)
        return self.inventory.id_of(key) if key else self.layers.get(item.facts["layer"])

    def found(self, each: Attachment) -> Items:
        number = self.inventory.id_of(each.key)
        layers = [] if number is None else layers_in(settings_of(self.client, number)["params"])
        for side in (each.after, each.before):
            if numbered(side, self.of) == layers:
                return side
        return as_found(layers)


def identity(items: Items) -> frozenset[str]:
    """What they say, whatever their numbers are."""
    facts = ({name: value for name, value in item.facts.items() if name != "charts"} for item in items)
    return frozenset(json.dumps(each, sort_keys=True) for each in facts)


# --- writing ---------------------------------------------------------------------------------------------------------


def in_order(attachments: Iterable[Attachment]) -> list[Attachment]:
    """Layers before the charts that show them, and those that go afterwards."""
    return sorted(attachments, key=lambda each: 1 if not each.is_layer else 0 if each.after else 2)


def is_shown(client: Client, number: int) -> bool:
    """Whether a chart may still show this layer: an account that does not see all charts cannot tell."""
    return not client.account().sees_all_data or any(shown == number for _, _, shown in charts_showing(client))


def annotation_requests(
    client: Client, each: Attachment, found: Items, inventory: Inventory, layered: dict[Key, list[Layer]]
) -> Iterator[Request]:
    """What makes a layer, or the layers of a chart, as planned; the latter are noted in `layered`."""
    if each.is_layer:
        yield from _layer_requests(client, each, found)
    elif (layers := numbered(each.after, Numbers(client, inventory, [each]).of)) is not None:
        layered[each.key] = layers
        yield _chart_request(client, inventory.entries[each.key].id, layers)


def _layer_requests(client: Client, each: Attachment, found: Items) -> Iterator[Request]:
    """What makes a layer and its annotations as planned, one after the other."""
    number = found[0].id if found else None
    if each.after and number is None:
        fields = {"name": each.name, DESCRIPTION: each.after[0].facts[DESCRIPTION]}
        yield partial(client.create_row, RESOURCE, fields)
        number = numbers_by_name(read_layers(client))[each.name]
    elif each.after and found[0].facts[DESCRIPTION] != each.after[0].facts[DESCRIPTION]:
        yield partial(client.update_row, RESOURCE, number or 0, {DESCRIPTION: each.after[0].facts[DESCRIPTION]})
    if number is not None:
        yield from _annotation_requests(client, f"{RESOURCE}/{number}/annotation", found[1:], each.after[1:])
        if not each.after:
            yield partial(client.delete_rows, RESOURCE, [number])


def _annotation_requests(client: Client, inside: str, found: Items, wanted: Items) -> Iterator[Request]:
    """Those of the same short description are changed, the others deleted and created."""
    theirs = {item.facts["short_descr"]: item for item in found}
    ours = {item.facts["short_descr"]: item for item in wanted}
    if gone := [item.id or 0 for item in found if theirs[item.facts["short_descr"]] is not item or not _in(item, ours)]:
        yield partial(client.delete_rows, inside, gone)
    for name, item in ours.items():
        if name not in theirs:
            yield partial(client.create_row, inside, _fields(item))
        elif theirs[name].facts != item.facts:
            yield partial(client.update_row, inside, theirs[name].id or 0, _fields(item))


def _in(item: Item, ours: Mapping[str, Item]) -> bool:
    return item.facts["short_descr"] in ours


def _fields(item: Item) -> dict[str, Any]:
    """Empty texts as null; no JSON is not an empty text."""
    return {name: value or None for name, value in item.facts.items()}


def _chart_request(client: Client, number: int, layers: Sequence[Layer]) -> Request:
    """One PUT with the settings and the stored query that the chart has now, and these layers."""
    now = settings_of(client, number)
    fields: dict[str, Any] = {"params": json.dumps(with_layers(now["params"], layers))}
    if (query := query_with_layers(now["query_context"], layers)) != now["query_context"]:
        fields["query_context"] = query
    return partial(client.update, Kind.CHART, number, fields)


def first_chart(keys: Iterable[Key]) -> Key:
    """What a layer stands by in a plan."""
    return min(keys, key=str)
