# [DEF:tasks.worker.clock:Module]
# @COMPLEXITY: 3
# @PURPOSE: Calls the functions that apps have registered once a minute, and holds those of tasks themselves.
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.origin
# @RELATION CALLS -> audit.sealer
"""Any number of workers may do this at once: each call is taken from the queue by one of them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.audit.origin import acting_through
from apps.audit.sealer import seal
from apps.core.concurrency import compare_and_set
from apps.core.errors import LockstepError
from apps.tasks import queue
from apps.tasks.models import Clock
from apps.tasks.periodic import registered
from apps.tasks.retention import PLUGIN, PRUNE
from apps.tasks.services import start_as_system_once
from apps.tasks.worker.reaper import reap

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)

SOURCE = "schedule"

RETENTION = f"{PLUGIN}.{PRUNE}"
"""The row of the clock that says when the daily retention was last started."""


def heartbeat() -> None:
    """Call the functions that the queue's scheduler says are due. The worker asks every few seconds.

    A call that a database error cut short is repeated ten seconds later, by any worker.
    """
    for name in queue.take_calls(*registered()):
        try:
            import_string(name)()
        except DatabaseError:
            raise
        except Exception:  # a fault in one function must stop neither the others nor the worker
            logger.exception("%s ended unexpectedly", name)
        else:
            Clock.objects.update_or_create(function=name, defaults={"ticked": timezone.now()})


def tick() -> None:
    """What tasks need once a minute."""
    with acting_through(SOURCE):
        _seal_audit()
        _start_retention(timezone.now())


def reap_lost() -> int:
    return len(reap())


def _seal_audit() -> None:
    """Seal the entries that a killed process left unsealed. A failure must not stop the clock."""
    try:
        seal()
    except DatabaseError as error:
        logger.warning("entries of the audit are not sealed yet: %s", error)


def _start_retention(now: datetime) -> None:
    """Once a day, as a task: it takes a while. The first is due a day after the installation."""
    clock, created = Clock.objects.get_or_create(function=RETENTION, defaults={"ticked": now})
    if created or abs(now - clock.ticked) < DAY:
        return
    with transaction.atomic():
        if not compare_and_set(clock, expected={"ticked": clock.ticked}, ticked=now):
            return
        try:
            start_as_system_once(plugin=PLUGIN, action=PRUNE)
        except LockstepError as error:  # such as: its plugin is disabled
            logger.warning("the daily retention was not started: %s", error)
