"""Tasks that wait for input and tasks that are cancelled, with a real worker on real servers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from project.tests.real.workers import Gate, followed
from project.tests.real.world import BIRTHS, SALES, World
from rig import paths
from rig.check.checker import snapshot
from rig.lockstep import Lockstep
from rig.servers.tamper import tampering

TIMEOUT = 120.0
CREATE = "Create the connection “examples” on prod"


@pytest.fixture
def served(world: World) -> Iterator[World]:
    with working(world.lockstep):
        yield world


@contextmanager
def working(lockstep: Lockstep) -> Iterator[None]:
    """Run a worker during the block."""
    arguments = [sys.executable, str(paths.CHECKOUT / "manage.py"), "worker"]
    with subprocess.Popen(
        arguments, env=lockstep.environment, cwd=paths.CHECKOUT, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr
        assert "Working" in worker.stderr.readline()
        try:
            yield
        finally:
            worker.terminate()
            worker.communicate(timeout=TIMEOUT)


def shown(world: World, task: int) -> dict[str, Any]:
    return dict(world.run("task", "show", str(task), "--format", "json").document)


def test_a_plan_without_a_mapping_asks_for_it_and_goes_on_with_the_answer(served: World):
    answer = served.run("migration", "plan", "dev", "prod", "--dashboard", BIRTHS, "--queue")
    assert answer.code == 2, answer
    assert "`manage.py task answer 1 --set 'examples=…'`" in answer.stdout
    task = shown(served, 1)
    assert task["state"] == "awaiting_input"
    (question,) = task["questions"]
    assert [choice["label"] for choice in question["choices"]] == ["warehouse", CREATE]

    refused = served.run("task", "answer", "1", "--set", "examples=lake")
    assert (refused.code, refused.sentence) == (
        1,
        f"examples: “lake” is not one of the choices: warehouse, {CREATE}.",
    )
    given = served.run("task", "answer", "1", "--set", "examples=warehouse")
    assert given.code == 0, given
    ended = served.run("task", "lines", "1", "--follow", "--format", "json")
    assert ended.code == 0, ended
    migration = ended.document["result"]["migration"]
    applied = served.apply(migration)
    assert applied.code == 0, applied
    assert served.check(BIRTHS).differences == []

    again = served.plan(SALES, mapping=None)  # the answer is stored as the mapping
    assert again.code == 2, again


def test_an_apply_that_is_cancelled_awaits_its_write_says_what_it_wrote_and_is_undone(served: World):
    before = snapshot(served.prod)
    gate = Gate()
    with tampering(served.pair.prod.url, upload=gate.upload, download=gate.export) as proxy:
        assert served.register("gated", proxy.url).code == 0
        migration = served.plan(target="gated").migration
        gate.close_at("send")
        with followed(served, "migration", "apply", str(migration), "--yes") as apply:
            gate.wait_for_request()  # the import has been sent
            asked = served.run("task", "cancel", str(apply.task))
            assert asked.code == 0, asked
            assert shown(served, apply.task)["state"] == "running"
            gate.open()
            answer = apply.answer()
        assert answer.code == 1, answer
        task = shown(served, apply.task)
        assert task["state"] == "cancelled", task
        assert task["error"]["context"]["written"]
        assert "Roll back to undo." in task["error"]["sentence"]
        status = served.lockstep.json("migration", "show", str(migration))
        assert status["migration"]["status"] == "interrupted"
        assert before.changed(snapshot(served.prod)) != set()

        undone = served.roll_back(migration)
        assert undone.code == 0, undone
    assert before.changed(snapshot(served.prod)) == set()
