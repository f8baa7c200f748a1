# [DEF:superset.content.untouched_keys:Module]
# @COMPLEXITY: 2
# @PURPOSE: Which keys of an asset travel; used by plans, requests, snapshots and comparisons alike.
# @RELATION CALLS -> superset.content.defaults

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.superset.assets import Asset, Kind, objects
from apps.superset.content.defaults import with_defaults

NOT_CARRIED = ("tags", "theme_uuid")
"""Top-level keys of a document that are neither sent nor compared: an import keeps those of the target.

If they were sent through dashboard/import, it would remove a theme that is not in the bundle and tags that it does not
name (source: 6.1.0, commands/dashboard/importers/v1/__init__.py; seen)."""


def sendable(asset: Asset) -> Asset:
    """The part of a symbolic asset that a request may contain, whether from a plan or a snapshot."""
    document = {name: value for name, value in asset.document.items() if name not in NOT_CARRIED}
    return with_defaults(asset.with_document(document))


def carried(asset: Asset) -> Asset:
    """The part of a symbolic asset that travels from one environment to another."""
    asset = sendable(asset)
    if asset.kind is not Kind.CHART:
        return asset
    document = dict(asset.document)
    document["params"] = _formula_only(document["params"])
    document["query_context"] = _formula_only_query(document.get("query_context"))
    return asset.with_document(document)


def cut_layers(asset: Asset) -> list[Mapping[str, Any]]:
    """The annotation layers of a chart that Superset's importer removes: all except those of type FORMULA."""
    if asset.kind is not Kind.CHART or not isinstance(asset.document.get("params"), Mapping):
        return []
    layers = asset.document["params"].get("annotation_layers")
    return [layer for layer in objects(layers) if layer.get("annotationType") != "FORMULA"]


def _formula_only(holder: Any) -> Any:
    if not isinstance(holder, Mapping) or "annotation_layers" not in holder:
        return holder
    layers = holder["annotation_layers"]
    if not isinstance(layers, list):  # for `importable` to refuse, like anything that is not a layer
        return holder
    kept = [each for each in layers if not isinstance(each, Mapping) or each.get("annotationType") == "FORMULA"]
    return {**holder, "annotation_layers": kept}


def _formula_only_query(context: Any) -> Any:
    """The stored query repeats the layers; the importer keeps those, with the numbers of the source."""
    if not isinstance(context, Mapping):
        return context
    result = dict(context)
    if "form_data" in result:
        result["form_data"] = _formula_only(result["form_data"])
    if isinstance(result.get("queries"), list):
        result["queries"] = [_formula_only(query) for query in result["queries"]]
    return result
