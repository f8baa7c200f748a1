# [DEF:migrations.services.heartbeat:Module]
# @COMPLEXITY: 3
# @PURPOSE: Keeps the heartbeat of a run while it reports, and stops one that another process took for dead.
# @RELATION DEPENDS_ON -> migrations.services.runs
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> superset.protocol

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.core.concurrency import AWAY, compare_and_set, write_if_possible
from apps.migrations import messages
from apps.migrations.models import Run
from apps.migrations.services.runs import RUNNING
from apps.superset.errors import Cancelled
from apps.superset.protocol import Reporter

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)


class HeartbeatReporter:
    """A reporter that also keeps the run's heartbeat, and stops a run that another process took for dead."""

    def __init__(self, reporter: Reporter, run: Run) -> None:
        self._reporter = reporter
        self._run = run
        self._unanswered = False

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self._reporter.log(text, level=level, **facts)
        self._heartbeat()

    def stage(self, name: str, number: int, total: int) -> None:
        self._reporter.stage(name, number, total)
        self._heartbeat()

    def progress(self, stage: str, done: int, total: int) -> None:
        self._reporter.progress(stage, done, total)
        self._heartbeat()

    def check_cancelled(self) -> None:
        """Asked while the answer to a write is awaited, too, which a database that is away is no reason to abandon:
        before the next one leaves, the ledger insists on its answer."""
        try:
            self._reporter.check_cancelled()
            ours = Run.objects.filter(pk=self._run.pk, **RUNNING).exists()
        except AWAY as error:
            self._unasked(error)
            return
        if not ours:
            raise Cancelled(str(messages.TAKEN_FOR_DEAD))

    def _unasked(self, error: Exception) -> None:
        if not self._unanswered:
            logger.warning("whether %s is to stop cannot be read now; it goes on (%s)", self._run, error)
        self._unanswered = True
        if not connection.in_atomic_block:
            connection.close()

    def _heartbeat(self) -> None:
        now = timezone.now()
        if now - self._run.heartbeat >= HEARTBEAT:  # a reporter never fails; the next heartbeat will show
            beat = partial(compare_and_set, self._run, expected=RUNNING, heartbeat=now)
            write_if_possible(beat, f"the heartbeat of run {self._run.pk}")
