"""Alerts, reports, themes, CSS templates and saved queries that travel, judged by plain requests to both servers."""

from __future__ import annotations

import json
from typing import Any

from project.tests.real.test_side_effects import by_uuid, featured, installed, world
from project.tests.real.world import MAPPING, SALES, CommandResult, World, find
from rig.check.checker import snapshot
from rig.check.rest import Superset

__all__ = ["featured", "installed", "world"]

DARK = json.dumps({"token": {"colorPrimary": "#101010"}})
CSS = ".header { color: rebeccapurple }"
HOOK = "https://hooks.example.org/services/T0/B0/s3cret"
WORDS = {"crontab": "0 9 * * *", "timezone": "Europe/Berlin", "creation_method": "alerts_reports"}


def plan(world: World, carry: str, *options: str) -> CommandResult:
    chosen = ("migration", "plan", "dev", "prod", "--dashboard", SALES, "--map-database", MAPPING)
    return world.run(*chosen, "--carry", carry, *options, "--format", "json")


def mail(*targets: str) -> list[dict[str, Any]]:
    return [{"type": "Email", "recipient_config_json": {"target": each}} for each in targets]


def report(server: Superset, name: str, **fields: Any) -> int:
    facts = {"type": "Report", "report_format": "PNG", "recipients": mail("ada@example.org"), "active": True}
    return server.create("report", {**WORDS, "name": name, **facts, **fields})


def alert(server: Superset, name: str, **fields: Any) -> int:
    database = find(server, "database", database_name="examples")
    facts = {"sql": "SELECT count(*) FROM cleaned_sales_data", "database": database, "validator_type": "operator"}
    rest = {"validator_config_json": {"op": "<", "threshold": 5}, "recipients": mail("ops@example.org")}
    return server.create("report", {**WORDS, "type": "Alert", "name": name, "active": True, **facts, **rest, **fields})


def reports(server: Superset) -> dict[str, Any]:
    """All of them, whole, by name, without what the server writes itself."""
    numbers = [row["id"] for row in server.get("report/?q=(columns:!(id,name))")["result"]]
    found = {}
    for number in numbers:
        row = server.one("report", number)
        own = {each["recipient_config_json"]: each["type"] for each in row["recipients"]}
        found[row["name"]] = {**row, "recipients": own}
    return found


def shelf(server: Superset, resource: str, *columns: str) -> list[dict[str, Any]]:
    return list(server.get(f"{resource}/?q=(columns:!({','.join(columns)}),page_size:100)")["result"])


def themes(server: Superset) -> list[str]:
    return sorted(row["theme_name"] for row in shelf(server, "theme", "theme_name"))


def furnish(dev: Superset) -> None:
    """A dashboard of dev with a theme, CSS of a template, a report on a tab, an alert on a chart, and a query."""
    number = by_uuid(dev, "dashboard")[SALES]
    position = json.loads(dev.one("dashboard", number)["position_json"])
    tab = next(name for name in position if name.startswith("TAB-"))
    theme = dev.create("theme", {"theme_name": "Night", "json_data": DARK})
    dev.update("dashboard", number, {"theme_id": theme, "css": f"{CSS}\n"})
    dev.create("css_template", {"template_name": "Purple", "css": CSS})
    dev.create("css_template", {"template_name": "Unused", "css": "p { margin: 0 }"})
    report(dev, "Monday", dashboard=number, extra={"dashboard": {"anchor": tab}})
    alert(dev, "Low stock", chart=find(dev, "chart", slice_name="Total Revenue"))
    database = find(dev, "database", database_name="examples")
    query = {"label": "Top", "db_id": database, "schema": "main", "sql": "SELECT * FROM cleaned_sales_data LIMIT 5"}
    dev.create("saved_query", query)
    dev.create("saved_query", {**query, "label": "Births", "sql": "SELECT * FROM birth_names"})


def library(server: Superset) -> dict[str, Any]:
    number = by_uuid(server, "dashboard").get(SALES)
    return {
        "theme": (server.one("dashboard", number)["theme"] or {}).get("theme_name") if number else None,
        "themes": themes(server),
        "css": shelf(server, "css_template", "id", "template_name", "css"),
        "queries": shelf(server, "saved_query", "id", "label", "sql", "schema", "db_id", "description"),
        "reports": reports(server),
    }


