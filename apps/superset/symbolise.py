# [DEF:superset.symbolise:Module]
# @COMPLEXITY: 3
# @PURPOSE: Out of one environment's numbers: the tokens of `references` for the integer ids in an exported
#   document.
# @RELATION DEPENDS_ON -> superset.references

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.inventory import Inventory
from apps.superset.references import COLUMN, PROVISIONAL, SELF, each_column, is_chart, token
from apps.superset.safe_json import Cleaned, JsonRefused, load_json

DATASOURCE = re.compile(r"\d+(__\w+)")
LAYER = re.compile(r"chart-(\d+)-layer-(\d+)")


@dataclass(frozen=True, slots=True)
class Stale:
    """A number that refers to nothing in its own environment. Dropped, and told."""

    asset: Key
    path: str
    value: Any


def symbolise(asset: Asset, inventory: Inventory) -> tuple[Asset, tuple[Stale, ...]]:
    """The asset with tokens for its numbers, and the numbers that meant nothing.

    Takes the document as exported; `query_context` becomes a mapping, None where it is no JSON, as on import.
    """
    reader = _Reader(asset.key, inventory)
    if asset.kind is Kind.DASHBOARD:
        asset = asset.with_document(reader.dashboard(asset.document))
    elif asset.kind is Kind.CHART:
        asset = asset.with_document(reader.chart(asset.document))
    if reader.escaped:
        asset = replace(asset, escaped=(*asset.escaped, *reader.escaped))
    return asset, tuple(reader.stale)


