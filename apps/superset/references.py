# [DEF:superset.references:Module]
# @COMPLEXITY: 3
# @PURPOSE: Numeric references inside assets: out of one environment's numbers, into another's.
# @RELATION DEPENDS_ON -> superset.assets
"""Superset's documents name other assets by integer ids that mean something in one environment only. `symbolise`
replaces each by a token that names the UUID (`@chart/<uuid>`, `@dataset/<uuid>`, `@dashboard/<uuid>`,
`@column/<name>`, `@self`); `localise` turns tokens into the numbers of the environment that is asked. Between the two
a document is the same in every environment, and can be compared.

The importer of 6.1.0 remaps only some of these places (commands/dashboard/importers/v1/utils.py: update_id_refs); it
leaves every `chartsInScope`, `params.slice_id`, `params.dashboards`, `query_context.form_data`, `metrics[].column.id`
and `chart_customization_config[].targets[].datasetId` as they came (seen on running servers).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.superset.assets import Asset, Key, Kind

PROVISIONAL = 2_000_000_000
"""Numbers from here on stand for what does not exist yet: above any id that is handed out, below what a 32-bit column
holds. A run that ends well leaves none behind, so one that is found on a target tells of a run that did not."""

SELF = "@self"
COLUMN = "@column/"
TOKEN = re.compile(r"@(dataset|chart|dashboard)/([0-9a-f-]{36})(__\w+)?")
LAYER_SUFFIX = re.compile(r"__layer_(\d+)")
"""`@chart/<uuid>__layer_0` stands for `chart-12-layer-0`, as `@dataset/<uuid>__table` for `3__table`."""

IdOf = Callable[[Key], int | None]
ColumnIdOf = Callable[[str, str], int | None]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where the numbers of one environment come from: `id_of(key)`, and `column_id_of(dataset uuid, column name)`."""

    id_of: IdOf
    column_id_of: ColumnIdOf = field(default=lambda dataset, column: None)


def token(key: Key) -> str:
    return f"@{key.kind}/{key.uuid}"


def key_of_token(text: object) -> Key | None:
    """The key a token names; None for anything that is no token of an asset."""
    match = TOKEN.fullmatch(text) if isinstance(text, str) else None
    return Key(Kind(match[1]), match[2]) if match else None


def tokens(value: Any) -> Iterator[Key]:
    """Every asset that a symbolic value refers to by token, as a value or as a key."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from tokens(name)
            yield from tokens(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tokens(item)
    elif key := key_of_token(value):
        yield key


def column_references(asset: Asset) -> set[str]:
    """The names of the dataset columns that a symbolic chart refers to by number."""
    found: set[str] = set()

    def collect(column: dict[str, Any]) -> dict[str, Any]:
        if isinstance(name := column.get("id"), str) and name.startswith(COLUMN):
            found.add(name.removeprefix(COLUMN))
        return column

    for part in ("params", "query_context"):
        each_column(asset.document.get(part), collect)
    return found


def localise(asset: Asset, numbers: Numbers) -> Asset:
    """The asset as this environment numbers it, ready to be sent.

    A token without a number in this environment is left out of sets and tables; a chart in the layout that has none
    keeps only its UUID.
    """
    if asset.kind is Kind.CHART:
        return asset.with_document(_local_chart(asset, numbers))
    if asset.kind is Kind.DASHBOARD:
        position = {name: _local_node(node, numbers) for name, node in asset.document["position"].items()}
        metadata = _local(asset.document["metadata"], numbers)
        return asset.with_document({**asset.document, "position": position, "metadata": metadata})
    return asset


def _local_node(node: Any, numbers: Numbers) -> Any:
    if not is_chart(node) or "uuid" not in node["meta"]:
        return node
    chart_id = numbers.id_of(Key(Kind.CHART, node["meta"]["uuid"]))
    return node if chart_id is None else {**node, "meta": {**node["meta"], "chartId": chart_id}}


def _local_chart(asset: Asset, numbers: Numbers) -> dict[str, Any]:
    dataset = str(asset.document.get("dataset_uuid") or "")

    def local_column(column: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(name := column.get("id"), str) or not name.startswith(COLUMN):
            return column
        number = numbers.column_id_of(dataset, name.removeprefix(COLUMN))
        return {k: v for k, v in {**column, "id": number}.items() if k != "id" or v is not None}

    parts = {}
    for part in ("params", "query_context"):
        value = each_column(asset.document.get(part), local_column)
        parts[part] = _local(value, numbers, own=numbers.id_of(asset.key))
    if parts["query_context"] is not None:
        parts["query_context"] = json.dumps(parts["query_context"])
    return {**asset.document, **parts}


_GONE = object()


def _local(value: Any, numbers: Numbers, *, own: int | None = None) -> Any:
    """Numbers for tokens, all the way down; what has no number is left out."""
    if isinstance(value, Mapping):
        pairs = ((_local_token(name, numbers), _local_item(name, item, numbers, own)) for name, item in value.items())
        return {str(name): item for name, item in pairs if name is not _GONE and item is not _GONE}
    if isinstance(value, list):
        return [item for item in (_local(each, numbers, own=own) for each in value) if item is not _GONE]
    return _local_token(value, numbers)


def _local_item(name: str, item: Any, numbers: Numbers, own: int | None) -> Any:
    if name == "slice_id" and item == SELF:
        return _GONE if own is None else own
    if name == "url_params" and isinstance(item, Mapping) and item.get("slice_id") == SELF:
        links = _local(item, numbers, own=own)
        return {**links, "slice_id": str(own)} if own is not None else links  # Superset writes it as text
    return _local(item, numbers, own=own)


def _local_token(value: Any, numbers: Numbers) -> Any:
    match = TOKEN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    number = numbers.id_of(Key(Kind(match[1]), match[2]))
    if number is None:
        return _GONE
    if match[3] and (layer := LAYER_SUFFIX.fullmatch(match[3])):
        return f"chart-{number}-layer-{layer[1]}"
    return f"{number}{match[3]}" if match[3] else number


def is_chart(node: Any) -> bool:
    return isinstance(node, Mapping) and node.get("type") == "CHART" and isinstance(node.get("meta"), Mapping)


def each_column(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The value with `change` applied to every `column` of an ad-hoc metric or filter in it."""
    if isinstance(value, Mapping):
        result = {name: each_column(item, change) for name, item in value.items()}
        if isinstance(column := result.get("column"), dict) and "column_name" in column:
            result["column"] = change(column)
        return result
    if isinstance(value, list):
        return [each_column(item, change) for item in value]
    return value
