# [DEF:tasks.queue:Module]
# @COMPLEXITY: 2
# @PURPOSE: The one way to django-q2. What it carries is a wake-up: “there may be work”, and nothing about which.
"""Its scheduler is the clock of everything that happens by itself. What it calls travels in a lane of its own: it does
not wait behind tasks, and is not taken for a wake-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler
from django_q.tasks import async_task

MINUTE = timedelta(minutes=1)

RETRY_AFTER = timedelta(seconds=10)
"""A call that was taken and is not done by then is taken again."""

CLOCK_QUEUE = f"{Conf.CLUSTER_NAME} clock"

WORK = "apps.tasks.worker.runner.work"


def wake() -> None:
    """Let an idle worker look for a task. Call it when the task is committed; one too many does no harm."""
    async_task(WORK)


def take_wake_up() -> bool:
    """Take one, so that nobody else does. If there is none, say so after a moment (`poll`)."""
    broker = get_broker()
    taken = broker.dequeue() or []
    for number, _ in taken:
        broker.acknowledge(number)
    return bool(taken)


def has_wake_up() -> bool:
    """Whether one is waiting that no worker has taken yet."""
    return OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=timezone.now()).exists()


def take_calls(*functions: str) -> Iterator[str]:
    """Those of the functions that are to be called now, by whoever got them here: each is due once a minute, when the
    minute begins. Ask every few seconds.

    A call is done with when the next one is asked for: whoever fails before, or dies, leaves it to be taken again.
    """
    _wind(functions)
    now = timezone.now()
    if Schedule.objects.filter(func__in=functions, next_run__lt=now).exists():
        scheduler()
    yield from (name for name in _taken() if name in functions)


def _wind(functions: tuple[str, ...]) -> None:
    """Tell the scheduler, unless it knows; at first they are due at once. So a jump of the clock, or a hand in the
    database, is mended."""
    minute = timezone.now().replace(second=0, microsecond=0)
    rows = Schedule.objects.in_bulk(range(1, len(functions) + 1))  # the numbers, because nothing else of it is unique
    for number, function in enumerate(functions, start=1):
        wanted = {"func": function, "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1, "cluster": None}
        wanted["kwargs"] = repr({"q_options": {"cluster": CLOCK_QUEUE}})
        row = rows.get(number)
        known = row and all(getattr(row, name) == value for name, value in wanted.items())
        if not (known and row and row.next_run and row.next_run <= minute + MINUTE):
            Schedule.objects.update_or_create(pk=number, defaults={**wanted, "next_run": minute})


def _taken() -> Iterator[str]:
    now = timezone.now()
    for message in OrmQ.objects.filter(key=CLOCK_QUEUE, lock__lte=now):
        if OrmQ.objects.filter(pk=message.pk, lock=message.lock).update(
            lock=now + RETRY_AFTER
        ):  # else another worker has it
            yield message.func()
            OrmQ.objects.filter(pk=message.pk).delete()
