"""The connection to the database breaks at some moment of a running task: it goes on, and what it did is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from apps.core import concurrency
from apps.migrations.models import Migration, Run, WriteState
from apps.migrations.tests.factories import PAIR
from apps.tasks.models import TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.factories import run_all

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
EVERY = int(os.environ.get("BREAK_EVERY", "30"))
"""Of the moments there are, a test takes each so many-th; with 1 it takes all of them, for minutes."""

FIRST = range(1, EVERY + 1, 11)


class Moments:
    """Counts the statements and the commits of this thread's connection, and breaks it at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.count, self.broke, self._at = 0, False, at

    @property
    def has_come(self) -> bool:
        self.count += 1
        return self._at == self.count

    @contextmanager
    def watched(self, patch: pytest.MonkeyPatch):
        wrapper: Any = connection
        commit = wrapper._commit

        def committed() -> None:
            commit()
            if self.has_come:  # it is done, and nobody hears of it
                self._break()
                raise OperationalError("the answer was lost")

        patch.setattr(connection, "_commit", committed)
        with connection.execute_wrapper(self._executed):
            yield self
        patch.undo()

    def _executed(self, execute: Callable, sql, params, many, context):
        if self.has_come:
            self._break()
            if connection.vendor != "postgresql":
                raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    def _break(self) -> None:
        """As an administrator does it; SQLite, which has no connection, is locked for so long that it gives up."""
        self.broke = True
        if connection.vendor == "postgresql":
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
            other.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(concurrency, "AGAIN_AFTER", (0.01,) * 5)


@pytest.fixture
def run(stage):
    """Carries out a task, whose connection breaks at this moment, if there is one."""

    def run(action, *, at=None, **params):
        sent = {"actor": stage.author, "plugin": "migrations", "action": action, "params": params}
        task = start_task(**sent, environment=stage.target)
        with pytest.MonkeyPatch.context() as patch, Moments(at).watched(patch) as moments:
            work_it_off()
        task.refresh_from_db()
        assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 1), (action, at, task.error)
        return task, moments

    return run


def work_it_off() -> None:
    """As a worker does: in place of a process that finds no database, before or after its task, comes another one."""
    for _ in range(3):
        try:
            return run_all()
        except OperationalError:
            connection.close()
    raise AssertionError("three processes found no database")


def all_of(moments: Moments, first: int) -> range:
    assert moments.count > 20
    return range(first, moments.count + 1, EVERY)


@pytest.mark.parametrize("first", FIRST)
def test_an_apply_and_its_rollback_go_on_at_whatever_moment_the_connection_breaks(first, run, stage):
    before = stage.state_of_prod()
    migration = stage.plan()
    _, applying = run("apply", migration=migration.pk)
    applied = stage.state_of_prod()
    _, undoing = run("rollback", migration=migration.pk)
    for at in range(first, max(applying.count, undoing.count) + 1, EVERY):
        for action, after in (("apply", applied), ("rollback", before)):
            run(action, at=at, migration=migration.pk)
            assert set(stage.state_of_prod()[0]) == set(after[0]), (action, at)
            last = Run.objects.last()
            assert (last.kind, last.state) == (action, "succeeded"), (action, at)
            assert not last.writes.filter(state=WriteState.SENT).exists(), (action, at)


@pytest.mark.parametrize("first", FIRST)
def test_a_plan_goes_on_at_whatever_moment_the_connection_breaks(first, run, stage):
    _, moments = run("plan", **PLAN)
    for at in all_of(moments, first):
        task, _ = run("plan", at=at, **PLAN)
        assert Migration.objects.filter(task=task).count() == 1, at
