# [DEF:migrations.services.ledger:Module]
# @COMPLEXITY: 3
# @PURPOSE: Ties to a run what must outlive its process: its snapshot, and each request before it leaves.
# @RELATION DEPENDS_ON -> migrations.services.runs
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> tasks.models

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from apps.core.concurrency import compare_and_set, locked, retry_on_database_error
from apps.core.errors import Conflict
from apps.core.files import StoredFile, store
from apps.migrations import messages
from apps.migrations.models import Run, RunState, Write, WriteState
from apps.migrations.services.runs import RUNNING
from apps.superset.assets import Key
from apps.superset.protocol import Act, Outcome
from apps.tasks.models import Task


class RunLedger:
    """Ties to the run what must outlive its process. Conflict, and so no request, if the run was given up meanwhile.

    The database may be away for half a minute at any of these.
    """

    def __init__(self, run: Run, *, before_first: Callable[[], None] = lambda: None) -> None:
        """`before_first` raises where nothing may be written after all: called before the snapshot, and again right
        before the first request leaves."""
        self._run, self._before_first = run, before_first
        self._began = False

    def snapshot(self, content: bytes) -> None:
        if not self._began:
            retry_on_database_error(self._before_first, f"asking whether {self._run} may write")
        stored = store("snapshots", content)
        retry_on_database_error(lambda: self._keep(stored), f"keeping the snapshot of {self._run}")

    def intend(self, act: Act, keys: Sequence[Key]) -> int:
        write = Write(run=self._run, act=act.value, keys=[str(key) for key in keys])
        return retry_on_database_error(lambda: self._intend(write), f"keeping what {self._run} is about to send")

    def leaving(self, number: int) -> None:
        if not self._began:
            retry_on_database_error(self._before_first, f"asking whether {self._run} may write")
        retry_on_database_error(lambda: self._leave(number), f"asking whether {self._run} is still ours")
        self._began = True

    def settle(self, number: int, outcome: Outcome) -> None:
        known = {
            Outcome.SENT: (WriteState.WRITTEN,),
            # an answer counts, whatever the clock has made of its absence
            Outcome.WRITTEN: (WriteState.INTENDED, WriteState.SENT, WriteState.ABSENT),
        }.get(outcome, (WriteState.INTENDED, WriteState.SENT))
        found = Write.objects.filter(pk=number, state__in=known)
        settled = {"state": WriteState(outcome.value), "settled_at": timezone.now()}
        retry_on_database_error(lambda: found.update(**settled), f"keeping what became of request {number}")

    def _keep(self, stored: StoredFile) -> None:
        kept = {"snapshot_path": stored.path, "snapshot_sha256": stored.sha256}
        if not compare_and_set(self._run, expected=RUNNING, **kept):
            raise self._given_up()

    def _intend(self, write: Write) -> int:
        with transaction.atomic():
            self._require_ours()
            write.pk = None  # a try before this one may have been undone
            write.save(force_insert=True)
        return int(write.pk)

    def _leave(self, number: int) -> None:
        """With the run's row locked: a process that takes the run away comes before, and is obeyed, or after, and
        finds that this request may be under way."""
        with transaction.atomic():
            self._require_ours()
            now = timezone.now()
            Write.objects.filter(pk=number).update(state=WriteState.SENT, sent_at=now)
            Run.objects.filter(pk=self._run.pk).update(heartbeat=now)

    def _require_ours(self) -> None:
        run = locked(self._run)
        task = Task.objects.filter(pk=run.task_id).first() if run.task_id else None
        if run.state != RunState.RUNNING or (task and task.ended):
            raise self._given_up()

    def _given_up(self) -> Conflict:
        return Conflict(messages.GIVEN_UP.format(run=self._run.pk))
