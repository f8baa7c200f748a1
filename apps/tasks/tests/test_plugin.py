"""What is outdated is removed by a task that Lockstep starts once a day."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import LockstepError
from apps.core.tests.pages import Pages
from apps.plugins.installation import refresh_records
from apps.plugins.models import PluginRecord
from apps.tasks import periodic, retention
from apps.tasks.models import Clock, Task, TaskLine, TaskState
from apps.tasks.periodic import CleanUp
from apps.tasks.services import cancel, start_task
from apps.tasks.tests.factories import ended
from apps.tasks.tests.hands import Hands, at
from apps.tasks.tests.real_worker import PATIENCE
from apps.tasks.worker import journal
from apps.tasks.worker.clock import RETENTION, tick
from apps.tasks.worker.context import TaskContext
from conftest import api_of

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def hands(monkeypatch):
    """The installation is a day old."""
    hands = Hands(monkeypatch, tick)
    hands.set("10:00")
    hands.now = at("2026-12-02T10:00")
    return hands


def make_old(author, **fields):
    old = timezone.now() - timedelta(days=400)
    return Task.objects.create(plugin="p", action="a", actor=author, state=TaskState.SUCCEEDED, finished=old, **fields)


def retentions():
    return Task.objects.filter(plugin="retention").order_by("pk")


def test_the_scheduler_starts_a_removal_of_old_tasks_once_a_day(author, hands):
    old = make_old(author)
    for moment in ("2026-12-02T10:00", "2026-12-02T10:01", "2026-12-03T09:59"):
        hands.set(moment)
    task = retentions().get()
    assert (task.action, task.actor, task.state) == ("prune", None, TaskState.QUEUED)
    assert Task.objects.filter(pk=old.pk).exists()
    entry = AuditEntry.objects.get(action="task.start")
    assert (entry.actor, entry.source) == (None, "schedule")


def test_a_new_installation_has_nothing_to_remove(monkeypatch):
    hands = Hands(monkeypatch, tick)
    hands.set("10:00")
    hands.set("2026-12-02T09:59")
    assert not retentions().exists()


def test_a_removal_of_old_tasks_removes_and_reports_them(author, hands):
    old = make_old(author)
    TaskLine.objects.create(task=old, seq=1, text="x")
    tick()
    task = ended(retentions().get())
    assert task.state == TaskState.SUCCEEDED
    assert {name: task.result[name] for name in ("tasks", "lines", "files", "bytes")} == {
        "tasks": 1,
        "lines": 1,
        "files": 0,
        "bytes": 0,
    }
    assert task.lines.get(source="retention.prune").text.startswith("Removed 1 task with 1 line, 0 files of 0 bytes")
    assert not Task.objects.filter(pk=old.pk).exists()
    assert AuditEntry.objects.get(action="task.prune").source == "worker"
    assert AuditEntry.objects.get(action="task.succeed").after["for"] == "Lockstep"


def test_the_task_calls_the_clean_ups_of_other_apps(author, hands, monkeypatch):
    monkeypatch.setattr(periodic, "_clean_ups", [CleanUp("crumbs", f"{__name__}.sweep")])
    tick()
    task = ended(retentions().get())
    assert task.result["crumbs"] == hands.now.year
    assert task.lines.get(source="retention.prune").text.endswith(f", {hands.now.year} crumbs")


def sweep(now):
    return now.year


def test_removals_of_old_tasks_run_one_at_a_time(hands):
    tick()
    hands.set("2026-12-03T10:00")
    assert retentions().count() == 1
    ended(retentions().get())
    hands.set("2026-12-04T10:00")
    assert retentions().count() == 2


def test_a_disabled_plugin_is_reported_and_the_clock_goes_on(hands, caplog):
    refresh_records()
    PluginRecord.objects.filter(slug="retention").update(enabled=False)
    with caplog.at_level(logging.WARNING):
        tick()
    assert "the daily retention was not started: The plugin “retention” is not enabled" in caplog.text
    assert not retentions().exists()
    assert Clock.objects.get(function=RETENTION).ticked == hands.now


def test_a_person_with_permission_starts_a_removal_of_old_tasks(author, viewer):
    task = start_task(actor=author, plugin="retention", action="prune", params={})
    assert ended(task).state == TaskState.SUCCEEDED
    with pytest.raises(LockstepError, match=r"retention\.prune"):
        start_task(actor=viewer, plugin="retention", action="prune", params={})


def test_a_removal_of_old_tasks_stops_between_two_batches(author, hands, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    make_old(author), make_old(author)
    monkeypatch.setattr(journal, "LOOK", 0.0)
    monkeypatch.setattr(journal, "FLUSH", 0.01)
    check_cancelled = TaskContext.check_cancelled

    def check(context):
        if Task.objects.filter(plugin="p").count() == 1:
            cancel(actor=author, task=Task.objects.get(pk=context.task))
            deadline = time.monotonic() + PATIENCE
            while not context._stop.cancelled_by:
                assert time.monotonic() < deadline, "its journal does not see that it was cancelled"
                time.sleep(0.01)
        check_cancelled(context)

    monkeypatch.setattr(TaskContext, "check_cancelled", check)
    tick()
    assert ended(retentions().get()).state == TaskState.CANCELLED
    assert Task.objects.filter(plugin="p").count() == 1


def test_every_surface_names_who_started_it(author, manage, hands):
    tick()
    task = ended(retentions().get())
    api = api_of(author)
    assert api.get("/api/v1/tasks").json()["results"][0]["actor"] is None
    assert api.get(f"/api/v1/tasks/{task.pk}").json()["actor"] is None
    for words in (("list",), ("show", task.pk)):
        assert "Lockstep" in manage("task", *words)[1]
    for page in ("tasks/task/", f"tasks/task/{task.pk}/change/", ""):
        shown = Pages(author).see(page)
        assert "Delete old tasks" in shown
        assert ">None<" not in shown


def test_what_nobody_started_takes_the_permission_to_control(author, viewer, hands):
    tick()
    task = retentions().get()
    api = api_of(viewer)
    assert api.post(f"/api/v1/tasks/{task.pk}/cancel").status_code == 404
    assert api_of(author).post(f"/api/v1/tasks/{task.pk}/cancel").json()["state"] == "cancelled"
