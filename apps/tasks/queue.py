# [DEF:tasks.queue:Module]
# @COMPLEXITY: 2
# @PURPOSE: The only door to django-q2. What it carries is a wake-up: “there may be work”, and nothing about which.
"""The only door to django-q2. What it carries is a wake-up: “there may be work”, and nothing about which."""

from __future__ import annotations

from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

WORK = "apps.tasks.runner.work"


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
