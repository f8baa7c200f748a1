"""One running round: the tasks that people start, cancel and answer, and the faults of the database."""

from __future__ import annotations

import random
import time
from contextlib import suppress

from django.db.models import QuerySet

from apps.core.errors import LockstepError
from apps.environments.models import Environment
from apps.tasks.models import ENDED, Task, TaskState
from apps.tasks.questions import answer
from apps.tasks.services import cancel, retry, start_task
from apps.users.models import User
from rig.stress import database, mix
from rig.stress.database import retry_on_database_error
from rig.stress.kills import FaultCounts, FaultInjector
from rig.stress.workers import WorkerPool

TASKS = (16, 30)
"""In a round, least and most, not counting retries."""

SECONDS = (2.0, 4.0)
SILENT_ROUNDS = 0.25
"""Share of the rounds with processes that are stopped long enough to count as dead."""

BOUND = 90.0
"""Seconds from the last fault until all tasks must have ended: three attempts, each silent for four, take 20."""

TICK = 0.03
QUIET = (0.05, 0.6)
"""Seconds between two disturbances of the database."""

UNSUCCESSFUL = ENDED - {TaskState.SUCCEEDED}


class Activity:
    def __init__(self, pool: WorkerPool, actor: User, rng: random.Random, *, mark: str) -> None:
        self._pool = pool
        self._actor = actor
        self._rng = rng
        self._mark = mark
        seconds = rng.uniform(*SECONDS)
        self._orders = mix.orders(rng, mark=mark, count=rng.randint(*TASKS), seconds=seconds)
        self._environments = {each.name: each for each in Environment.objects.all()}
        self._queued: dict[int, mix.Order] = {}
        self._cancels: list[tuple[float, int]] = []
        self._began = self._quiet_until = time.monotonic()
        fault_rng = random.Random(rng.random())
        self._injector = FaultInjector(pool, fault_rng, seconds=seconds, silences=rng.random() < SILENT_ROUNDS)
        self.answered: dict[int, int] = {}
        self.cancelled: set[int] = set()
        self.wake_ups = self.connections = 0

    @property
    def faults(self) -> FaultCounts:
        return self._injector.faults

    @property
    def numbers(self) -> set[int]:
        return set(self._queued)

    def tasks(self) -> QuerySet[Task]:
        return Task.objects.filter(pk__in=self._queued).order_by("pk")

    def run(self) -> None:
        """Until the last fault is injected and all tasks are queued."""
        self._injector.start()
        while self._injector.is_alive() or self._orders:
            self._pool.fill_up()
            self._step()
            self._disturb()
            time.sleep(TICK)
        self._injector.join()

    def wait(self) -> bool:
        """Whether all tasks ended within the bound."""
        end = time.monotonic() + BOUND
        while retry_on_database_error(lambda: self.tasks().exclude(state__in=ENDED).exists() or self._retry()):
            if time.monotonic() > end:
                return False
            self._step()
            time.sleep(TICK)
        return True

    def _step(self) -> None:
        now = time.monotonic() - self._began
        while self._orders and self._orders[0].due <= now:
            self._queue(self._orders.pop(0))
        for due in [each for each in self._cancels if each[0] <= now]:
            self._cancels.remove(due)
            self._cancel(due[1])
        self._answer()

    def _queue(self, order: mix.Order) -> None:
        task = retry_on_database_error(lambda: self._find(order) or self._start(order))
        self._queued[task.pk] = order
        if order.cancel_after is not None:
            self._cancels.append((time.monotonic() - self._began + order.cancel_after, task.pk))

    def _find(self, order: mix.Order) -> Task | None:
        """The task may exist already, if only the response was lost."""
        return Task.objects.filter(params__mark=order.params["mark"]).first()

    def _start(self, order: mix.Order) -> Task:
        return start_task(
            actor=self._actor,
            plugin="stress",
            action=order.action,
            params=order.params,
            environment=self._environments[order.environment],
            priority=order.priority,
        )

    def _cancel(self, number: int) -> None:
        self.cancelled.add(number)
        try:
            retry_on_database_error(lambda: cancel(actor=self._actor, task=Task.objects.get(pk=number)))
        except LockstepError:  # the task has ended
            return

    def _answer(self) -> None:
        for task in retry_on_database_error(lambda: list(self.tasks().filter(state=TaskState.AWAITING_INPUT))):
            if self._queued[task.pk].answers:
                self._submit(task)

    def _submit(self, task: Task) -> None:
        with suppress(LockstepError):  # cancelled, timed out, or answered before
            retry_on_database_error(
                lambda: answer(actor=self._actor, task=task, answers={"word": "on", "password": "open-sesame"})
            )
        answered = retry_on_database_error(lambda: task.pauses.filter(answered__isnull=False).count())
        self.answered[task.pk] = answered

    def _retry(self) -> bool:
        """Retry one task that ended without success, where the order says so; whether there was one."""
        for task in self.tasks().filter(state__in=UNSUCCESSFUL):
            order = self._queued[task.pk]
            if order.retries and task.retry_of_id is None and not task.retries.exists():
                new = retry(actor=self._actor, task=task)
                self._queued[new.pk] = order
                return True
        return False

    def _disturb(self) -> None:
        now = time.monotonic()
        if now < self._quiet_until:
            return
        self._quiet_until = now + self._rng.uniform(*QUIET)
        match self._rng.randrange(3):
            case 0:
                self.wake_ups += retry_on_database_error(lambda: database.lose_wake_ups(self._rng))
            case 1:
                self.wake_ups += retry_on_database_error(database.double_wake_ups)
            case _:
                self.connections += retry_on_database_error(lambda: database.break_connections(self._rng))
