"""What the importers do with a bundle and the numbers of a dashboard (`update_id_refs`), and its export with its
texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from uuid import uuid4

import yaml

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.releases.base import Endpoint


def agree(parts: dict[str, Any], document: dict[str, Any]) -> bool:
    return all(document.get(name) == value for name, value in parts.items())


def same_asset(kind: Kind, document: dict[str, Any], others: Mapping[int, dict[str, Any]]) -> list[int]:
    """`import_from_dict`: by UUID or another unique key, of which the parts that are null are left out."""
    parts = {Kind.DASHBOARD: ("slug",), Kind.DATASET: ("database_uuid", "catalog", "schema", "table_name")}
    unique = {name: document[name] for name in parts.get(kind, ()) if document.get(name) is not None}
    same = [number for number, other in others.items() if unique and agree(unique, other)]
    own = next((number for number, other in others.items() if other["uuid"] == document["uuid"]), None)
    if own is None:
        return same
    moved = kind is Kind.DATASET and others[own]["database_uuid"] != document["database_uuid"]
    assert not moved, "Import assets failed for an unknown reason"
    return sorted({own, *same})


def targets(metadata: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    for holder in metadata.get(name) or ():
        yield from holder.get("targets", ())


def remap_excluded(holder: dict[str, Any], new_ids: dict[int, int]) -> None:
    if excluded := holder.get("scope", {}).get("excluded"):
        holder["scope"]["excluded"] = [new_ids[old] for old in excluded if old in new_ids]


def remap_configuration(settings: dict[str, Any], new_ids: dict[int, int], own: int) -> dict[str, Any]:
    settings = {**settings, "id": own}
    if isinstance(settings.get("crossFilters", {}).get("scope"), dict):
        remap_excluded(settings["crossFilters"], new_ids)
    return settings


def export_stored(document: dict[str, Any], stored: Mapping[str, str]) -> None:
    """commands/dashboard/export.py: a text that is no JSON is as good as an empty object, and no layout is made one."""
    for name, text in stored.items():
        part = {"json_metadata": "metadata", "position_json": "position"}[name]
        del document[part]
        if text:
            document[part] = _object(text)
    if not document.get("position"):
        document["position"] = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"children": ["GRID_ID"], "id": "ROOT_ID", "type": "ROOT"},
            "GRID_ID": {"children": [], "id": "GRID_ID", "parents": ["ROOT_ID"], "type": "GRID"},
            "HEADER_ID": {"id": "HEADER_ID", "meta": {"text": document["dashboard_title"]}, "type": "HEADER"},
        }


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def append_charts(document: dict[str, Any], linked: Mapping[str, int]) -> None:
    """commands/dashboard/export.py: charts that are linked and not laid out come in a new row, under random ids."""
    position = document["position"]
    nodes = [node for node in position.values() if isinstance(node, dict) and node.get("type") == "CHART"]
    laid_out = {node["meta"].get("uuid") for node in nodes}
    missing = {uuid: number for uuid, number in linked.items() if uuid not in laid_out}
    if not missing:
        return
    row, parents = f"ROW-N-{_random()}", ["ROOT_ID", "GRID_ID"]
    names = {uuid: f"CHART-{_random()}" for uuid in missing}
    position["GRID_ID"]["children"].append(row)
    position[row] = {"children": list(names.values()), "id": row, "meta": {}, "type": "ROW", "parents": parents}
    for uuid, name in names.items():
        meta = {"chartId": missing[uuid], "height": 50, "sliceName": "", "uuid": uuid, "width": 4}
        position[name] = {"children": [], "id": name, "meta": meta, "type": "CHART", "parents": [*parents, row]}


def _random() -> str:
    return uuid4().hex[:8].upper()


def import_chart(document: dict[str, Any], dataset: int | None, converted: Collection[str]) -> None:
    """commands/chart/importers/v1/utils.py; commands/utils.py: update_chart_config_dataset."""
    assert dataset is not None, "Import assets failed for an unknown reason"
    document["params"]["datasource"] = f"{dataset}__table"
    if document["viz_type"] in converted:
        document["viz_type"] = document["params"]["viz_type"] = f"{document['viz_type']}_v2"
    layers = document["params"].get("annotation_layers", [])
    document["params"]["annotation_layers"] = [each for each in layers if each["annotationType"] == "FORMULA"]
    if document.get("query_context"):
        context = json.loads(document["query_context"])
        context["datasource"] = {"id": dataset, "type": "table"}
        document["query_context"] = json.dumps(context)


def import_dashboard(
    document: dict[str, Any],
    charts: Mapping[str, int],
    id_of: Callable[[Key], int | None],
    *,
    cross_filters: bool,
) -> None:
    """`update_id_refs`: maps by the chartId of the layout; leaves every chartsInScope and customization target, and
    until 5.0 also the cross filters."""
    nodes = [node for node in document["position"].values() if isinstance(node, dict) and node["type"] == "CHART"]
    named = [(node["meta"]["chartId"], node["meta"]) for node in nodes if "uuid" in node["meta"]]
    known = [meta for _, meta in named if meta["uuid"] in charts]
    new_ids = {number: charts[meta["uuid"]] for number, meta in named if meta["uuid"] in charts}
    metadata = document.setdefault("metadata", {})
    for name in ("timed_refresh_immune_slices",):
        if name in metadata:
            metadata[name] = [new_ids[old] for old in metadata[name]]
    if "expanded_slices" in metadata:
        metadata["expanded_slices"] = {str(new_ids[int(old)]): v for old, v in metadata["expanded_slices"].items()}
    for meta in known:
        meta["chartId"] = charts[meta["uuid"]]
    for target in targets(metadata, "native_filter_configuration"):
        if uuid := target.pop("datasetUuid", None):
            target["datasetId"] = id_of(Key(Kind.DATASET, uuid))
    for holder in metadata.setdefault("native_filter_configuration", []):
        remap_excluded(holder, new_ids)
    configuration = metadata.get("chart_configuration", {})
    if cross_filters and "chart_configuration" in metadata:
        metadata["chart_configuration"] = {
            str(new_ids[int(old)]): remap_configuration(each, new_ids, new_ids[int(old)])
            for old, each in configuration.items()
            if int(old) in new_ids
        }


KEPT = ("tags", "theme_uuid")
"""What assets/import ignores, whatever the bundle says (commands/importers/v1/assets.py)."""

KINDS = {
    Endpoint.ASSETS: (Kind.DATASET, Kind.CHART, Kind.DASHBOARD),
    Endpoint.DATASETS: (Kind.DATASET,),
    Endpoint.CHARTS: (Kind.CHART,),
    Endpoint.DASHBOARDS: (Kind.DASHBOARD,),
}
PARENTS = {Kind.DATASET: "database_uuid", Kind.CHART: "dataset_uuid"}


def is_written(asset: Asset, endpoint: Endpoint) -> bool:
    """All else that exists is returned as it is, by its UUID."""
    return asset.kind in KINDS[endpoint]


def placed(bundle: Bundle, kind: Kind) -> set[str]:
    """The assets of which the bundle has everything that they stand on: the importers pass over the others."""
    if kind is Kind.DATABASE:
        return {asset.uuid for asset in bundle.of_kind(kind)}
    below = placed(bundle, list(Kind)[kind.rank - 1])
    return {asset.uuid for asset in bundle.of_kind(kind) if asset.document[PARENTS[kind]] in below}


def written(bundle: Bundle, endpoint: Endpoint) -> Iterator[Asset]:
    """What an import writes. dashboard/import takes a theme away that the bundle does not hold, and replaces tags by
    those it names (commands/dashboard/importers/v1/__init__.py)."""
    for asset in bundle:
        if endpoint is Endpoint.ASSETS and asset.kind is not Kind.DATABASE:
            yield asset.with_document({name: value for name, value in asset.document.items() if name not in KEPT})
        elif endpoint is Endpoint.DASHBOARDS and asset.kind is Kind.DASHBOARD:
            theme = {"theme_uuid": None} if "theme_uuid" in asset.document else {}
            yield asset.with_document({**asset.document, **theme})
        elif asset.kind in KINDS[endpoint] and asset.uuid in placed(bundle, asset.kind):
            yield asset


def merged(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A field that the file does not have keeps its value; columns and metrics are those of the file."""
    rows: dict[str, Any] = {"columns": [], "metrics": []} if kind is Kind.DATASET else {}
    return {**old, **rows, **new}


def to_yaml(document: dict[str, Any]) -> str:
    """As Superset's, which never uses libyaml: that cannot write half of a surrogate pair."""
    try:
        return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)
    except UnicodeEncodeError:
        return yaml.dump(document, Dumper=yaml.SafeDumper, sort_keys=False)
