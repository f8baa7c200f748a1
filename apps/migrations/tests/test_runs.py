"""One run at a time for each target, and none is lost when its process dies."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import Conflict, Damaged
from apps.migrations.models import Run, RunKind
from apps.migrations.services import runs
from apps.migrations.states import Status, status_of
from apps.superset.errors import Cancelled
from apps.superset.protocol import Silent


def claim(stage, migration):
    return runs.claim(actor=stage.author, plan=migration.plans.get(), kind=RunKind.APPLY)


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_second_run_on_the_same_target_is_refused_with_who_holds_it(stage):
    first, second = stage.plan(), stage.plan()
    run = claim(stage, first)
    with pytest.raises(
        Conflict, match=rf"“prod” is being written by apply {run.pk} of migration {first.pk} \(process "
    ):
        stage.apply(second)
    assert stage.prod.writes == []
    assert status_of(first) == Status.APPLYING
    assert status_of(second) == Status.PLANNED


def test_another_target_is_free(stage):
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


def test_what_a_process_had_written_after_its_snapshot_is_not_known(stage):
    run = claim(stage, stage.plan())
    runs.keep_snapshot(run, b"PK")
    Run.objects.update(pid=dead_pid())
    assert runs.sweep()[0].written is None


def test_a_snapshot_that_cannot_be_kept_fails_the_run_before_anything_is_written(stage, monkeypatch):
    def full(*_args):
        raise Damaged("No space left.")

    monkeypatch.setattr(runs, "store", full)
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
    Run.objects.update(host="elsewhere", pid=dead_pid())
    assert runs.sweep() == []
    Run.objects.update(heartbeat=timezone.now() - runs.SILENCE - timedelta(seconds=1))
    assert runs.sweep() == [run]


def test_a_process_of_another_user_is_alive(monkeypatch):
    def kill(pid, number):
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    assert runs._is_alive(1)


def test_a_run_keeps_its_heartbeat_while_it_reports(stage):
    run = claim(stage, stage.plan())
    long_ago = timezone.now() - timedelta(minutes=1)
    Run.objects.update(heartbeat=long_ago)
    run.heartbeat = long_ago
    runs.Beating(Silent(), run).progress("send", 1, 2)
    assert Run.objects.get().heartbeat > long_ago


def test_a_run_that_was_taken_for_dead_stops_before_its_next_request(stage):
    run = claim(stage, stage.plan())
    reporter = runs.Beating(Silent(), run)
    reporter.check_cancelled()
    Run.objects.update(state="interrupted")
    with pytest.raises(Cancelled, match="took this run for dead"):
        reporter.check_cancelled()
    with pytest.raises(Conflict, match="nothing was written"):
        runs.keep_snapshot(run, b"PK")
