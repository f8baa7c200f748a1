# [DEF:superset.importable:Module]
# @COMPLEXITY: 3
# @PURPOSE: What Superset's importer would refuse or spoil, known before anything is sent: assets/import never names
#   the file.
# @RELATION DEPENDS_ON -> superset.releases
"""Facts were read in ImportV1DatasetSchema, ImportV1ChartSchema and ImportV1DashboardSchema of 6.1.0 and seen on a
server.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset, Kind
from apps.superset.releases import COLUMN_NEVER_NULL, LONGEST, REMOVED_ON_IMPORT


def obstacles(asset: Asset) -> list[str]:
    """Why the importer does not take this symbolic asset as it is; empty where it does."""
    return list(_OBSTACLES[asset.kind](asset.document)) if asset.kind in _OBSTACLES else []


def too_long(asset: Asset) -> list[str]:
    """Which texts of the asset do not fit into Superset's own database."""
    document = asset.document
    parts = [(asset.kind.value, "", document)]
    parts += [("column", f"column {number}: ", each) for number, each in enumerate(document.get("columns") or (), 1)]
    parts += [("metric", f"metric {number}: ", each) for number, each in enumerate(document.get("metrics") or (), 1)]
    return [
        f"{where}{name} has {len(text)} characters, and {longest} is the most"
        for kind, where, part in parts
        for name, longest in LONGEST.get(kind, {}).items()
        if len(text := _stored(part.get(name))) > longest
    ]


def _stored(value: Any) -> str:
    """A text, and an object as the text that an import makes of it."""
    if isinstance(value, Mapping):
        return json.dumps(value, default=str)
    return value if isinstance(value, str) else ""


def is_restorable(asset: Asset) -> bool:
    """Whether an import can bring back what a target has. A chart whose dataset was deleted cannot be imported at all:
    `dataset_uuid` is required."""
    has_dataset = asset.kind is not Kind.CHART or bool(asset.document.get("dataset_uuid"))
    return has_dataset and not obstacles(asset)


def _dataset(document: Mapping[str, Any]) -> Iterator[str]:
    """An empty text is taken for null in `template_params` and `extra`; broken JSON in `extra` is dropped silently."""
    yield from _no_object(document, "params")
    for name in ("template_params", "extra"):
        if document.get(name) != "":
            yield from _no_object(document, name)
    for column in document.get("columns") or ():
        empty = [name for name in COLUMN_NEVER_NULL if name in column and column[name] is None]
        problems = [*(f"no value for {name}" for name in empty), *_no_object(column, "extra")]
        yield from (f"column “{column.get('column_name')}” has {problem}" for problem in problems)
    for metric in document.get("metrics") or ():
        yield from (f"metric “{metric.get('metric_name')}” has {problem}" for problem in _no_object(metric, "extra"))


def _chart(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _no_object(document, "params")
    if document.get("viz_type") in REMOVED_ON_IMPORT:
        yield f"the chart type {document['viz_type']}, which Superset deletes"


def _no_object(document: Mapping[str, Any], name: str) -> Iterator[str]:
    """A text that should hold JSON and does not is exported as it is, and refused on import."""
    value = document.get(name)
    if value is not None and not isinstance(value, Mapping):
        yield f"something other than a JSON object in {name}"


_OBSTACLES: Mapping[Kind, Callable[[Mapping[str, Any]], Iterator[str]]] = {Kind.DATASET: _dataset, Kind.CHART: _chart}
