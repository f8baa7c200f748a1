"""One round while it goes on: what people do meanwhile, and what happens to the database."""

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
from rig.stress.database import insisting
from rig.stress.kills import Blows, Storm
from rig.stress.workers import Crew

TASKS = (16, 30)
"""In a round, at least and at most; those that are done again come on top."""

SECONDS = (2.0, 4.0)
SILENT_ROUNDS = 0.25
"""How many of the rounds have processes that are stopped for so long that they count as dead."""

BOUND = 90.0
"""Seconds after the last blow until all must have ended: three attempts that are silent for four each take 20."""

TICK = 0.03
QUIET = (0.05, 0.6)
"""Seconds between two disturbances of the database."""

UNSUCCESSFUL = ENDED - {TaskState.SUCCEEDED}


class Going:
    def __init__(self, crew: Crew, actor: User, dice: random.Random, *, mark: str) -> None:
        self._crew = crew
        self._actor = actor
        self._dice = dice
        self._mark = mark
        seconds = dice.uniform(*SECONDS)
        self._orders = mix.orders(dice, mark=mark, count=dice.randint(*TASKS), seconds=seconds)
        self._environments = {each.name: each for each in Environment.objects.all()}
        self._queued: dict[int, mix.Order] = {}
        self._cancels: list[tuple[float, int]] = []
        self._began = self._quiet_until = time.monotonic()
        blows = random.Random(dice.random())
        self._storm = Storm(crew, blows, seconds=seconds, silences=dice.random() < SILENT_ROUNDS)
        self.answered: dict[int, int] = {}
        self.cancelled: set[int] = set()
        self.wake_ups = self.connections = 0

    @property
    def blows(self) -> Blows:
        return self._storm.blows

    @property
    def numbers(self) -> set[int]:
        return set(self._queued)

    def tasks(self) -> QuerySet[Task]:
        return Task.objects.filter(pk__in=self._queued).order_by("pk")

    def run(self) -> None:
        """Until the last blow has fallen and all is queued."""
        self._storm.start()
        while self._storm.is_alive() or self._orders:
            self._crew.fill_up()
            self._turn()
            self._disturb()
            time.sleep(TICK)
        self._storm.join()

    def wait(self) -> bool:
        """Whether all have ended within the bound."""
        end = time.monotonic() + BOUND
        while insisting(lambda: self.tasks().exclude(state__in=ENDED).exists() or self._again()):
            if time.monotonic() > end:
                return False
            self._turn()
            time.sleep(TICK)
        return True

    def _turn(self) -> None:
        now = time.monotonic() - self._began
        while self._orders and self._orders[0].due <= now:
            self._queue(self._orders.pop(0))
        for due in [each for each in self._cancels if each[0] <= now]:
            self._cancels.remove(due)
            self._cancel(due[1])
        self._answer()

    def _queue(self, order: mix.Order) -> None:
        task = insisting(lambda: self._find(order) or self._start(order))
        self._queued[task.pk] = order
        if order.cancel_after is not None:
            self._cancels.append((time.monotonic() - self._began + order.cancel_after, task.pk))

    def _find(self, order: mix.Order) -> Task | None:
        """It may be there already, if only the answer was lost."""
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
            insisting(lambda: cancel(actor=self._actor, task=Task.objects.get(pk=number)))
        except LockstepError:  # it has ended
            return

    def _answer(self) -> None:
        for task in insisting(lambda: list(self.tasks().filter(state=TaskState.AWAITING_INPUT))):
            if self._queued[task.pk].answers:
                self._give(task)

    def _give(self, task: Task) -> None:
        with suppress(LockstepError):  # it was cancelled, its time was over, or the answer before this one was kept
            insisting(lambda: answer(actor=self._actor, task=task, answers={"word": "on", "password": "open-sesame"}))
        answered = insisting(lambda: task.pauses.filter(answered__isnull=False).count())
        self.answered[task.pk] = answered

    def _again(self) -> bool:
        """Do again what ended without success, once, where that was ordered; whether there was any."""
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
        self._quiet_until = now + self._dice.uniform(*QUIET)
        match self._dice.randrange(3):
            case 0:
                self.wake_ups += insisting(lambda: database.lose_wake_ups(self._dice))
            case 1:
                self.wake_ups += insisting(database.double_wake_ups)
            case _:
                self.connections += insisting(lambda: database.break_connections(self._dice))
