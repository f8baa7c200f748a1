# [DEF:tasks.queue:Module]
# @COMPLEXITY: 2
# @PURPOSE: The one way to django-q2, which carries wake-ups (“there may be work”) and schedules periodic functions.
# @RELATION CALLS -> tasks.broker
"""Calls of periodic functions travel in a queue of their own: they do not wait behind tasks, and are not taken for
wake-ups. They are always in the database; wake-ups are there, too, unless the settings name a Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler
from django_q.tasks import async_task

if TYPE_CHECKING:
    from apps.tasks.broker import RedisWakeUps

MINUTE = timedelta(minutes=1)

RETRY_AFTER = timedelta(seconds=10)
"""A call that was taken and is not done by then is taken again."""

CLOCK_QUEUE = f"{Conf.CLUSTER_NAME} clock"

WORK = "apps.tasks.worker.runner.work"

Rule = tuple[str, Callable[[Any], bool], str]

RULES: tuple[Rule, ...] = (
    ("orm", lambda value: value == "default", "be “default”: the calls of the clock live in the database of the tasks"),
    ("ack_failures", lambda value: value is True, "be True: otherwise a failed wake-up is delivered forever"),
    ("max_attempts", lambda value: value == 1, "be 1: tasks are repeated by their own rules"),
    ("save_limit", lambda value: value == -1, "be -1: the outcome of a task is in its row, not in the queue"),
    ("scheduler", lambda value: value is False, "be False: the worker calls it itself, and more often"),
    ("catch_up", lambda value: value is False, "be False: otherwise every minute of an outage is made up for"),
    ("bulk", lambda value: value == 1, "be 1: a wake-up that waits behind a long task wakes nobody"),
)
"""Settings of the queue, so that it only carries wake-ups and decides nothing."""


def wake() -> None:
    """Let an idle worker look for a task. Call it when the task is committed; one too many does no harm."""
    if redis := _redis():
        redis.wake(WORK)
    else:
        async_task(WORK)


def take_wake_up() -> bool:
    """Take one, so that nobody else does. Waits a moment (`poll`) for one; False if there is none."""
    if redis := _redis():
        return redis.take()
    broker = get_broker()
    taken = broker.dequeue() or []
    for number, _ in taken:
        broker.acknowledge(number)
    return bool(taken)


def has_wake_up() -> bool:
    """Whether a wake-up waits for a worker."""
    if redis := _redis():
        return redis.waits()
    return OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=timezone.now()).exists()


def broker_problem() -> str | None:
    """Why wake-ups cannot be carried, empty if they can; None where the database carries them."""
    redis = _redis()
    return redis.problem() if redis else None


def _redis() -> RedisWakeUps | None:
    if not settings.BROKER:
        return None
    from apps.tasks.broker import wake_ups  # noqa: PLC0415 - Redis's client is an extra, for those who use it

    return wake_ups(settings.BROKER)


def take_calls(*functions: str) -> Iterator[str]:
    """The functions that the caller has to call now: each is due once a minute, when the minute begins. Ask every few
    seconds.

    A call counts as done when the next one is requested: a caller that fails or dies before leaves it to another.
    """
    _register(functions)
    now = timezone.now()
    if Schedule.objects.filter(func__in=functions, next_run__lt=now).exists():
        scheduler()
    yield from (name for name in _taken() if name in functions)


def _register(functions: tuple[str, ...]) -> None:
    """Schedule the functions, unless they are; at first they are due at once. This also repairs what a jump of the
    clock or a change by hand has done."""
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


@register
def check_settings(**_: Any) -> list[CheckMessage]:
    cluster: dict[str, Any] = settings.Q_CLUSTER
    wrong = [f"{name} must {why}" for name, holds, why in RULES if not holds(cluster.get(name))]
    if cluster.get("queue_limit", 0) not in range(1, cluster["workers"] + 1):
        wrong.append("queue_limit must be from 1 to workers: wake-ups that wait in a process are lost with it")
    if cluster.get("retry", 0) < 2 * cluster.get("timeout", 0):
        wrong.append(
            "retry must be at least twice timeout: otherwise a wake-up is delivered again while it is in progress"
        )
    return [Error(f"Q_CLUSTER: {sentence}.", id="tasks.E001") for sentence in wrong]
