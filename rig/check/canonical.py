"""The canonical form of an asset, equal on every server: numbers become UUIDs, noise is left out.

Written independently of Lockstep's engine, on purpose, so that its faults show here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from rig.check.exports import Ids
from rig.check.texts import with_names

# Keys that differ after a correct migration between any two of 4.1.4 to 6.1.0, and why they are ignored.
#   default_filters  the import drops it: filters of before 2021, which 6.1.0 does not show
#   chartId          a server's own number; `uuid` beside it says the same, and both are checked against each other
#   tags             the export writes an empty list only where the tagging feature is on
#   theme_uuid       a theme hangs on a dashboard like owners and tags do: not a part of its content
IGNORED_METADATA = ("default_filters",)
IGNORED = ("tags", "theme_uuid")
FORMULA = "FORMULA"
"""The only type of annotation layer that the import keeps. The others hang on a chart, too."""

Refer = Callable[[str, Any], str | None]
"""(kind, number) → canonical name of the asset, or None to leave the reference out."""


class Canonical:
    """Canonical forms of the documents of one server; `problems` collects broken and wrong references."""

    def __init__(self, ids: Ids, *, strict: bool, known: set[str] | None = None) -> None:
        """`strict`: an unknown number is a problem. `known`: UUIDs of the other side."""
        self._ids = ids
        self._strict = strict
        self._known = known
        self.problems: list[str] = []
        self._where = ""

    def of(self, kind: str, document: dict[str, Any], databases: dict[str, str]) -> dict[str, Any]:
        """The canonical form; `databases` maps UUIDs of connections to their counterparts."""
        name = document.get("dashboard_title") or document.get("slice_name") or document.get("table_name")
        self._where = f"{kind} {name}"
        made = {name: value for name, value in copy.deepcopy(document).items() if name not in IGNORED}
        if kind == "dashboard":
            self._dashboard(made)
        elif kind == "chart":
            self._chart(made)
        elif kind == "dataset":
            self._dataset(made, databases)
        named: dict[str, Any] = with_names(made, self._refer)
        return named

    # --- numbers

    def _refer(self, kind: str, pk: Any) -> str | None:
        uuid = self._ids.uuid(kind, pk)
        if uuid is None:
            if self._strict:
                self.problems.append(f"{self._where}: refers to {kind} {pk}, which does not exist")
            return None
        if self._known is not None and uuid not in self._known:
            return None  # the other side does not have it and cannot refer to it
        return f"{kind}:{uuid}"

    def _all(self, kind: str, numbers: Any) -> Any:
        if not isinstance(numbers, list):
            return numbers
        return sorted(found for found in (self._refer(kind, number) for number in numbers) if found)

    def _in_place(self, holder: dict[str, Any], name: str, kind: str) -> None:
        """Replace the number by the canonical name, or remove the key."""
        if holder.get(name) is None:
            holder.pop(name, None)
            return
        canonical = self._refer(kind, holder[name])
        if canonical is None:
            holder.pop(name)
        else:
            holder[name] = canonical

    # --- dashboards

    def _dashboard(self, made: dict[str, Any]) -> None:
        for node in (made.get("position") or {}).values():
            if isinstance(node, dict) and "meta" in node and "chartId" in node["meta"]:
                self._layout_chart(node["meta"])
        metadata = made.get("metadata") or {}
        for name in IGNORED_METADATA:
            metadata.pop(name, None)
        metadata.setdefault("native_filter_configuration", [])  # the import writes it where it is missing
        if "timed_refresh_immune_slices" in metadata:
            metadata["timed_refresh_immune_slices"] = self._all("chart", metadata["timed_refresh_immune_slices"])
        for name in ("expanded_slices", "filter_scopes"):
            if name in metadata:
                metadata[name] = self._keys(metadata[name])
        self._chart_configuration(metadata)
        for name in ("native_filter_configuration", "chart_customization_config"):
            for entry in metadata.get(name) or []:
                self._scoped(entry)
                for target in entry.get("targets") or []:
                    self._filter_target(target)

    def _layout_chart(self, meta: dict[str, Any]) -> None:
        uuid = self._ids.uuid("chart", meta.pop("chartId"))
        if self._strict and uuid != meta.get("uuid"):
            self.problems.append(
                f"{self._where}: the layout has chart {meta.get('uuid')}, but its number is that of {uuid}"
            )

    def _keys(self, holder: dict[str, Any]) -> dict[str, Any]:
        named = {self._refer("chart", number): value for number, value in holder.items()}
        return {name: value for name, value in named.items() if name}

    def _chart_configuration(self, metadata: dict[str, Any]) -> None:
        if "global_chart_configuration" in metadata:
            self._scoped(metadata["global_chart_configuration"])
        configuration = metadata.get("chart_configuration")
        if not configuration:
            metadata.pop("chart_configuration", None)
            return
        for entry in configuration.values():
            self._in_place(entry, "id", "chart")
            self._scoped(entry.get("crossFilters") or {})
        metadata["chart_configuration"] = self._keys(configuration)

    def _scoped(self, entry: dict[str, Any]) -> None:
        if "chartsInScope" in entry:
            entry["chartsInScope"] = self._all("chart", entry["chartsInScope"])
        scope = entry.get("scope")
        if isinstance(scope, dict) and "excluded" in scope:
            scope["excluded"] = self._all("chart", scope["excluded"])

    def _filter_target(self, target: dict[str, Any]) -> None:
        """A filter names its dataset by UUID, a customization by number: both get the same form."""
        if "datasetUuid" in target:
            target["dataset"] = f"dataset:{target.pop('datasetUuid')}"
            target.pop("datasetId", None)
        elif "datasetId" in target:
            self._in_place(target, "datasetId", "dataset")
            if "datasetId" in target:
                target["dataset"] = target.pop("datasetId")

    # --- charts

    def _chart(self, made: dict[str, Any]) -> None:
        parameters = made.setdefault("params", {})
        parameters["datasource"] = (
            parameters.get("datasource") or "?__table"
        )  # the import writes it where it is missing
        parameters.setdefault("annotation_layers", [])  # this too
        self._form(parameters, made)
        context = made.get("query_context")
        if isinstance(context, str) and context:
            context = made["query_context"] = json.loads(context)
        if isinstance(context, dict):
            self._query_context(context, made)

    def _query_context(self, context: dict[str, Any], chart: dict[str, Any]) -> None:
        source = context.get("datasource")
        if isinstance(source, dict):
            self._own_dataset(source, "id", source.get("id"), chart)
        self._form(context.get("form_data") or {}, chart)
        for query in context.get("queries") or []:
            self._columns(query)
            if isinstance(query.get("url_params"), dict):
                self._url_params(query["url_params"])

    def _form(self, form: dict[str, Any], chart: dict[str, Any]) -> None:
        source = form.get("datasource")
        if isinstance(source, str) and "__" in source:
            self._own_dataset(form, "datasource", source.split("__")[0], chart)
        if "slice_id" in form:
            self._in_place(form, "slice_id", "chart")
            if self._strict and form.get("slice_id", f"chart:{chart['uuid']}") != f"chart:{chart['uuid']}":
                self.problems.append(f"{self._where}: slice_id is that of another chart")
            form.pop("slice_id", None)  # if present, it is the chart itself
        if "dashboards" in form:
            form["dashboards"] = self._all("dashboard", form["dashboards"])
        if "dashboardId" in form:
            self._in_place(form, "dashboardId", "dashboard")
        if isinstance(form.get("url_params"), dict):
            self._url_params(form["url_params"])
        if "annotation_layers" in form:
            layers = form["annotation_layers"] or []
            form["annotation_layers"] = [layer for layer in layers if layer.get("annotationType") == FORMULA]
        if "deck_slices" in form:
            form["deck_slices"] = self._all("chart", form["deck_slices"])
        self._columns(form)

    def _own_dataset(self, holder: dict[str, Any], name: str, number: Any, chart: dict[str, Any]) -> None:
        """The number of the dataset in a chart must match its UUID."""
        own = chart.get("dataset_uuid")
        if self._strict and self._ids.uuid("dataset", number) != own:
            self.problems.append(f"{self._where}: {name} is {number}, which is not the chart's dataset {own}")
        holder[name] = f"dataset:{own}"

    def _url_params(self, parameters: dict[str, Any]) -> None:
        self._in_place(parameters, "slice_id", "chart")
        parameters.pop("dashboard_page_id", None)  # a browser session

    def _columns(self, holder: Any) -> None:
        """Remove the number of every column; the checker compares those of the target."""
        if isinstance(holder, dict):
            column = holder.get("column")
            if isinstance(column, dict) and "column_name" in column:
                column.pop("id", None)
            for value in holder.values():
                self._columns(value)
        elif isinstance(holder, list):
            for value in holder:
                self._columns(value)

    # --- datasets

    def _dataset(self, made: dict[str, Any], databases: dict[str, str]) -> None:
        made["database_uuid"] = databases.get(made["database_uuid"], made["database_uuid"])
        for column in made.get("columns") or []:
            if column.get("is_active") is None:
                column["is_active"] = True  # the import writes the default
        made["columns"] = {column["column_name"]: column for column in made.get("columns") or []}
        made["metrics"] = {metric["metric_name"]: metric for metric in made.get("metrics") or []}
