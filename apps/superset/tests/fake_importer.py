"""What the importer of 6.1.0 does with the numbers of a dashboard (`update_id_refs`), and its export with its texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from apps.superset.assets import Key, Kind


def agree(parts: dict[str, Any], document: dict[str, Any]) -> bool:
    return all(document.get(name) == value for name, value in parts.items())


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


def import_dashboard(document: dict[str, Any], charts: Mapping[str, int], id_of: Callable[[Key], int | None]) -> None:
    """`update_id_refs`: maps by the chartId of the layout; leaves every chartsInScope and customization target."""
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
    if "chart_configuration" in metadata:
        metadata["chart_configuration"] = {
            str(new_ids[int(old)]): remap_configuration(each, new_ids, new_ids[int(old)])
            for old, each in configuration.items()
            if int(old) in new_ids
        }


KEPT = ("tags", "theme_uuid")
"""What an import leaves as it is where the bundle does not speak of it."""


def without_kept(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in KEPT}


def to_yaml(document: dict[str, Any]) -> str:
    """As Superset's, which never uses libyaml: that cannot write half of a surrogate pair."""
    try:
        return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)
    except UnicodeEncodeError:
        return yaml.dump(document, Dumper=yaml.SafeDumper, sort_keys=False)
