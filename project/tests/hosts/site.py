"""What people and the clock do on an installation of several hosts, and what is left of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.schedules.models import Schedule, ScheduledRun
from apps.schedules.services import create_schedule
from apps.tasks import queue
from apps.tasks.models import ENDED, Task, TaskState
from apps.users.models import TokenScope, User
from apps.users.services.tokens import create_token
from project.tests.hosts.host import Web, Worker
from project.tests.running import wait_until
from rig.stress import database
from rig.stress.journal import BEGIN, END, Note, notes
from rig.stress.verdict import Finding, Round, Stored, judged

START_DUE = "apps.schedules.clock.start_due"
YEARLY = "0 0 1 1 *"
IN_BETWEEN = 1.0
"""Seconds after which what a dead web server was asked for is in the database, or never will be."""


class Site:
    def __init__(self, webs: Sequence[Web], workers: Sequence[Worker], author: User, journal: Path) -> None:
        self.webs, self.workers = list(webs), list(workers)
        self.author = author
        self._journal = journal
        self._token = create_token(user=author, name="test", days=1, scope=TokenScope.ACT)[1]
        self._marks = count(1)
        self._turns = cycle(self.webs)

    # --- What people do

    def order(self, action: str, environment: str | None = None, **params: Any) -> Task:
        """A new task, by one web server or the other in turn; by the next one if that dies over it."""
        params["mark"] = mark = f"order {next(self._marks)}"
        body = json.dumps({"params": params, "environment": environment}).encode()
        while True:
            try:
                answer = next(self._turns).ask(f"plugins/stress/actions/{action}/run", self._token, body)
                return Task.objects.get(pk=json.loads(answer)["id"])
            except OSError:
                time.sleep(IN_BETWEEN)
                if task := Task.objects.filter(params__mark=mark).first():  # only the answer was lost
                    return task

    def download(self, web: Web, task: Task, name: str) -> bytes:
        return web.ask(f"tasks/{task.pk}/artifacts/{name}", self._token)

    def lines(self, web: Web, task: Task) -> list[tuple[int, str]]:
        """All of them, page by page, as a client without a socket reads them."""
        found: list[tuple[int, str]] = []
        while page := json.loads(web.ask(f"tasks/{task.pk}/lines?after={len(found)}&limit=500", self._token)):
            found += [(line["seq"], line["text"]) for line in page["lines"]]
            if not page["lines"]:
                break
        return found

    # --- What the clock does

    def make_due(self, name: str, number: int) -> list[Schedule]:
        """New schedules with a slot just now, for which all workers are called several times at once."""
        made = [
            create_schedule(
                actor=self.author,
                name=f"{name} {each}",
                plugin="stress",
                action="read_again",
                params={"mark": f"{name} {each}"},
                cron=YEARLY,
            )
            for each in range(number)
        ]
        slot = timezone.now() - timedelta(seconds=1)
        Schedule.objects.filter(pk__in=[each.pk for each in made]).update(next_run=slot)
        queue.Schedule.objects.filter(func=START_DUE).update(next_run=slot)
        for _ in range(20):
            database.double_wake_ups()
            time.sleep(0.05)
        return made

    # --- What is left

    def host_of(self, task: Task) -> Worker:
        task.refresh_from_db()
        [found] = [each for each in self.workers if each.name == task.machine]
        return found

    def tasks(self) -> list[Task]:
        return list(Task.objects.filter(plugin="stress").order_by("pk"))

    def runs(self) -> list[ScheduledRun]:
        return list(ScheduledRun.objects.select_related("schedule", "task").order_by("pk"))

    def in_state(self, tasks: Collection[Task], states: Collection[TaskState]) -> bool:
        numbers = [task.pk for task in tasks]
        return Task.objects.filter(pk__in=numbers, state__in=states).count() == len(numbers)

    def running(self, tasks: Collection[Task]) -> None:
        wait_until(lambda: self.in_state(tasks, [TaskState.RUNNING]), "they do not run at the same time")

    def ended(self) -> None:
        wait_until(lambda: not Task.objects.exclude(state__in=ENDED).exists(), "some tasks do not end")

    def stored(self) -> list[Stored]:
        return database.stored(self.tasks(), answered={}, cancelled=())

    def notes(self) -> list[Note]:
        return notes(self._journal)

    def findings(self) -> list[Finding]:
        """Tasks that are lost, doubled or stuck."""
        return judged(Round(self.stored(), self.notes()))

    def number_of(self, what: str, task: Task) -> int:
        return sum(note.what == what and note.task == task.pk for note in self.notes())

    def was_run_once(self, task: Task) -> bool:
        return (self.number_of(BEGIN, task), self.number_of(END, task)) == (1, 1)


def until_each(workers: Collection[Worker], done: Callable[[], set[str]], more: Callable[[], object]) -> None:
    """Call `more` until each of them is among those that `done` names."""
    wanted = {each.name for each in workers}

    def all_have() -> bool:
        if wanted <= done():
            return True
        more()
        return False

    wait_until(all_have, "one of the workers does nothing")
