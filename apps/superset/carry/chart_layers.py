# [DEF:superset.carry.chart_layers:Module]
# @COMPLEXITY: 2
# @PURPOSE: The annotation layers of a chart other than formulas: in its settings and its stored query, by what they
#   show instead of by number.
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.content.annotation_layers
# @RELATION CALLS -> contracts.plain_text
"""Every importer of 4.1 to 6.1 cuts these out of `params`; a PUT of `params` keeps them as they are (seen)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Key
from apps.superset.content.annotation_layers import LAYERS, Layer, is_cut, parsed
from apps.superset.plan.attachment import Item, Items

NumberOf = Callable[[Item], int | None]
"""The number on the target of what a layer shows; None if it is not there."""


def as_found(layers: Iterable[Layer]) -> Items:
    """As they are on a server."""
    return tuple(Item(None, _title(layer), {"settings": dict(layer)}) for layer in layers)


def showing(layer: Layer, /, **what: str) -> Item:
    """The layer, with the name of the annotation layer (`layer`) or the key of the chart (`chart`) that it shows."""
    settings = {name: value for name, value in layer.items() if name != "value"}
    return Item(None, _title(layer), {"settings": settings, **what})


def numbered(items: Items, number_of: NumberOf) -> list[Layer] | None:
    """The layers with the target's numbers; None if one of these is not known yet."""
    found = []
    for item in items:
        settings = item.facts["settings"]
        if "layer" in item.facts or "chart" in item.facts:
            if (number := number_of(item)) is None:
                return None
            settings = {**settings, "value": number}
        found.append(settings)
    return found


def chart_shown(item: Item) -> Key | None:
    return Key.parse(item.facts["chart"]) if "chart" in item.facts else None


def with_layers(settings: Mapping[str, Any], layers: Sequence[Layer]) -> dict[str, Any]:
    """The formulas of these settings, then these layers."""
    own = settings.get(LAYERS)
    kept = [each for each in own if not is_cut(each)] if isinstance(own, list) else []
    return {**settings, LAYERS: [*kept, *layers]}


def query_with_layers(text: Any, layers: Sequence[Layer]) -> Any:
    """A stored query with these layers where it repeats the layers of the chart; anything else as it is."""
    context = parsed(text)
    if not isinstance(context, Mapping):
        return text
    result = dict(context)
    if isinstance(form := result.get("form_data"), Mapping) and LAYERS in form:
        result["form_data"] = with_layers(form, layers)
    if isinstance(queries := result.get("queries"), list):
        result["queries"] = [_query(each, layers) for each in queries]
    return json.dumps(result)


def layered(chart: Asset, layers: Sequence[Layer]) -> Asset:
    """A localised chart with these layers."""
    document = {**chart.document, "params": with_layers(chart.document["params"], layers)}
    return chart.with_document(document | {"query_context": query_with_layers(document.get("query_context"), layers)})


def _query(query: Any, layers: Sequence[Layer]) -> Any:
    return with_layers(query, layers) if isinstance(query, Mapping) and LAYERS in query else query


def _title(layer: Layer) -> str:
    return one_line(layer.get("name") or layer.get("annotationType") or "")
