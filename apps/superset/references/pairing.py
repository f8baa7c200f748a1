# [DEF:superset.references.pairing:Module]
# @COMPLEXITY: 2
# @PURPOSE: Replaces the UUIDs of the source in an asset by those of its counterparts on the target.
"""Equal UUIDs are paired automatically; a person has confirmed every other pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.superset.assets import Asset, Key
from apps.superset.references.reference import Ref, each_ref

UUID_FIELDS = ("uuid", "dataset_uuid", "datasetUuid")
"""Fields with a bare UUID of a dashboard, chart or dataset: its own, of a layout node, of a chart, of a filter."""


def apply_pairing(asset: Asset, uuid_map: Mapping[str, str]) -> Asset:
    """The asset with the target's UUIDs: its own and all that it refers to, by field or by reference.

    `uuid_map` is source UUID → target UUID; other UUIDs stay.
    """
    if not uuid_map:
        return asset
    key = Key(asset.kind, uuid_map.get(asset.uuid, asset.uuid))

    def renamed(ref: Ref) -> Ref:
        return replace(ref, key=Key(ref.key.kind, uuid_map.get(ref.key.uuid, ref.key.uuid)))

    return replace(asset, key=key, document=_renamed(each_ref(asset.document, renamed), uuid_map))


def _renamed(value: Any, uuids: Mapping[str, str], name: str = "") -> Any:
    """UUIDs replaced in UUID_FIELDS, all the way down."""
    if isinstance(value, Mapping):
        return {key: _renamed(item, uuids, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, uuids) for item in value]
    return uuids.get(value, value) if name in UUID_FIELDS and isinstance(value, str) else value
