"""A worker that is killed in the middle of its work leaves no lost, doubled or stuck task."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from project.tests.real.conftest import Workshop
from project.tests.real.workers import Followed, Gate, Worker, followed, wait_until
from project.tests.real.world import BIRTHS, MAPPING, SALES, AccessLog, World, find
from rig.check.checker import Snapshot, snapshot
from rig.lockstep import Lockstep
from rig.servers.pair import Pair
from rig.servers.tamper import tampering

TARGET = "gated"
PLAN = ("migration", "plan", "dev", TARGET, "--dashboard", BIRTHS, SALES, "--map-database", MAPPING)
IMPORT = ("POST", "/api/v1/assets/import/")
SECONDS = 30.0
"""Seconds from the death of a process until its task is lost."""

LOCKED = 22.0
"""Seconds; a writer waits for 20."""

Start = Callable[[], Worker]


@pytest.fixture(scope="module")
def gate(pair: Pair) -> Iterator[Gate]:
    gate = Gate()
    with tampering(pair.prod.url, upload=gate.upload, download=gate.export) as proxy:
        gate.url = proxy.url
        yield gate
        gate.open()


@pytest.fixture(scope="module")
def half_migrated(
    pair: Pair, workshop: Workshop, registered: Lockstep, gate: Gate, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lockstep, Path]:
    """Lockstep that reaches prod through the gate, and the metadata of prod with one of two dashboards, changed.

    A plan for both creates and updates.
    """
    pair.reset()
    world = World(pair, workshop.copy(registered))
    assert world.register(TARGET, gate.url).code == 0
    assert world.apply(world.plan(BIRTHS, target=TARGET).migration).code == 0
    world.prod.update("chart", find(world.prod, "chart", slice_name="Girls"), {"slice_name": "Edited in prod"})
    saved = tmp_path_factory.mktemp("kept") / "prod.db"
    pair.prod.save(saved)
    return world.lockstep, saved


@pytest.fixture
def world(pair: Pair, workshop: Workshop, half_migrated: tuple[Lockstep, Path]) -> World:
    lockstep, prod = half_migrated
    pair.reset()
    pair.prod.restore(prod)
    return World(pair, workshop.copy(lockstep))


@pytest.fixture
def start_worker(world: World, gate: Gate, tmp_path: Path) -> Iterator[Start]:
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker(world, f"worker{len(started)}", tmp_path))
        return started[-1]

    yield start
    gate.open()
    for worker in started:
        worker.stop()


def rows(world: World, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list(world.run(*arguments, "--format", "json").document)  # type: ignore[arg-type]
    return found


def imports(log: AccessLog) -> int:
    return log.requests().count(IMPORT)


def test_a_plan_whose_process_and_then_whose_worker_is_killed_is_made_once(
    world: World, gate: Gate, start_worker: Start
):
    before = len(rows(world, "migration", "list", "--limit", "0"))
    worker = start_worker()
    gate.close_at("preflight")
    with followed(world, *PLAN) as plan:
        gate.wait_for_request()
        plan.kill_its_process()
        gate.close_at("preflight")
        gate.wait_for_request()
        worker.kill()
        gate.open()
        start_worker()
        answer = plan.answer()
    assert answer.code == 2, answer
    assert [number for number, _ in plan.attempts()] == [1, 2, 3]
    assert len(rows(world, "migration", "list", "--limit", "0")) == before + 1
    [task] = [
        row
        for row in rows(world, "task", "list", "--limit", "0")
        if row["plugin"] == "migrations" and row["action"] == "plan"
    ]
    assert (task["state"], task["attempts"]) == ("succeeded", 3)
    assert task["result"]["migration"] == answer.migration


def kill_process(task: Followed, worker: Worker, start_worker: Start) -> None:
    task.kill_its_process()


def kill_worker(task: Followed, worker: Worker, start_worker: Start) -> None:
    worker.kill()
    start_worker()


def roll_back(world: World, migration: int, before: Snapshot) -> None:
    with followed(world, "migration", "rollback", str(migration), "--yes") as undone:
        assert undone.answer().code == 0
    assert before.changed(snapshot(world.prod)) == set()


def apply_again(world: World, migration: int, _: Snapshot) -> None:
    with followed(world, "migration", "apply", str(migration), "--yes") as applied:
        assert applied.answer().code == 0
    assert world.check(BIRTHS, SALES).equal


def plan_the_rest(world: World, migration: int, before: Snapshot) -> None:
    planned = world.plan(BIRTHS, SALES, target=TARGET)
    assert planned.code == 2
    assert planned.migration != migration
    apply_again(world, planned.migration, before)


def find_nothing_left(world: World, _: int, __: Snapshot) -> None:
    assert world.plan(BIRTHS, SALES, target=TARGET).code == 0
    assert world.check(BIRTHS, SALES).equal


@pytest.mark.parametrize(
    ("place", "kill", "sent", "go_on"),
    [
        ("preflight", kill_process, 0, apply_again),
        ("send", kill_process, 1, plan_the_rest),
        ("repair", kill_worker, 2, roll_back),
        ("verify", kill_process, 2, find_nothing_left),
    ],
)
def test_an_apply_that_is_killed_is_lost_at_once_and_can_be_undone_or_completed(
    world: World, gate: Gate, start_worker: Start, place: str, kill: Any, sent: int, go_on: Any
):
    before = snapshot(world.prod)
    worker = start_worker()
    planned = world.plan(BIRTHS, SALES, target=TARGET)
    migration = planned.migration
    _, log = world.logs()
    gate.close_at(place)
    with followed(world, "migration", "apply", str(migration), "--yes") as apply:
        gate.wait_for_request()
        kill(apply, worker, start_worker)
        died = time.monotonic()
        lost = apply.answer()
        assert time.monotonic() - died < SECONDS
    gate.open()  # the sent request is still carried out
    wait_until(lambda: imports(log) == sent)

    assert (lost.code, lost.document["state"], lost.document["attempts"]) == (1, "lost", 1)
    assert lost.document["stages"][-1]["name"] == place
    assert len(apply.attempts()) == 1
    shown = world.run("migration", "show", str(migration), "--format", "json").document
    assert shown["migration"]["status"] == "interrupted"
    [run] = shown["runs"]
    assert (run["state"], run["error"]["kind"]) == ("interrupted", "process_died")
    touched = {f"{change['kind']}/{change['uuid']}" for change in planned.changes("create", "update").values()}
    assert {*run["written"], *run["open"]} == (touched if sent else set())
    assert (set(run["open"]) == touched) == (sent == 1)  # the response to the only import was lost
    go_on(world, migration, before)
    assert {task["state"] for task in rows(world, "task", "list", "--limit", "0")} <= {"lost", "succeeded"}


def break_connections(world: World) -> Callable[[], None]:
    """Break all connections to the database, or lock SQLite for longer than a single wait; returns a function that ends
    the fault."""
    if world.lockstep.database_url:
        with psycopg.connect(world.lockstep.database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          " WHERE pid != pg_backend_pid() AND datname = current_database()")  # fmt: skip
        return lambda: None
    lock = sqlite3.connect(world.lockstep.data / "lockstep.sqlite3", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")

    def unlock() -> None:
        time.sleep(LOCKED)
        lock.execute("ROLLBACK")
        lock.close()

    return unlock


@pytest.mark.parametrize("place", ["preflight", "send", "repair", "verify"])
def test_an_apply_whose_connections_break_goes_on(world: World, gate: Gate, start_worker: Start, place: str):
    start_worker()
    migration = world.plan(BIRTHS, SALES, target=TARGET).migration
    gate.close_at(place)
    with followed(world, "migration", "apply", str(migration), "--yes") as apply:
        gate.wait_for_request()
        again = break_connections(world)
        gate.open()
        again()
        answer = apply.answer()
    assert answer.code == 0, answer
    [task] = [row for row in rows(world, "task", "list", "--limit", "0") if row["action"] == "apply"][:1]
    assert (task["state"], task["attempts"]) == ("succeeded", 1)
    shown = world.run("migration", "show", str(migration), "--format", "json").document
    assert shown["migration"]["status"] == "succeeded"
    assert world.check(BIRTHS, SALES).equal
