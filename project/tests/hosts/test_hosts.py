"""Two web and three worker hosts on one PostgreSQL and one bucket: one of each dies in the middle of the work.

Real processes, each host in namespaces and with a data directory of its own. What really happened is recorded outside
Lockstep, and compared with what is stored, as in `make stress`.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from itertools import cycle, islice

from django.utils import timezone

from apps.schedules.models import ScheduledRunState
from apps.schedules.services import create_schedule, set_enabled
from apps.tasks.models import Task, TaskArtifact, TaskState
from apps.tasks.tests.sockets import signed_in
from apps.tasks.tests.sockets import wait_until as wait_shortly
from project.tests.hosts.site import until_each
from project.tests.watcher import Watcher, all_have_all
from rig.stress.plugin import ARTEFACT, LARGE, large

SIZE = 3_000_000
"""Bytes: more than a download keeps in memory."""

LONG = {"steps": 40, "pause": 100, "lines": 4}
KINDS = (("read", None), ("write", "alpha"), ("read_again", None), ("write_again", "beta"))
QUICK = 40
DUE = 6
MINUTE = timedelta(minutes=1)
LATEST = timedelta(seconds=15)
"""After which a slot has its run, even if the worker that had taken the call died."""


def test_nothing_is_lost_or_doubled_when_a_web_and_a_worker_host_die(site):
    began = timezone.now()
    minutely = create_schedule(
        actor=site.author,
        name="minutely",
        plugin="stress",
        action="read_again",
        params={"mark": "minutely"},
        cron="* * * * *",
    )
    files_of_each_worker_are_read_through_each_web(site)

    long = [site.order("read_again" if number % 2 else "read", **LONG) for number in range(6)]
    site.running(long)
    watching = {task: watchers(site, task) for task in long}
    wait_shortly(lambda: all(each.last > 20 for both in watching.values() for each in both), "nothing is seen")
    schedules = site.make_due("before", DUE)

    web, victim = site.webs[0], site.host_of(long[1])
    deaths = [threading.Timer(0.5, each.die) for each in (web, victim)]
    for each in deaths:
        each.start()
    for action, environment in islice(cycle(KINDS), QUICK):
        site.order(action, environment, steps=2, pause=20)
    schedules += site.make_due("after", DUE)
    for each in deaths:
        each.join()
    paused = timezone.now()
    set_enabled(actor=site.author, schedule=minutely, enabled=False)
    site.ended()

    each_task_ran_once(site, victim)
    each_stream_is_complete(site, watching, dead=web)
    each_slot_ran_once(site, schedules)
    each_minute_ran_once(minutely, began, paused)
    for host in (site.webs[1], *(each for each in site.workers if each is not victim)):
        assert host.manage("audit", "verify").startswith("The audit holds")
        assert host.stop() == 0


def watchers(site, task):
    """One begins at each web; both change over to the other one when theirs dies."""
    ports = [each.port for each in site.webs]
    both = [Watcher(ports, task, signed_in(site.author)), Watcher(ports[::-1], task, signed_in(site.author))]
    for each in both:
        each.start()
    return both


def files_of_each_worker_are_read_through_each_web(site):
    def of_each():
        return set(Task.objects.filter(state=TaskState.SUCCEEDED).values_list("host", flat=True))

    def some_more():
        for task in [site.order("read", pause=200, large=SIZE) for _ in range(6)]:
            wait_shortly(lambda task=task: site.in_state([task], [TaskState.SUCCEEDED]), f"{task} does not succeed")

    until_each(site.workers, lambda: {host.partition(" ")[0] for host in of_each()}, some_more)
    for task in site.tasks():
        execution = site.download(site.webs[0], task, ARTEFACT).decode()
        content = large(execution, SIZE)
        assert TaskArtifact.objects.get(task=task, name=LARGE).sha256 == hashlib.sha256(content).hexdigest()
        assert all(site.download(web, task, LARGE) == content for web in site.webs)


def each_task_ran_once(site, victim):
    assert site.findings() == []
    for task in site.tasks():
        if task.attempts > 1:
            assert task.repeatable
        elif task.state == TaskState.LOST:
            assert task.machine == victim.name
        else:
            assert task.state == TaskState.SUCCEEDED
            assert site.was_run_once(task), task


def each_stream_is_complete(site, watching, dead):
    for task, both in watching.items():
        texts = all_have_all(task, both)
        assert [text for _, text in site.lines(site.webs[1], task)] == texts
        assert both[0].visited[0] == dead.port
        assert both[0].visited[-1] == site.webs[1].port
        assert both[1].visited == [site.webs[1].port]


def each_slot_ran_once(site, schedules):
    runs = [run for run in site.runs() if run.schedule in schedules]
    assert sorted(run.schedule.name for run in runs) == sorted(each.name for each in schedules)
    assert {run.state for run in runs} == {ScheduledRunState.STARTED}
    for schedule in schedules:
        assert Task.objects.filter(params__mark=schedule.name).count() == 1


def each_minute_ran_once(schedule, began, paused):
    slots = list(schedule.runs.order_by("slot").values_list("slot", flat=True))
    first = began.replace(second=0, microsecond=0) + MINUTE
    assert slots == [first + number * MINUTE for number in range(len(slots))]
    assert first + len(slots) * MINUTE > paused - LATEST
    assert Task.objects.filter(params__mark="minutely").count() == len(slots)
