"""One dashboard that has everything that its release knows, built by plain requests.

Two tabs, native filters (one on a dataset of its own), cross filters, scopes, a text with links, settings by chart;
charts with annotation layers, with a stored query, and one of several layers; virtual datasets with Jinja.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from project.tests.real.world import find
from rig.check.releases import parsed
from rig.check.rest import Superset
from rig.servers.examples import EXAMPLES

TITLE = "Everything"
TABLE, FILTERED = "cleaned_sales_data", "birth_names"
LAYER = "Launches"


@dataclass(frozen=True)
class Parts:
    """Numbers on the source."""

    dashboard: int
    charts: dict[str, int]
    table: int
    virtual: int
    filtered: int
    layer: int

    @property
    def datasets(self) -> tuple[int, ...]:
        return self.table, self.virtual, self.filtered


def create(rest: Superset, release: str) -> Parts:
    table, filtered = (find(rest, "dataset", table_name=name) for name in (TABLE, FILTERED))
    virtual = _virtual(rest, table)
    layer = _layer(rest)
    charts = _charts(rest, table, virtual)
    dashboard = rest.create("dashboard", {"dashboard_title": TITLE, "slug": "everything", "published": True})
    parts = Parts(dashboard, charts, table, virtual, filtered, layer)
    _settings(rest, parts)
    fields = {
        "css": ".header { color: teal; }",
        "certified_by": "Finance",
        "certification_details": "Audited",
        "json_metadata": json.dumps(_metadata(rest, parts, release)),
    }
    rest.update("dashboard", dashboard, fields)
    return parts


def _virtual(rest: Superset, table: int) -> int:
    """Superset runs the text of a new dataset to find its columns, so the macros come afterwards."""
    database = find(rest, "database", database_name=EXAMPLES)
    fields = {"database": database, "schema": "main", "table_name": "sales by territory"}
    number = rest.create("dataset", {**fields, "sql": f"select territory, sales from {TABLE}"})
    sql = f"select territory, sales from {{{{ dataset({table}) }}}} where '{{{{ current_username() }}}}' <> ''"
    metric = {"metric_name": "total", "expression": "SUM(sales)"}
    rest.update("dataset", number, {"sql": sql, "metrics": [metric]})
    return number


def _layer(rest: Superset) -> int:
    number = rest.create("annotation_layer", {"name": LAYER, "descr": "of products"})
    note = {"short_descr": "First", "start_dttm": "2004-01-01T00:00:00", "end_dttm": "2004-01-02T00:00:00"}
    rest.create(f"annotation_layer/{number}/annotation", note)
    return number


def _charts(rest: Superset, table: int, virtual: int) -> dict[str, int]:
    """`map` is on no dashboard: only the chart of layers names it."""
    kinds = {
        "line": ("echarts_timeseries_line", table),
        "table": ("table", table),
        "total": ("big_number_total", virtual),
        "map": ("deck_scatter", table),
        "layers": ("deck_multi", table),
    }
    numbers = {}
    for name, (kind, dataset) in kinds.items():
        fields = {"slice_name": f"{TITLE}: {name}", "viz_type": kind, "params": json.dumps({"viz_type": kind})}
        numbers[name] = rest.create("chart", {**fields, "datasource_id": dataset, "datasource_type": "table"})
    return numbers


def _settings(rest: Superset, parts: Parts) -> None:
    """The settings of the charts, with all the numbers in them."""
    charts = parts.charts
    columns = {column["column_name"]: column["id"] for column in rest.one("dataset", parts.table)["columns"]}
    sales = {"column_name": "sales", "id": columns["sales"], "type": "DOUBLE PRECISION"}
    total = {"expressionType": "SIMPLE", "aggregate": "SUM", "label": "SUM(sales)", "column": sales}
    text = f"{{{{ metric('total', {parts.virtual}) }}}}"
    of_text = {"expressionType": "SQL", "label": "total", "sqlExpression": text}
    settings: dict[str, dict[str, Any]] = {
        "line": {"x_axis": "order_date", "metrics": [total], "annotation_layers": _annotations(parts)},
        "table": {"query_mode": "aggregate", "groupby": ["territory"], "metrics": [total]},
        "total": {"metric": of_text},
        "map": {"spatial": {"type": "latlong", "latCol": "sales", "lonCol": "sales"}},
        "layers": {"deck_slices": [charts["map"]]},
    }
    for name, each in settings.items():
        number, dataset = charts[name], parts.virtual if name == "total" else parts.table
        form = {**each, "viz_type": rest.one("chart", number)["viz_type"], "slice_id": number}
        form |= {"datasource": f"{dataset}__table", "dashboards": [parts.dashboard]}
        fields: dict[str, Any] = {"params": json.dumps(form), "dashboards": [parts.dashboard]}
        if name == "map":
            del fields["dashboards"], form["dashboards"]
            fields["params"] = json.dumps(form)
        if name == "table":
            fields["query_context"] = json.dumps(_stored_query(form, dataset))
        rest.update("chart", number, fields)


def _annotations(parts: Parts) -> list[dict[str, Any]]:
    common = {"show": True, "showLabel": False, "style": "solid", "opacity": "", "overrides": {}}
    return [
        {**common, "name": "Average", "annotationType": "FORMULA", "value": "100"},
        {**common, "name": "Events", "annotationType": "EVENT", "sourceType": "NATIVE", "value": parts.layer},
        {
            **common,
            "name": "Lines",
            "annotationType": "TIME_SERIES",
            "sourceType": "line",
            "value": parts.charts["table"],
        },
    ]


def _stored_query(form: dict[str, Any], dataset: int) -> dict[str, Any]:
    queries = [{"columns": ["territory"], "metrics": form["metrics"], "row_limit": 1000}]
    return {"datasource": {"id": dataset, "type": "table"}, "form_data": form, "queries": queries}


# --- the dashboard


def _metadata(rest: Superset, parts: Parts, release: str) -> dict[str, Any]:
    line, table, total = (parts.charts[name] for name in ("line", "table", "total"))
    scope = {"rootPath": ["ROOT_ID"], "excluded": [table]}
    first = {"rootPath": ["TAB-a"], "excluded": [table]}
    cross = {"scope": scope, "chartsInScope": [line, total]}
    territory = _filter("a", "Territory", parts.table, "territory", first, [line])
    gender = _filter("b", "Gender", parts.filtered, "gender", scope, [line, total])
    made = {
        "positions": _layout(rest, parts),
        "native_filter_configuration": [territory, gender],
        "chart_configuration": {str(line): {"id": line, "crossFilters": cross}},
        "global_chart_configuration": cross,
        "cross_filters_enabled": True,
        "timed_refresh_immune_slices": [line],
        "expanded_slices": {str(table): True},
        "refresh_frequency": 300,
        "color_scheme": "supersetColors",
        "label_colors": {"EMEA": "#123456"},
    }
    if parsed(release) >= (6, 1):
        made["chart_customization_config"] = [_grouping(parts, scope)]
    return made


def _filter(
    name: str, title: str, dataset: int, column: str, scope: dict[str, Any], charts: list[int]
) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{name}",
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "name": title,
        "targets": [{"datasetId": dataset, "column": {"name": column}}],
        "scope": scope,
        "chartsInScope": charts,
        "tabsInScope": ["TAB-a"],
        "controlValues": {"multiSelect": True},
        "defaultDataMask": {"filterState": {}, "extraFormData": {}},
        "cascadeParentIds": [],
    }


def _grouping(parts: Parts, scope: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "CHART_CUSTOMIZATION-1",
        "type": "CHART_CUSTOMIZATION",
        "filterType": "chart_customization_dynamic_groupby",
        "name": "Group by",
        "scope": scope,
        "chartsInScope": [parts.charts["line"]],
        "targets": [{"datasetId": parts.table, "column": {"name": "deal_size"}}],
        "controlValues": {},
        "defaultDataMask": {},
    }


def _layout(rest: Superset, parts: Parts) -> dict[str, Any]:
    uuids = {row["id"]: row["uuid"] for row in rest.rows("chart", "id", "uuid")}
    rows = {"a": ("line", "table"), "b": ("total", "layers")}
    grid = ["ROOT_ID", "TABS-x"]
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["TABS-x"]},
        "TABS-x": {"id": "TABS-x", "type": "TABS", "children": ["TAB-a", "TAB-b"], "parents": ["ROOT_ID"], "meta": {}},
    }
    for tab, names in rows.items():
        path = [*grid, f"TAB-{tab}", f"ROW-{tab}"]
        children = [f"CHART-{name}" for name in names] + (["MARKDOWN-a"] if tab == "a" else [])
        nodes[path[2]] = {"id": path[2], "type": "TAB", "children": [path[3]], "parents": path[:2]}
        nodes[path[2]]["meta"] = {"text": f"Tab {tab}"}
        nodes[path[3]] = {"id": path[3], "type": "ROW", "children": children, "parents": path[:3], "meta": {}}
        for name in names:
            number = parts.charts[name]
            meta = {"chartId": number, "uuid": uuids[number], "width": 4, "height": 50, "sliceName": name}
            nodes[f"CHART-{name}"] = {"id": f"CHART-{name}", "type": "CHART", "children": [], "meta": meta}
            nodes[f"CHART-{name}"]["parents"] = path
    code = f"[Here](/superset/dashboard/{parts.dashboard}/) and [there](/explore/?slice_id={parts.charts['line']})"
    text = {"id": "MARKDOWN-a", "type": "MARKDOWN", "children": [], "parents": [*grid, "TAB-a", "ROW-a"]}
    nodes["MARKDOWN-a"] = {**text, "meta": {"code": code, "width": 4, "height": 50}}
    return nodes