class _Reader:
    """One pass over one document; collects what refers to nothing."""

    def __init__(self, owner: Key, inventory: Inventory) -> None:
        self.owner = owner
        self.inventory = inventory
        self.stale: list[Stale] = []
        self.escaped: list[str] = []
        self.members: set[str] = set()

    def dashboard(self, document: Mapping[str, Any]) -> dict[str, Any]:
        position = {name: self.node(node) for name, node in (document.get("position") or {}).items()}
        self.members = {
            node["meta"]["uuid"] for node in position.values() if is_chart(node) and node["meta"].get("uuid")
        }
        return {**document, "position": position, "metadata": self.metadata(document.get("metadata") or {})}

    def node(self, node: Any) -> Any:
        """What the browser shows is the chart with this chartId, so where both are there it decides over meta.uuid.

        A chart that was deleted stays in the layout; it keeps its number alone. With a UUID that the target does not
        have the importer fails, or stops linking charts (source: 6.1.0, commands/importers/v1/assets.py; seen).
        """
        if not is_chart(node):
            return node
        meta = {name: value for name, value in node["meta"].items() if name not in ("chartId", "uuid")}
        chart_id = node["meta"].get("chartId")
        key = self.key_of(Kind.CHART, chart_id, "position") if isinstance(chart_id, int) else None
        key = key or self.known(Key(Kind.CHART, str(node["meta"].get("uuid") or "").lower()))
        return {**node, "meta": {**meta, "uuid": key.uuid} if key else {**meta, "chartId": chart_id}}

    def key_of(self, kind: Kind, number: int, path: str) -> Key | None:
        key = self.inventory.key_of(kind, number)
        if key is not None:
            self.note_unfinished(number, path)
        return key

    def known(self, key: Key) -> Key | None:
        return key if key in self.inventory else None

    def metadata(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """`default_filters` belonged to the filter box, which no supported release has: it is left out."""
        result = {name: value for name, value in metadata.items() if name != "default_filters"}
        for name, read in (
            ("timed_refresh_immune_slices", self.charts),
            ("expanded_slices", self.by_chart),
            ("filter_scopes", self.filter_scopes),
            ("chart_configuration", self.chart_configuration),
            ("global_chart_configuration", self.scoped),
            ("native_filter_configuration", self.filters),
            ("chart_customization_config", self.filters),
        ):
            if result.get(name):
                result[name] = read(result[name], name)
        return result

    def charts(self, ids: Any, path: str) -> Any:
        """A set of charts of this dashboard, sorted, because the browser writes it in any order."""
        if not isinstance(ids, list):
            return ids
        return sorted({found for value in ids if (found := self.member(value, path))})

    def member(self, value: Any, path: str) -> str | None:
        key = self.key_of(Kind.CHART, _number(value), path)
        if key is None or key.uuid not in self.members:
            self.stale.append(Stale(self.owner, path, value))
            return None
        return token(key)

    def by_chart(self, table: Any, path: str) -> Any:
        if not isinstance(table, Mapping):
            return table
        return {found: value for chart_id, value in table.items() if (found := self.member(chart_id, path))}

    def filter_scopes(self, scopes: Any, path: str) -> Any:
        return {
            chart: {
                column: {**scope, "immune": self.charts(scope.get("immune", []), f"{path}.immune")}
                for column, scope in columns.items()
            }
            for chart, columns in self.by_chart(scopes, path).items()
        }

    def chart_configuration(self, table: Any, path: str) -> Any:
        table = self.by_chart(table, path)
        return {chart: self.settings(chart, each, path) for chart, each in table.items()}

    def settings(self, chart: str, settings: Any, path: str) -> Any:
        """One chart's cross-filtering. `crossFilters.scope` may also be the word “global”."""
        if not isinstance(settings, Mapping):
            return settings
        result = {**settings, "id": chart}
        if isinstance(filters := settings.get("crossFilters"), Mapping):
            result["crossFilters"] = self.scoped(filters, f"{path}.crossFilters")
        return result

    def scoped(self, holder: Any, path: str) -> Any:
        """Anything with `scope.excluded`, `scope.selectedLayers` and `chartsInScope`."""
        if not isinstance(holder, Mapping):
            return holder
        result = dict(holder)
        if isinstance(scope := result.get("scope"), Mapping):
            read = {"excluded": self.charts, "selectedLayers": self.layers}
            parts = {name: read[name](scope[name], f"{path}.scope.{name}") for name in read if name in scope}
            result["scope"] = {**scope, **parts}
        if "chartsInScope" in result:
            result["chartsInScope"] = self.charts(result["chartsInScope"], f"{path}.chartsInScope")
        return result

    def layers(self, names: Any, path: str) -> Any:
        """Layers of deck.gl charts, `chart-<id>-layer-<n>`, that a filter applies to."""
        if not isinstance(names, list):
            return names
        found = []
        for name in names:
            match = LAYER.fullmatch(str(name))
            if match is None:
                found.append(name)
            elif chart := self.member(match[1], path):
                found.append(f"{chart}__layer_{match[2]}")
        return found

    def filters(self, filters: Any, path: str) -> Any:
        """Native filters and chart customizations: `datasetUuid` is kept, a bare `datasetId` becomes a token.

        The export of 6.1.0 writes `datasetUuid` for native filters and leaves `datasetId` in customizations; a number
        whose dataset is gone is kept as `datasetId`, for the graph to report.
        """
        if not isinstance(filters, list):
            return filters
        return [
            {**self.scoped(each, path), **self.targets(each), **self.customization(each, path)}
            if isinstance(each, Mapping)
            else each
            for each in filters
        ]

    def customization(self, holder: Mapping[str, Any], path: str) -> dict[str, Any]:
        """The dataset of a dynamic group-by: a number, text or `{value}`. The browser reads it where no target has a
        `datasetId` (source: 6.1.0, static/assets); neither export nor import touches it.
        """
        custom = holder.get("customization")
        if not isinstance(custom, Mapping):
            return {}
        chosen = custom.get("dataset")
        number = chosen.get("value") if isinstance(chosen, Mapping) else chosen
        key = self.key_of(Kind.DATASET, _number(number), f"{path}.customization.dataset")
        if key is None:
            return {}
        found = {**chosen, "value": token(key)} if isinstance(chosen, Mapping) else token(key)
        return {"customization": {**custom, "dataset": found}}

    def targets(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(holder.get("targets"), list):
            return {}
        return {"targets": [self.target(target) for target in holder["targets"]]}

    def target(self, target: Any) -> Any:
        if not isinstance(target, Mapping) or not isinstance(target.get("datasetId"), int):
            return target
        key = self.key_of(Kind.DATASET, target["datasetId"], "targets.datasetId")
        return {**target, "datasetId": token(key)} if key else dict(target)

    def chart(self, document: Mapping[str, Any]) -> dict[str, Any]:
        dataset = str(document.get("dataset_uuid") or "").lower()
        return {
            **document,
            "params": self.form_data(document.get("params") or {}, dataset, "params"),
            "query_context": self.query_context(document.get("query_context"), dataset),
        }

    def form_data(self, params: Any, dataset: str, path: str) -> Any:
        """The settings of a chart: `datasource` follows `dataset_uuid`, `slice_id` the chart, whatever they said."""
        if not isinstance(params, Mapping):
            return params
        result = dict(each_column(params, self.column))
        if "slice_id" in result:
            self.note_unfinished(result["slice_id"], f"{path}.slice_id")
            result["slice_id"] = SELF
        if dataset and isinstance(result.get("datasource"), str):
            result["datasource"] = DATASOURCE.sub(rf"@dataset/{dataset}\1", result["datasource"])
        for name, kind in (("dashboards", Kind.DASHBOARD), ("deck_slices", Kind.CHART)):
            if isinstance(result.get(name), list):
                result[name] = self.any_of(kind, result[name], f"{path}.{name}")
        for name, filters in result.items():
            if name.startswith("adhoc_filters") and isinstance(filters, list):
                result[name] = [self.layered(each, f"{path}.{name}.deck_slices") for each in filters]
        if "dashboardId" in result:
            found = self.any_of(Kind.DASHBOARD, [result.pop("dashboardId")], f"{path}.dashboardId")
            result |= {"dashboardId": found[0]} if found else {}
        if isinstance(links := result.get("url_params"), Mapping):
            result["url_params"] = {**links, "slice_id": SELF} if "slice_id" in links else links
        return result

    def column(self, column: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(column.get("id"), int):
            return column
        self.note_unfinished(column["id"], "column.id")
        return {**column, "id": f"{COLUMN}{column['column_name']}"}

    def note_unfinished(self, number: Any, path: str) -> None:
        """A number that would else be read as what it stands for, whatever it is."""
        if is_provisional(number):
            self.stale.append(Stale(self.owner, path, number))

    def layered(self, adhoc: Any, path: str) -> Any:
        """A filter of a deck.gl chart of several layers repeats their charts, for its choice of layers by position."""
        if not isinstance(adhoc, Mapping) or not isinstance(slices := adhoc.get("deck_slices"), list):
            return adhoc
        return {**adhoc, "deck_slices": self.any_of(Kind.CHART, slices, path)}

    def any_of(self, kind: Kind, ids: list[Any], path: str) -> list[str]:
        found = []
        for value in ids:
            if key := self.key_of(kind, _number(value), path):
                found.append(token(key))
            else:
                self.stale.append(Stale(self.owner, path, value))
        return found

    def query_context(self, text: Any, dataset: str) -> Any:
        """The stored query of a chart: a JSON string on the wire."""
        try:
            read = load_json(text) if isinstance(text, str) else Cleaned(text)
        except JsonRefused:
            self.stale.append(Stale(self.owner, "query_context", "not JSON"))
            return None
        context = read.value
        self.escaped += (f"query_context.{place}" for place in read.escaped)
        if not isinstance(context, Mapping):
            return None
        result = dict(each_column(context, self.column))
        where = {"id": f"@dataset/{dataset}"}
        if isinstance(result.get("datasource"), Mapping):
            result["datasource"] = {**result["datasource"], **where}
        if isinstance(queries := result.get("queries"), list):
            result["queries"] = [self.query(query, where) for query in queries]
        if "form_data" in result:
            result["form_data"] = self.form_data(result["form_data"], dataset, "query_context.form_data")
        return result

    def query(self, query: Any, where: dict[str, str]) -> Any:
        if not isinstance(query, Mapping):
            return query
        result = dict(query)
        if isinstance(result.get("datasource"), Mapping):
            result["datasource"] = {**result["datasource"], **where}
        if isinstance(links := result.get("url_params"), Mapping) and "slice_id" in links:
            result["url_params"] = {**links, "slice_id": SELF}
        return result


def _number(value: Any) -> int:
    """The id in a number or in a table's key; -1, which no asset has, for anything else."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else -1


def is_provisional(value: Any) -> bool:
    """Whether a number was given to what did not exist yet, by a run that did not come to set the right one."""
    return _number(value) >= PROVISIONAL
