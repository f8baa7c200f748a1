"""A dashboard that uses what its release has and others do not: the tenth beside Superset's examples."""

from __future__ import annotations

import json
import uuid
from typing import Any

from project.tests.real.world import find
from rig.check.releases import parsed
from rig.check.rest import Superset
from rig.servers.examples import EXAMPLES

TITLE = "Ledger"
SQL = "select '2026-01-01' as day, 'EUR' as code, 1.5 as amount"
EUROS = {"symbol": "EUR", "symbolPosition": "suffix"}
CHARTS = {"table": (4, 1), "event_flow": (4, 1), "gantt_chart": (6, 0), "ag-grid-table": (6, 0)}
"""Types of charts by the first release that has them; only 4.1 draws an event flow."""


def charts_of(release: str) -> list[str]:
    types = [kind for kind, since in CHARTS.items() if since <= parsed(release)]
    return [kind for kind in types if kind != "event_flow" or parsed(release) == (4, 1)]


def create(rest: Superset, release: str) -> None:
    """A dataset with a metric in euros, a chart of each type, and cross filters between them."""
    dataset = _dataset(rest, release)
    numbers = [_chart(rest, dataset, kind) for kind in charts_of(release)]
    dashboard = {"dashboard_title": TITLE, "slug": "ledger", "css": ".header { color: teal; }", "published": True}
    number = rest.create("dashboard", dashboard)
    rest.update("dashboard", number, {"json_metadata": json.dumps(_metadata(rest, numbers, release))})


def _dataset(rest: Superset, release: str) -> int:
    database = find(rest, "database", database_name=EXAMPLES)
    fields = {"database": database, "schema": "main", "table_name": "ledger", "sql": SQL}
    number = rest.create("dataset", fields)
    currency: Any = EUROS if parsed(release) >= (6, 0) else json.dumps(EUROS)
    total = {"metric_name": "total", "expression": "SUM(amount)", "currency": currency}
    rest.update("dataset", number, {"metrics": [total]})
    if parsed(release) >= (6, 0):
        [metric] = rest.one("dataset", number)["metrics"]
        children = [{"uuid": metric["uuid"]}]
        folder = {"uuid": str(uuid.uuid4()), "type": "folder", "name": "Money", "children": children}
        rest.update("dataset", number, {"folders": [folder]})
    if parsed(release) >= (6, 1):
        rest.update("dataset", number, {"currency_code_column": "code", "columns": _dated(rest, number)})
    return number


def _dated(rest: Superset, dataset: int) -> list[dict[str, Any]]:
    """All columns, as an update wants them, and a format for the day."""
    columns = rest.one("dataset", dataset)["columns"]
    rows = [{"id": column["id"], "column_name": column["column_name"]} for column in columns]
    return [{**row, "datetime_format": "%Y-%m-%d"} if row["column_name"] == "day" else row for row in rows]


def _chart(rest: Superset, dataset: int, kind: str) -> int:
    params = {"viz_type": kind, "datasource": f"{dataset}__table", "metrics": ["total"], "groupby": ["code"]}
    fields = {"slice_name": f"{TITLE}: {kind}", "viz_type": kind, "params": json.dumps(params)}
    return rest.create("chart", {**fields, "datasource_id": dataset, "datasource_type": "table"})


def _metadata(rest: Superset, charts: list[int], release: str) -> dict[str, Any]:
    uuids = {row["id"]: row["uuid"] for row in rest.rows("chart", "id", "uuid")}
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": ["ROW-a"], "parents": ["ROOT_ID"]},
        "ROW-a": {"id": "ROW-a", "type": "ROW", "parents": ["ROOT_ID", "GRID_ID"], "meta": {}},
    }
    nodes["ROW-a"]["children"] = [f"CHART-{number}" for number in charts]
    for number in charts:
        meta = {"chartId": number, "uuid": uuids[number], "width": 3, "height": 50}
        nodes[f"CHART-{number}"] = {"id": f"CHART-{number}", "type": "CHART", "children": [], "meta": meta}
    first, others = charts[0], charts[1:]
    scope = {"rootPath": ["ROOT_ID"], "excluded": [first]}
    filters = {"id": first, "crossFilters": {"scope": scope, "chartsInScope": others}}
    news = {"show_chart_timestamps": True} if parsed(release) >= (6, 1) else {}
    return {"positions": nodes, "chart_configuration": {str(first): filters}, **news}
