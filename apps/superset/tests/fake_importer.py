"""What the importer of 6.1.0 does with the numbers of a dashboard (`update_id_refs`), and its export with its texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


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
