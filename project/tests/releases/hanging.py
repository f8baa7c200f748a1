"""What hangs on a dashboard that has everything, without being in its document: made on the source, and read on any
server in words that are equal on both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from project.tests.releases.accounts import ROLE, number_of, signed_in
from project.tests.releases.everything import LAYER, TABLE, TITLE, Parts
from project.tests.releases.numbers import FIRST_WITH_THEMES
from rig.check.releases import parsed
from rig.check.rest import RestError, Superset
from rig.servers.instances import Instance

RULE, SHOP, TAG, TEMPLATE, QUERY = "EMEA only", "https://shop.example", "quarterly", "Teal", "All of EMEA"
CLAUSE = "territory = 'EMEA'"
THEME = {"token": {"colorPrimary": "#123456"}}
CUSTOM = 1
"""The type of a tag that a person made (superset/tags/models.py: TagType)."""

Found = Mapping[str, Any]


def furnish(server: Instance, rest: Superset, parts: Parts) -> None:
    """The dashboard belongs to Bob, is restricted to the role and embedded; so are its rows, and so on."""
    bob, role = number_of(server, "ab_user", username="bob"), number_of(server, "ab_role", name=ROLE)
    database = rest.one("dataset", parts.table)["database"]["id"]
    rest.post(f"tag/3/{parts.dashboard}/", {"properties": {"tags": [TAG]}})
    rest.post(f"tag/2/{parts.charts['line']}/", {"properties": {"tags": [TAG]}})
    rest.post(f"dashboard/{parts.dashboard}/embedded", {"allowed_domains": [SHOP]})
    rule = {"name": RULE, "filter_type": "Regular", "clause": CLAUSE, "description": "by region", "group_key": "region"}
    rest.post("rowlevelsecurity/", {**rule, "tables": [parts.table], "roles": [role]})
    rest.create("css_template", {"template_name": TEMPLATE, "css": ".header { color: teal; }"})
    query = {"db_id": database, "schema": "main", "label": QUERY, "sql": f"select * from {TABLE} where {CLAUSE}"}
    rest.create("saved_query", query)
    recipients = [{"type": "Email", "recipient_config_json": {"target": "a@example.org"}}]
    report = {"type": "Report", "crontab": "0 9 * * *", "report_format": "PNG", "recipients": recipients}
    rest.create("report", {**report, "name": "Monday", "creation_method": "dashboards", "dashboard": parts.dashboard})
    rest.create("report", {**report, "name": "Tuesday", "creation_method": "charts", "chart": parts.charts["table"]})
    if parsed(server.release) >= FIRST_WITH_THEMES:
        theme = rest.create("theme", {"theme_name": "Teal", "json_data": json.dumps(THEME)})
        rest.update("dashboard", parts.dashboard, {"theme_id": theme})
    for number in parts.charts.values():
        rest.update("chart", number, {"owners": [bob]})
    for number in parts.datasets:
        rest.update("dataset", number, {"owners": [bob]})
    rest.update("dashboard", parts.dashboard, {"owners": [bob], "roles": [role]})


def change(server: Instance, rest: Superset, parts: Parts) -> None:
    """The dashboard passes from Bob to Gus, with another tag, another domain and other rows."""
    gus, role = number_of(server, "ab_user", username="gus"), number_of(server, "ab_role", name=ROLE)
    rest.update("dashboard", parts.dashboard, {"owners": [gus]})
    rest.delete(f"tag/3/{parts.dashboard}", f"{TAG}/")
    rest.post(f"tag/3/{parts.dashboard}/", {"properties": {"tags": ["yearly"]}})
    rest.post(f"dashboard/{parts.dashboard}/embedded", {"allowed_domains": [SHOP, "https://intranet.example"]})
    number = number_of(server, "row_level_security_filters", name=RULE)
    rule = {"name": RULE, "filter_type": "Regular", "clause": "territory = 'APAC'", "group_key": "region"}
    rest.update("rowlevelsecurity", number, {**rule, "tables": [parts.table], "roles": [role]})


class Reading:
    """One server: its assets by number, and the dashboard."""

    def __init__(self, rest: Superset) -> None:
        self.rest = rest
        self.names = {
            kind: {row["id"]: row["uuid"] for row in rest.rows(kind, "id", "uuid")}
            for kind in ("dashboard", "chart", "dataset")
        }
        titles = {row["dashboard_title"]: row["id"] for row in rest.rows("dashboard", "id", "dashboard_title")}
        self.dashboard = titles.get(TITLE)
        self.charts = {
            row["id"]: row["uuid"]
            for row in rest.rows("chart", "id", "uuid", "slice_name")
            if row["slice_name"].startswith(TITLE)
        }

    def rows(self, resource: str, *columns: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.rest.get(f"{resource}/?q=(columns:!({','.join(columns)}),page_size:100)")[
            "result"
        ]
        return found

    def assets(self) -> dict[str, dict[str, Any]]:
        """The dashboard and its charts."""
        one = {} if self.dashboard is None else {"dashboard": self.rest.one("dashboard", self.dashboard)}
        return {**one, **{f"chart {uuid}": self.rest.one("chart", number) for number, uuid in self.charts.items()}}


def owners(found: Reading) -> Any:
    datasets = found.rows("dataset", "id", "table_name", "owners.first_name")
    mine = {row["table_name"]: row for row in datasets if row["table_name"] != "apart"}
    return {
        name: sorted(owner["first_name"] for owner in each["owners"])
        for name, each in {**found.assets(), **{name: row for name, row in mine.items() if name in DATASETS}}.items()
    }


DATASETS = (TABLE, "sales by territory", "birth_names")


def roles(found: Reading) -> Any:
    return sorted(role["name"] for role in found.assets()["dashboard"]["roles"])


def tags(found: Reading) -> Any:
    return {
        name: sorted(tag["name"] for tag in each.get("tags") or () if tag["type"] == CUSTOM)
        for name, each in found.assets().items()
    }


def rules(found: Reading) -> Any:
    made = []
    for row in found.rows("rowlevelsecurity", "id", "name"):
        one = found.rest.one("rowlevelsecurity", row["id"])
        words = [one.get(word) for word in ("name", "filter_type", "clause", "group_key", "description")]
        tables = sorted(found.names["dataset"][table["id"]] for table in one["tables"])
        made.append([*words, tables, sorted(role["name"] for role in one["roles"])])
    return [rule for rule in made if rule[0] == RULE]


def embedding(found: Reading) -> Any:
    try:
        return found.rest.one("dashboard", f"{found.dashboard}/embedded")["allowed_domains"]
    except RestError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def themes(found: Reading) -> Any:
    """By name and content, because a theme has another number on each server."""
    theme = found.assets()["dashboard"].get("theme")
    if not theme:
        return None
    return theme["theme_name"], json.loads(found.rest.one("theme", theme["id"])["json_data"])


def layers(found: Reading) -> Any:
    """The annotation layers of charts, but for formulas, with what they show."""
    named = {row["id"]: row["name"] for row in found.rows("annotation_layer", "id", "name")}
    made = {}
    for asset, each in found.assets().items():
        for layer in json.loads(each.get("params") or "{}").get("annotation_layers") or ():
            if layer["annotationType"] != "FORMULA":
                of = named if layer["sourceType"] == "NATIVE" else found.names["chart"]
                made[f"{asset}: {layer['name']}"] = of.get(layer["value"])
    notes = [
        found.rows(f"annotation_layer/{pk}/annotation", "short_descr") for pk, name in named.items() if name == LAYER
    ]
    return made, [[note["short_descr"] for note in each] for each in notes]


def css(found: Reading) -> Any:
    return [
        row["css"] for row in found.rows("css_template", "template_name", "css") if row["template_name"] == TEMPLATE
    ]


def queries(found: Reading) -> Any:
    return [row["sql"] for row in found.rows("saved_query", "label", "sql") if row["label"] == QUERY]


def reports(found: Reading) -> Any:
    rows = found.rows("report", "name", "crontab", "dashboard_id", "chart_id")
    return sorted(
        [row["name"], row["crontab"], row["dashboard_id"] == found.dashboard, found.charts.get(row["chart_id"])]
        for row in rows
        if row["name"] != "Apart"
    )


READERS: Mapping[str, Callable[[Reading], Any]] = {
    each.__name__: each for each in (owners, roles, rules, tags, embedding, themes, layers, css, queries, reports)
}
"""By the name of the aspect."""


def read(rest: Superset) -> Found:
    reading = Reading(rest)
    return {name: reader(reading) for name, reader in READERS.items()} if reading.dashboard is not None else {}


# --- what a person sees


def lists(rest: Superset, name: str) -> bool:
    """Whether a person's own list has the dashboard."""
    return TITLE in {row["dashboard_title"] for row in signed_in(rest, name).rows("dashboard", "dashboard_title")}


