"""Layers, themes, templates, queries and reports on the source, for what a migration carries beside the documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rig.check.rest import RestError, Superset
from rig.hostile.furnishing import SALES
from rig.hostile.people import number_of

REVENUE = "7b12a243-88e0-4dc5-ac33-9a840bb0ac5a"
CSS = ".header { color: rebeccapurple }"
NIGHT = json.dumps({"token": {"colorPrimary": "#101010"}})
NAMES = ("layer Releases", "report Monday", "query Top", "template Purple", "theme Night")


def furnish(dev: Superset) -> None:
    """The first dashboard has a theme, the CSS of a template, a report, a query on its data, a chart with a layer."""
    number, chart = number_of(dev, "dashboard", uuid=SALES), number_of(dev, "chart", uuid=REVENUE)
    theme = dev.create("theme", {"theme_name": "Night", "json_data": NIGHT})
    dev.update("dashboard", number, {"theme_id": theme, "css": f"{CSS}\n"})
    dev.create("css_template", {"template_name": "Purple", "css": CSS})
    query = {"label": "Top", "schema": "main", "sql": "SELECT * FROM cleaned_sales_data LIMIT 5"}
    dev.create("saved_query", {**query, "db_id": number_of(dev, "database", database_name="examples")})
    recipients = [{"type": "Email", "recipient_config_json": {"target": "ada@example.org"}}]
    facts: dict[str, Any] = {
        "type": "Report",
        "report_format": "PNG",
        "crontab": "0 9 * * *",
        "timezone": "Europe/Berlin",
        "creation_method": "alerts_reports",
        "active": True,
    }
    dev.create("report", {**facts, "name": "Monday", "recipients": recipients, "dashboard": number})
    _layer(dev, chart)


def _layer(server: Superset, chart: int) -> None:
    layer = int(server.post("annotation_layer/", {"name": "Releases", "descr": "what went out"})["id"])
    for day, short in enumerate(("v1", "v2"), 1):
        moment = f"2026-02-{day:02}T10:30:00"
        fields = {"short_descr": short, "long_descr": "", "json_metadata": "{}"}
        server.post(f"annotation_layer/{layer}/annotation/", {**fields, "start_dttm": moment, "end_dttm": moment})
    shown = {"annotationType": "EVENT", "sourceType": "NATIVE", "value": layer, "name": "Releases", "show": True}
    params = {**json.loads(server.one("chart", chart)["params"]), "annotation_layers": [shown]}
    server.update("chart", chart, {"params": json.dumps(params)})


def check(held: Mapping[str, Any]) -> None:
    """That a migration without faults has carried all of it. Raises RuntimeError with what is missing."""
    missing = [name for name in NAMES if name not in held]
    if missing or held[f"dashboard {SALES}"]["theme"] != "Night" or held[f"chart {REVENUE}"]["layers"] != ["Releases"]:
        raise RuntimeError(f"not carried: {missing or 'the theme of the dashboard, or the layer of the chart'}")


def library(server: Superset) -> dict[str, Any]:
    """What exists by itself, by name and without numbers."""
    found: dict[str, Any] = {}
    for row in _rows(server, "css_template", "template_name", "css"):
        found[f"template {row['template_name']}"] = row["css"]
    for row in _rows(server, "saved_query", "label", "schema", "sql"):
        found[f"query {row['label']}"] = [row["schema"], row["sql"]]
    for row in _rows(server, "theme", "theme_name", "json_data"):
        found[f"theme {row['theme_name']}"] = row["json_data"]
    for row in _rows(server, "report", "id", "name", "active", "crontab"):
        about = server.one("report", row["id"])
        parts = [(about.get(kind) or {}).get("id") is not None for kind in ("dashboard", "chart")]
        found[f"report {row['name']}"] = {"active": row["active"], "crontab": row["crontab"], "about": parts}
    for row in _rows(server, "annotation_layer", "id", "name", "descr"):
        inside = server.get(f"annotation_layer/{row['id']}/annotation/?q=(page_size:100)")["result"]
        found[f"layer {row['name']}"] = [row["descr"], sorted(each["short_descr"] for each in inside)]
    return found


def _rows(server: Superset, resource: str, *columns: str) -> list[dict[str, Any]]:
    """None where the release has no such thing."""
    try:
        rows = server.get(f"{resource}/?q=(columns:!({','.join(columns)}),page_size:100)")["result"]
    except RestError as error:
        if error.status in (403, 404):
            return []
        raise
    return list(rows)
