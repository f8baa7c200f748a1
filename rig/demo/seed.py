"""The change that the demo leaves on dev for the person to migrate: visible on the dashboard, and in the plan."""

from __future__ import annotations

import json
from typing import Any

from rig.check.rest import Superset
from rig.errors import RigError

DASHBOARD = "Sales Dashboard"
UUID = "04f79081-fb49-7bac-7f14-cc76cd2ad93b"
CHART, TITLE = "Total Revenue", "Average Revenue"
FILTER, DEFAULT = "Country", "USA"
SUMMARY = f"the chart “{CHART}” has become “{TITLE}”, and the filter “{FILTER}” starts with {DEFAULT}"


def change(dev: Superset) -> None:
    """Rename a chart, let it show an average, and give a filter of its dashboard a default."""
    dashboard = int(dev.one("dashboard", _dashboard(dev))["id"])
    _change_chart(dev, dashboard)
    metadata = json.loads(dev.one("dashboard", dashboard)["json_metadata"])
    for each in metadata["native_filter_configuration"]:
        if each["name"] == FILTER:
            each["defaultDataMask"] = _default(each["targets"][0]["column"]["name"])
    dev.update("dashboard", dashboard, {"json_metadata": json.dumps(metadata)})


def _dashboard(dev: Superset) -> int:
    rows = dev.rows("dashboard", "id", "uuid")
    return next(int(row["id"]) for row in rows if row["uuid"] == UUID)


def _change_chart(dev: Superset, dashboard: int) -> None:
    for number in dev.charts_of(dashboard):
        chart = dev.one("chart", number)
        if chart["slice_name"] == CHART:
            params = json.loads(chart["params"])
            params["metric"] |= {"aggregate": "AVG", "label": "AVG(Sales)", "hasCustomLabel": True}
            dev.update("chart", number, {"slice_name": TITLE, "params": json.dumps(params)})
            return
    raise RigError(f"“{DASHBOARD}” on dev has no chart “{CHART}”.")


def _default(column: str) -> dict[str, Any]:
    """As Superset stores the default of a select filter."""
    return {
        "extraFormData": {"filters": [{"col": column, "op": "IN", "val": [DEFAULT]}]},
        "filterState": {"label": DEFAULT, "value": [DEFAULT], "validateStatus": False},
        "ownState": {},
    }