def territories(rest: Superset, name: str) -> set[str]:
    """What a person reads in the dataset of its charts."""
    [dataset] = [row["id"] for row in rest.rows("dataset", "id", "table_name") if row["table_name"] == TABLE]
    query = {"columns": ["territory"], "metrics": [], "row_limit": 10000}
    body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}
    [result] = signed_in(rest, name).post("chart/data", body)["result"]
    return {row["territory"] for row in result["data"]}


def whole(rest: Superset) -> dict[str, Any]:
    """All that could be left behind on a server: what hangs on each of its assets, and what stands for itself."""
    reading = Reading(rest)
    made: dict[str, Any] = {
        name: sorted(json.dumps(row, sort_keys=True) for row in reading.rows(name, *columns))
        for name, columns in STANDING.items()
    }
    made["tags"] = sorted(row["name"] for row in reading.rows("tag", "name", "type") if ":" not in row["name"])
    for number, uuid in reading.names["dashboard"].items():
        one = rest.one("dashboard", number)
        made[uuid] = {name: sorted(each["id"] for each in one[name]) for name in ("owners", "roles")}
    return made


STANDING = {
    "rowlevelsecurity": ("id", "name", "clause", "tables.id", "roles.id"),
    "css_template": ("id", "template_name", "css"),
    "annotation_layer": ("id", "name"),
    "saved_query": ("id", "label", "sql"),
    "report": ("id", "name", "active", "dashboard_id", "chart_id"),
}
