"""One run at a time for each target, and none is lost when its process dies."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from apps.core.errors import Conflict, Damaged
from apps.migrations.models import SILENCE, Run, RunKind
from apps.migrations.services import ledger, runs
from apps.migrations.services.heartbeat import HeartbeatReporter
from apps.migrations.services.ledger import RunLedger
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import dead_pid
from apps.superset.errors import Cancelled
from apps.superset.protocol import Act, Outcome, Silent
from apps.superset.tests.world import BIRTHS, REVENUE
from apps.tasks.models import Task, TaskState
from apps.tasks.services import start_task

PLAN = {"source": "dev", "target": "prod", "everything": True}


def claim(stage, migration):
    return runs.claim(actor=stage.author, plan=migration.plans.get(), kind=RunKind.APPLY)


def test_a_second_run_on_the_same_target_is_refused_with_who_holds_it(stage):
    first, second = stage.plan(), stage.plan()
    run = claim(stage, first)
    with pytest.raises(Conflict, match=rf"Apply {run.pk} of migration {first.pk} \(process .* is writing to “prod”"):
        stage.apply(second)
    assert stage.prod.writes == []
    assert status_of(first) == Status.APPLYING
    assert status_of(second) == Status.PLANNED


def test_a_run_on_another_target_is_allowed(stage):
    claim(stage, stage.plan())
    migration = stage.plan()
    migration.target = stage.source
    assert claim_for(stage, migration)


def claim_for(stage, migration):
    plan = migration.plans.get()
    plan.migration = migration
    return runs.claim(actor=stage.author, plan=plan, kind=RunKind.APPLY)


def test_a_run_whose_process_died_is_interrupted_and_gives_way(stage):
    migration = stage.plan()
    run = claim(stage, migration)
    Run.objects.update(pid=dead_pid())
    assert runs.sweep() == [run]
    run.refresh_from_db()
    assert (run.state, run.error["kind"], status_of(migration)) == ("interrupted", "process_died", Status.INTERRUPTED)
    assert run.written == []
    stage.apply(stage.plan())


def test_what_a_process_was_about_to_write_is_known_after_its_death(stage):
    run = claim(stage, stage.plan())
    ledger = RunLedger(run)
    ledger.snapshot(b"PK")
    first = ledger.intend(Act.IMPORT, [BIRTHS])
    ledger.leaving(first)
    ledger.settle(first, Outcome.WRITTEN)
    ledger.leaving(ledger.intend(Act.IMPORT, [REVENUE]))
    ledger.intend(Act.REPAIR, [BIRTHS])
    Run.objects.update(pid=dead_pid())
    [swept] = runs.sweep()
    assert (swept.written, swept.open) == ([str(BIRTHS)], [str(REVENUE)])


def test_a_snapshot_that_cannot_be_kept_fails_the_run_before_anything_is_written(stage, monkeypatch):
    def full(*_args):
        raise Damaged("No space left.")

    monkeypatch.setattr(ledger, "store", full)
    migration = stage.plan()
    with pytest.raises(Damaged):
        stage.apply(migration)
    run = migration.runs.get()
    assert (run.state, run.error["sentence"], run.written, stage.prod.writes) == ("failed", "No space left.", [], [])


def test_a_run_of_a_living_process_is_left_alone(stage):
    claim(stage, stage.plan())
    assert runs.sweep() == []


def test_a_run_on_another_machine_is_only_judged_by_its_silence(stage):
    run = claim(stage, stage.plan())
    Run.objects.update(host=f"{socket.gethostname()} of another container", pid=dead_pid())
    assert runs.sweep() == []
    Run.objects.update(heartbeat=timezone.now() - SILENCE - timedelta(seconds=1))
    assert runs.sweep() == [run]


@pytest.mark.parametrize(("state", "gone"), [(TaskState.RUNNING, False), (TaskState.LOST, True)])
def test_a_run_on_another_machine_ends_with_its_task(stage, state, gone):
    task = start_task(actor=stage.author, plugin="migrations", action="plan", params=PLAN, environment=stage.target)
    run = claim(stage, stage.plan())
    Task.objects.update(state=state)
    Run.objects.update(host="elsewhere", task=task)
    assert runs.sweep() == ([run] if gone else [])


def test_a_run_keeps_its_heartbeat_while_it_reports(stage):
    run = claim(stage, stage.plan())
    long_ago = timezone.now() - timedelta(minutes=1)
    Run.objects.update(heartbeat=long_ago)
    run.heartbeat = long_ago
    HeartbeatReporter(Silent(), run).stage("send", 1, 2)
    assert Run.objects.get().heartbeat > long_ago


def test_a_run_that_was_taken_for_dead_stops_before_its_next_request(stage):
    run = claim(stage, stage.plan())
    reporter = HeartbeatReporter(Silent(), run)
    reporter.check_cancelled()
    Run.objects.update(state="interrupted")
    with pytest.raises(Cancelled, match="took this run for dead"):
        reporter.check_cancelled()
    with pytest.raises(Conflict, match="writes nothing more"):
        RunLedger(run).snapshot(b"PK")
    with pytest.raises(Conflict, match="writes nothing more"):
        RunLedger(run).intend(Act.IMPORT, [BIRTHS])


@pytest.mark.parametrize("away", [OperationalError("gone"), InterfaceError("gone")])
@pytest.mark.parametrize("asked", ["the run", "the task"])
def test_a_database_that_is_away_does_not_stop_a_run_that_awaits_an_answer(stage, monkeypatch, caplog, away, asked):
    run = claim(stage, stage.plan())

    def gone(*_args):
        raise away

    told = Silent()
    reporter = HeartbeatReporter(told, run)
    with monkeypatch.context() as patch:
        if asked == "the run":
            patch.setattr(runs.Run.objects, "filter", lambda **_: type("Away", (), {"exists": gone})())
        else:
            patch.setattr(told, "check_cancelled", gone)
        for _ in range(5):
            reporter.check_cancelled()
    assert caplog.text.count("is to stop cannot be read now") == 1
    Run.objects.update(state="interrupted")
    with pytest.raises(Cancelled):
        reporter.check_cancelled()


@pytest.mark.parametrize("taken_by", ["sweep", "reaper"])
def test_a_request_of_a_run_that_was_given_up_does_not_leave(stage, taken_by):
    task = start_task(actor=stage.author, plugin="migrations", action="plan", params=PLAN, environment=stage.target)
    run = claim(stage, stage.plan())
    Run.objects.update(task=task)
    ledger = RunLedger(run)
    number = ledger.intend(Act.IMPORT, [BIRTHS])
    if taken_by == "sweep":
        Run.objects.update(state="interrupted")
    else:
        Task.objects.update(state=TaskState.LOST)
    with pytest.raises(Conflict, match="writes nothing more"):
        ledger.leaving(number)
    assert Run.objects.get().open == []
