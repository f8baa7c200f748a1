"""What a plan does only because somebody chose so: a connection that prod lacks is created, orphans are deleted."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import pytest

from project.tests.real.test_tasks import shown, working
from project.tests.real.world import BIRTHS, EXAMPLES, EXAMPLES_UUID, MAPPING, CommandResult, World, edit_json, find
from rig.check.checker import snapshot
from rig.check.rest import Superset
from rig.postgres import machine as postgres

NEEDS_POSTGRES = pytest.mark.skipif(bool(postgres.refusal()), reason="needs a PostgreSQL")
PASSWORD = "tr0ub4dor&3/x"


MAPPED = ("--map-database", MAPPING)


def connections(server: Superset) -> dict[str, str]:
    return {row["uuid"]: row["database_name"] for row in server.rows("database", "uuid", "database_name")}


def planned(world: World, *options: str) -> CommandResult:
    return world.run("migration", "plan", "dev", "prod", "--dashboard", BIRTHS, *options, "--format", "json")


def address(world: World, database: str) -> None:
    """The connection of dev is to this PostgreSQL from now on, with a password."""
    parts = urlsplit(database)
    uri = f"postgresql://{parts.username}:other@{parts.hostname}:{parts.port}{parts.path}"
    world.dev.update("database", find(world.dev, "database", uuid=EXAMPLES_UUID), {"sqlalchemy_uri": uri})


def paused(world: World, migration: int) -> dict[str, Any]:
    waiting = world.apply(migration)
    assert waiting.code == 2, waiting
    task = shown(world, 1)
    assert [question["kind"] for question in task["questions"]] == ["secret"]
    return task


def answered(world: World, task: dict[str, Any]) -> CommandResult:
    (question,) = task["questions"]
    given = world.run("task", "answer", "1", "--secret-stdin", question["name"], stdin=PASSWORD)
    assert given.code == 0, given
    with working(world.lockstep):
        return world.run("task", "lines", "1", "--follow", "--format", "json")


def test_a_connection_without_a_password_is_created_used_and_removed_by_a_rollback(world: World):
    before = snapshot(world.prod)
    plan = planned(world, "--create-connection", EXAMPLES)
    assert plan.code == 2, plan
    assert set(plan.changes("create")) >= {EXAMPLES}
    applied = world.apply(plan.migration)
    assert applied.code == 0, applied
    assert connections(world.prod)[EXAMPLES_UUID] == EXAMPLES
    assert planned(world).code == 0  # the datasets are on the connection of their UUID
    undone = world.roll_back(plan.migration)
    assert undone.code == 0, undone
    assert EXAMPLES_UUID not in connections(world.prod)
    assert snapshot(world.prod) == before


@NEEDS_POSTGRES
def test_its_password_is_asked_for_in_the_paused_task_and_kept_nowhere(world: World):
    address(world, postgres.url(postgres.MAINTENANCE))
    plan = planned(world, "--create-connection", EXAMPLES)
    assert plan.document["plan"]["connections"] == [
        {"uuid": EXAMPLES_UUID, "name": EXAMPLES, "secrets": ["password"]}
    ], plan
    ended = answered(world, paused(world, plan.migration))
    assert ended.code == 0, ended
    number = find(world.prod, "database", uuid=EXAMPLES_UUID)
    assert ":XXXXXXXXXX@" in world.prod.get(f"database/{number}/connection")["result"]["sqlalchemy_uri"]
    assert PASSWORD not in f"{ended.stdout}{ended.stderr}{plan.stdout}"
    stored = [path for path in world.lockstep.data.rglob("*") if path.is_file()]
    assert stored
    assert not [path for path in stored if PASSWORD.encode() in path.read_bytes()]


@NEEDS_POSTGRES
def test_a_connection_that_prod_cannot_open_is_a_clear_error_and_nothing_is_written(world: World):
    before = snapshot(world.prod)
    with postgres.own_database(postgres.url(), f"lockstep_gone_{os.getpid()}") as database:
        address(world, database)
    plan = planned(world, "--create-connection", EXAMPLES)
    ended = answered(world, paused(world, plan.migration))
    assert ended.code == 1, ended
    said = shown(world, 1)["error"]["sentence"]
    assert "cannot connect" in said
    assert "Nothing was written" in said
    assert PASSWORD not in said
    assert snapshot(world.prod) == before


def test_a_chart_that_left_its_dashboard_is_deleted_by_choice_and_restored_by_a_rollback(world: World):
    world.migrate(BIRTHS)
    chart = find(world.dev, "chart", slice_name="Trends")
    uuid = world.dev.one("chart", chart)["uuid"]
    dashboard = find(world.dev, "dashboard", uuid=BIRTHS)

    def without(position: dict[str, Any]) -> None:
        name = next(name for name, node in position.items() if uuid in str(node))
        del position[name]
        for node in position.values():
            if isinstance(node, dict) and name in node.get("children", ()):
                node["children"].remove(name)

    edit_json(world.dev, "dashboard", dashboard, "position_json", without)
    others = [each["id"] for each in world.dev.one("chart", chart)["dashboards"] if each["id"] != dashboard]
    world.dev.update("chart", chart, {"dashboards": others})
    before = snapshot(world.prod)
    assert set(planned(world, *MAPPED).changes("orphan")) == {"Trends"}
    plan = planned(world, *MAPPED, "--prune")
    assert set(plan.changes("remove")) == {"Trends"}, plan
    applied = world.apply(plan.migration)
    assert applied.code == 0, applied
    assert uuid not in {row["uuid"] for row in world.prod.rows("chart", "uuid")}
    undone = world.roll_back(plan.migration)
    assert undone.code == 0, undone
    assert uuid in {row["uuid"] for row in world.prod.rows("chart", "uuid")}
    assert snapshot(world.prod) == before
