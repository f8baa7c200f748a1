"""What the importer of 6.1.0 does with the numbers of a dashboard: `update_id_refs`."""

from __future__ import annotations

from collections.abc import Iterator
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
