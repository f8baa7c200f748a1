"""Manual work of people in a Superset: edits, owners, themes, reports, dashboards of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rig.check.rest import Superset

ALL = "q=(page_size:100)"
Work = Callable[[Superset], None]


def number_of(server: Superset, kind: str, **wanted: str) -> int:
    """The number of the first asset with these columns."""
    rows = server.rows(kind, "id", *wanted)
    return next(int(row["id"]) for row in rows if all(row[name] == value for name, value in wanted.items()))


def renaming(kind: str, before: str, after: str) -> Work:
    column = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name"}[kind]
    return lambda server: server.update(kind, number_of(server, kind, **{column: before}), {column: after})


def removing(kind: str, name: str) -> Work:
    column = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name"}[kind]
    return lambda server: server.delete(kind, number_of(server, kind, **{column: name}))


COLUMNS = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name"}


def setting(kind: str, name: str, **fields: object) -> Work:
    """Set fields of one asset."""
    return lambda server: server.update(kind, number_of(server, kind, **{COLUMNS[kind]: name}), fields)


def publish(title: str) -> Work:
    """Toggle whether a dashboard is published."""

    def turn(server: Superset) -> None:
        number = number_of(server, "dashboard", dashboard_title=title)
        server.update("dashboard", number, {"published": not server.one("dashboard", number)["published"]})

    return turn


def describe_column(dataset: str) -> Work:
    """Describe the first column of a dataset."""

    def describe(server: Superset) -> None:
        number = number_of(server, "dataset", table_name=dataset)
        columns = [
            {name: column[name] for name in ("id", "column_name", "expression", "is_dttm", "filterable", "groupby")}
            for column in server.one("dataset", number)["columns"]
        ]
        columns[0]["description"] = "by hand"
        server.update("dataset", number, {"columns": columns})

    return describe


def new_user(server: Superset, name: str, role: str = "Admin") -> int:
    roles = server.get(f"security/roles/?{ALL}")["result"]
    number = next(row["id"] for row in roles if row["name"] == role)
    fields = {
        "active": True,
        "email": f"{name}@example.org",
        "first_name": name,
        "last_name": "O",
        "username": name,
        "password": f"{name}-password-1",
        "roles": [number],
    }
    return int(server.post("security/users/", fields)["id"])


def own_all(server: Superset) -> None:
    """Make another user the owner of everything."""
    user = new_user(server, "olga")
    for kind in ("chart", "dataset", "dashboard"):
        for row in server.rows(kind, "id"):
            server.update(kind, row["id"], {"owners": [user]})


def restrict(server: Superset) -> None:
    """Restrict every dashboard to one role."""
    roles = server.get(f"security/roles/?{ALL}")["result"]
    gamma = next(row["id"] for row in roles if row["name"] == "Gamma")
    for row in server.rows("dashboard", "id"):
        server.update("dashboard", row["id"], {"roles": [gamma]})


def embed(server: Superset) -> None:
    for row in server.rows("dashboard", "id"):
        server.post(f"dashboard/{row['id']}/embedded", {"allowed_domains": ["example.org"]})


def give_theme(server: Superset) -> None:
    made = server.post("theme/", {"theme_name": "House", "json_data": '{"token": {"colorPrimary": "#123456"}}'})
    for row in server.rows("dashboard", "id"):
        server.update("dashboard", row["id"], {"theme_id": made["id"]})


def report_on(kind: str, name: str) -> Work:
    """Add a weekly report on an asset."""
    column = {"chart": "slice_name", "dashboard": "dashboard_title"}[kind]

    def add(server: Superset) -> None:
        fields: dict[str, Any] = {
            "type": "Report",
            "name": f"Monday mail of {name}",
            "crontab": "0 9 * * 1",
            "timezone": "UTC",
            "active": True,
            "report_format": "PNG",
            "recipients": [{"type": "Email", "recipient_config_json": {"target": "boss@example.org"}}],
            kind: number_of(server, kind, **{column: name}),
        }
        server.post("report/", fields)

    return add


def alert_on_database(server: Superset, chart: str) -> None:
    database = server.rows("database", "id", "database_name")[0]["id"]
    fields: dict[str, Any] = {
        "type": "Alert",
        "name": f"Alarm of {chart}",
        "crontab": "0 9 * * 1",
        "timezone": "UTC",
        "sql": "SELECT 1",
        "database": database,
        "validator_type": "not null",
        "chart": number_of(server, "chart", slice_name=chart),
        "recipients": [{"type": "Email", "recipient_config_json": {"target": "boss@example.org"}}],
    }
    server.post("report/", fields)


def dashboard_with(chart: str, title: str = "Somebody's board") -> Work:
    """Add a dashboard of another user that shows a chart of the migration."""

    def add(server: Superset) -> None:
        number = number_of(server, "chart", slice_name=chart)
        made = server.create(
            "dashboard", {"dashboard_title": title, "position_json": json.dumps(layout(server, number, chart))}
        )
        server.update("chart", number, {"dashboards": [*_dashboards(server, number), made]})

    return add


def _dashboards(server: Superset, chart: int) -> list[int]:
    return [each["id"] for each in server.one("chart", chart)["dashboards"]]


def layout(server: Superset, chart: int, name: str) -> dict[str, Any]:
    """Contains the UUID, as the browser writes it; without it each export appends the chart again under random ids."""
    uuid = server.one("chart", chart)["uuid"]
    meta = {"chartId": chart, "uuid": uuid, "width": 4, "height": 50, "sliceName": name}
    return {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": ["ROW-1"], "parents": ["ROOT_ID"]},
        "ROW-1": {
            "id": "ROW-1",
            "type": "ROW",
            "children": ["CHART-1"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        },
        "CHART-1": {"id": "CHART-1", "type": "CHART", "children": [], "meta": meta},
    }


def chart_over(dataset: str, name: str = "Somebody's chart") -> Work:
    """Add a chart of another user over a dataset of the migration."""

    def add(server: Superset) -> None:
        number = number_of(server, "dataset", table_name=dataset)
        fields = {
            "slice_name": name,
            "viz_type": "table",
            "datasource_id": number,
            "datasource_type": "table",
            "params": json.dumps({"viz_type": "table", "datasource": f"{number}__table"}),
        }
        server.create("chart", fields)

    return add
