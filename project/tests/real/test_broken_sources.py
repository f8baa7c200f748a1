"""Nulls that only a database can hold, and invalid JSON: sent with their meaning, or refused by name."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from project.tests.real.world import SALES, World, edit_json, find
from rig.servers.instances import Instance


def sql(server: Instance, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(server.database)) as database, database:
        assert database.execute(statement, values).rowcount


def leave_out(metadata: dict[str, object]) -> None:
    nulls = ("chart_configuration", "global_chart_configuration", "expanded_slices", "timed_refresh_immune_slices")
    metadata |= dict.fromkeys(nulls)
    filters = metadata["native_filter_configuration"]
    assert isinstance(filters, list)
    filters[0]["scope"] = None


def test_nulls_of_the_source_arrive_as_what_they_mean_and_go_back(world: World):
    dev, prod = world.pair.dev, world.pair.prod
    table, sales = find(world.dev, "dataset", table_name="cleaned_sales_data"), find(world.dev, "dashboard", uuid=SALES)
    sql(dev, "UPDATE tables SET offset = NULL, filter_select_enabled = NULL, template_params = '' WHERE id = ?", table)
    sql(dev, "UPDATE table_columns SET groupby = NULL, filterable = NULL, extra = '' WHERE table_id = ?", table)
    sql(dev, 'UPDATE sql_metrics SET currency = \'{"symbol": null, "symbolPosition": ""}\' WHERE table_id = ?', table)
    stored = json.loads(world.dev.one("dashboard", sales)["json_metadata"])
    leave_out(stored)
    sql(dev, "UPDATE dashboards SET json_metadata = ? WHERE id = ?", json.dumps(stored), sales)
    chart = world.dev.charts_of(sales)[0]
    sql(dev, "UPDATE slices SET query_context = ? WHERE id = ?", '{"queries": null, "form_data": null}', chart)
    edit_json(world.dev, "chart", chart, "params", lambda params: params.update(annotation_layers=None))
    done = world.migrate(SALES)
    there = find(world.prod, "dataset", table_name="cleaned_sales_data")
    found = world.prod.one("dataset", there)
    assert (found["offset"], found["filter_select_enabled"]) == (0, True)
    assert {(each["groupby"], each["filterable"]) for each in found["columns"]} == {(False, False)}
    assert world.plan(SALES).code == 0, "nothing is left to do"

    sql(prod, "UPDATE tables SET offset = NULL, filter_select_enabled = NULL, description = 'own' WHERE id = ?", there)
    sql(prod, "UPDATE table_columns SET groupby = NULL, extra = '' WHERE table_id = ?", there)
    again = world.migrate(SALES)
    assert again != done
    assert world.roll_back(again).code == 0
    assert world.prod.one("dataset", there)["description"] == "own"


@pytest.mark.parametrize("column", ["json_metadata", "position_json"])
def test_a_text_of_a_dashboard_that_is_no_json_is_refused_by_name(world: World, column: str):
    sales = find(world.dev, "dashboard", uuid=SALES)
    sql(world.pair.dev, f"UPDATE dashboards SET {column} = '{{broken' WHERE id = ?", sales)
    refused = world.plan(SALES)
    assert f"dashboard “Sales Dashboard” has no JSON object in {column}" in refused.sentence
    arguments = ("migration", "plan", "dev", "prod", "--dashboard", SALES, "--map-database", "examples=warehouse")
    passed = world.run(*arguments, "--acknowledge", f"damaged:dashboard/{SALES}", "--format", "json")
    assert passed.code == 2, passed
    assert world.apply(passed.migration).code == 0


def test_settings_of_a_chart_that_are_no_json_are_refused_by_name(world: World):
    chart = world.dev.charts_of(find(world.dev, "dashboard", uuid=SALES))[0]
    sql(world.pair.dev, "UPDATE slices SET params = '{broken' WHERE id = ?", chart)
    assert "params is a text where an object was expected" in world.plan(SALES).sentence