def test_all_of_it_travels_to_an_empty_target_and_goes_again(world: World) -> None:
    furnish(world.dev)
    before, content = library(world.prod), snapshot(world.prod)
    planned = plan(world, "themes,css,queries,reports")
    assert planned.code == 2, planned
    document = planned.document["plan"]
    lost = {note["kind"] for note in document["losses"]}
    assert lost.isdisjoint({"themes", "reports"}), document["losses"]
    text = world.run("migration", "show", str(planned.migration)).stdout
    for said in ("Night", "report “Monday”", "ada@example.org", "CSS template “Purple”", "saved query “Top”"):
        assert said in text

    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    found = library(world.prod)
    number = by_uuid(world.prod, "dashboard")[SALES]
    assert found["theme"] == "Night"
    [own] = [row for row in shelf(world.prod, "theme", "theme_name", "json_data") if row["theme_name"] == "Night"]
    assert json.loads(own["json_data"]) == json.loads(DARK)
    assert [(row["template_name"], row["css"]) for row in found["css"]] == [("Purple", CSS)]
    warehouse = find(world.prod, "database", database_name="warehouse")
    assert [(row["label"], row["db_id"]) for row in found["queries"]] == [("Top", warehouse)]
    monday, low = found["reports"]["Monday"], found["reports"]["Low stock"]
    assert (monday["active"], low["active"]) == (False, False)
    assert monday["dashboard"]["id"] == number
    assert monday["extra"] == reports(world.dev)["Monday"]["extra"]
    assert monday["recipients"] == {'{"target": "ada@example.org"}': "Email"}
    assert low["chart"]["id"] == find(world.prod, "chart", slice_name="Total Revenue")
    assert low["database"]["id"] == warehouse
    assert json.loads(low["validator_config_json"]) == {"op": "<", "threshold": 5.0}
    assert plan(world, "themes,css,queries,reports").code == 0

    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert library(world.prod) == before
    assert content.changed(snapshot(world.prod)) == set()


def test_what_prod_had_comes_back_and_a_report_that_tells_something_else_is_paused(world: World) -> None:
    furnish(world.dev)
    world.migrate(SALES)
    prod = world.prod
    number, warehouse = by_uuid(prod, "dashboard")[SALES], find(prod, "database", database_name="warehouse")
    own = prod.create("theme", {"theme_name": "Day", "json_data": json.dumps({"token": {"colorPrimary": "#eeeeee"}})})
    prod.update("dashboard", number, {"theme_id": own})
    prod.create("css_template", {"template_name": "Purple", "css": "p {}"})
    prod.create("saved_query", {"label": "Top", "db_id": warehouse, "schema": "main", "sql": "SELECT 1"})
    report(prod, "Monday", dashboard=number, description="old", crontab="0 1 * * *")
    before, content = library(prod), snapshot(prod)
    world.dev.update("dashboard", by_uuid(world.dev, "dashboard")[SALES], {"dashboard_title": "Sales, new"})

    planned = plan(world, "themes,css,queries,reports")
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    found = library(prod)
    assert found["theme"] == "Night"
    assert [row["css"] for row in found["css"]] == [CSS]
    assert [row["sql"] for row in found["queries"]] == ["SELECT * FROM cleaned_sales_data LIMIT 5"]
    monday = found["reports"]["Monday"]
    assert (monday["active"], monday["crontab"], monday["description"]) == (False, "0 9 * * *", None)
    assert found["reports"]["Low stock"]["active"] is False

    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert library(prod) == before
    assert content.changed(snapshot(prod)) == set()


def test_nothing_of_it_travels_unasked_and_each_alone(world: World) -> None:
    furnish(world.dev)
    world.migrate(SALES)
    found = library(world.prod)
    assert (found["theme"], found["css"], found["queries"], found["reports"]) == (None, [], [], {})
    losses = {note["kind"]: note["assets"] for note in plan(world, "none").document["plan"]["losses"]}
    assert losses["themes"] == ["dashboard “Sales Dashboard”"]
    assert "dashboard “Sales Dashboard”: report “Monday”" in losses["reports"]
    for name, part in (("themes", "theme"), ("css", "css"), ("queries", "queries"), ("reports", "reports")):
        planned = plan(world, name)
        assert world.apply(planned.migration).code == 0
        now = library(world.prod)
        assert now[part], name
        others = {each for each in ("theme", "css", "queries", "reports") if each != part and now[each]}
        assert others == set()
        assert world.roll_back(planned.migration).code == 0
        assert library(world.prod) == found


def test_the_address_of_a_webhook_is_nowhere(world: World) -> None:
    number = by_uuid(world.dev, "dashboard")[SALES]
    hook = {"type": "Webhook", "recipient_config_json": {"target": HOOK}}
    report(world.dev, "Monday", dashboard=number, recipients=[hook, *mail("ada@example.org")])
    planned = plan(world, "reports")
    assert "s3cret" not in json.dumps(planned.document)
    kinds = {note["kind"] for note in planned.document["plan"]["warnings"]}
    assert "reports_secret" in kinds
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    assert "s3cret" not in f"{applied.stdout}{applied.stderr}"
    assert reports(world.prod)["Monday"]["recipients"] == {'{"target": "ada@example.org"}': "Email"}


def test_a_report_that_somebody_switched_on_stops_the_undo_before_anything_is_removed(world: World) -> None:
    furnish(world.dev)
    planned = plan(world, "reports")
    assert world.apply(planned.migration).code == 0
    monday = reports(world.prod)["Monday"]["id"]
    world.prod.update("report", monday, {"active": True})
    before = library(world.prod)
    refused = world.roll_back(planned.migration)
    assert "Monday" in refused.sentence
    assert library(world.prod) == before
    world.prod.delete("report", monday)
    assert world.roll_back(planned.migration).code == 0
    assert reports(world.prod) == {}


def test_superset_replaces_the_recipients_of_what_a_dashboard_creates(world: World) -> None:
    """Why a report travels as one of `alerts_reports`."""
    report(world.dev, "Own", dashboard=by_uuid(world.dev, "dashboard")[SALES], creation_method="dashboards")
    assert "ada@example.org" not in str(reports(world.dev)["Own"]["recipients"])
