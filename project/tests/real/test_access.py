"""Missing permissions of an account, and tables that the target lacks, on two real servers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from project.tests.real.test_side_effects import PASSWORD, person
from project.tests.real.world import BIRTHS, SALES, World, edit_json, find


def sign_in_as(world: World, name: str) -> None:
    answer = world.run(*("environment", "credentials", "prod", "--username", name, "--password-stdin"), stdin=PASSWORD)
    assert answer.code == 0, answer


def test_what_an_account_may_not_do_is_named_before_anything_is_written(migrated: World) -> None:
    world = migrated
    person(world.prod, "alfa"), person(world.prod, "gama", "Gamma")
    chart = find(world.dev, "chart", slice_name="Total Revenue")
    edit_json(world.dev, "chart", chart, "params", lambda params: params.update(time_range="Last year"))
    planned = world.plan(SALES)
    _, prod = world.logs()

    sign_in_as(world, "gama")
    refused = world.plan(SALES).sentence
    assert "the account “gama” of prod lacks can_export on Dataset, can_import_ on ImportExportRestApi" in refused

    sign_in_as(world, "alfa")
    refused = world.plan(SALES).sentence
    assert "the account “alfa” of prod neither owns chart “Total Revenue” nor has the role Admin" in refused
    assert "--acknowledge not-owned" in refused
    refused = world.apply(planned.migration).sentence
    assert "neither owns chart “Total Revenue” nor has the role Admin" in refused
    assert "Nothing was written." in refused
    assert prod.writes() == []


def test_an_account_that_may_not_read_row_level_security_of_the_source_opens_nothing(world: World) -> None:
    person(world.dev, "alfa")
    done = world.run(*("environment", "credentials", "dev", "--username", "alfa", "--password-stdin"), stdin=PASSWORD)
    assert done.code == 0, done
    assert "--acknowledge row-level-security-unknown" in world.plan(BIRTHS).sentence


def save_with_its_query(world: World, name: str, column: str) -> None:
    """Save a query context as a browser does; the examples have none."""
    number = find(world.dev, "chart", slice_name=name)
    rows = {row["id"]: row["datasource_id"] for row in world.dev.rows("chart", "id", "datasource_id")}
    queries = [{"columns": [column], "metrics": [], "row_limit": 1000}]
    context = {"datasource": {"id": rows[number], "type": "table"}, "queries": queries}
    world.dev.update("chart", number, {"query_context": json.dumps(context)})


def test_tables_that_the_target_lacks_and_charts_that_do_not_answer_are_reported(world: World) -> None:
    assert world.run("environment", "edit", "prod", "--check-queries").code == 0
    save_with_its_query(world, "Girls", "name")
    save_with_its_query(world, "Total Revenue", "country")
    with closing(sqlite3.connect(world.pair.prod.tables)) as tables:
        tables.execute("ALTER TABLE birth_names RENAME TO elsewhere")
        tables.commit()
    try:
        planned = world.plan(BIRTHS, SALES)
        notes = {note["kind"]: note["assets"] for note in planned.document["plan"]["warnings"]}
        assert notes["tables_missing"] == ["dataset “birth_names”: table main.birth_names of “warehouse”"]
        assert "tables_unknown" not in notes
        applied = world.apply(planned.migration)
        assert applied.code == 0, applied
        warned = {note["kind"]: note for note in applied.document["run"]["result"]["warnings"]}
        assert warned["queries_failed"]["text"].startswith("1 of ")
        [failed] = warned["queries_failed"]["assets"]
        assert failed.startswith("chart “Girls”: ")
        assert "no such table: " in failed
    finally:
        with closing(sqlite3.connect(world.pair.prod.tables)) as tables:
            tables.execute("ALTER TABLE elsewhere RENAME TO birth_names")
            tables.commit()
