# [DEF:migrations.services.runs:Module]
# @COMPLEXITY: 3
# @PURPOSE: The life of a run: one at a time for each target, and never lost when its process dies.
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> tasks.worker.processes
# @RELATION CALLS -> migrations.notifications

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.concurrency import AWAY, compare_and_set, locked, retry_on_database_error, write_if_possible
from apps.core.errors import Conflict, LockstepError, worded
from apps.core.files import StoredFile, store
from apps.environments.models import Environment
from apps.migrations import messages, notifications
from apps.migrations.liveness import is_gone
from apps.migrations.models import PlanRecord, Run, RunKind, RunState, Write, WriteState
from apps.superset.assets import Key
from apps.superset.errors import Cancelled, OutcomeOpen, OutcomeUnknown, SupersetError
from apps.superset.execution.result import Result
from apps.superset.protocol import Act, Outcome, Reporter
from apps.tasks.models import Task
from apps.tasks.worker.processes import birth, host, machine_of
from apps.users.models import User

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)

RUNNING = {"state": RunState.RUNNING}


def claim(*, actor: User, plan: PlanRecord, kind: RunKind, task: int | None = None, seen: int | None = None) -> Run:
    """A new running run. Conflict while another one writes to the same target; one whose process died gives way. With
    `seen`, of `ended_on`, also where another one has ended since: what was looked at may not be so any more."""
    target = retry_on_database_error(lambda: plan.migration.target, f"claiming the target of {plan}")
    migration = plan.migration
    retry_on_database_error(lambda: sweep(target=target), "looking for dead runs")
    run = Run(
        migration=migration,
        plan=plan,
        target=target,
        kind=kind,
        actor=actor,
        task_id=task,
        host=host(),
        pid=os.getpid(),
        born=birth(os.getpid()),
        heartbeat=timezone.now(),
    )
    return retry_on_database_error(lambda: _claimed(run, seen), f"claiming “{target}”")


def ended_on(target: Environment) -> int:
    """How many runs have ended on this target by now."""
    sweep(target=target)
    return _ended_runs(target)


def _ended_runs(target: Environment) -> int:
    return Run.objects.filter(target=target).exclude(**RUNNING).count()


def _claimed(run: Run, seen: int | None) -> Run:
    """Perhaps it is stored already, and only the answer was lost."""
    same = {"host": run.host, "pid": run.pid, "task": run.task_id, "heartbeat": run.heartbeat}
    if ours := Run.objects.filter(target=run.target, **RUNNING, **same).first():
        return ours
    run.pk = None
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            if seen is not None and _ended_runs(run.target) != seen:  # from here on no other one begins
                raise Conflict(messages.ENDED_MEANWHILE.format(target=run.target))
            facts = {"run": run.pk, "plan": run.plan.number, "checksum": run.plan.checksum}
            record(actor=run.actor, action=f"migration.{run.kind}", target=run.migration, after=facts)
    except IntegrityError:
        raise _occupied(run.target) from None
    return run


def sweep(*, target: Environment | None = None) -> list[Run]:
    """Mark running runs whose process is gone as interrupted; returns them."""
    running = Run.objects.filter(**RUNNING).select_related("task")
    if target is not None:
        running = running.filter(target=target)
    error = {"kind": "process_died", "sentence": str(messages.PROCESS_DIED), "context": {}}
    return [run for run in running if is_gone(run) and _end(run, RunState.INTERRUPTED, error=error)]


@contextmanager
def recorded(run: Run) -> Iterator[None]:
    """Store how the body ended, whatever it was; every error goes on to the caller."""
    try:
        yield
    except SupersetError as error:
        state = RunState.INTERRUPTED if isinstance(error, Cancelled | OutcomeUnknown) else RunState.FAILED
        _end(run, state, error={**error.to_json(), "sentence": worded(error)})
        raise
    except LockstepError as error:  # of the ledger
        _end(run, RunState.FAILED, error={**error.to_json(), "sentence": worded(error)})
        raise
    except BaseException as error:
        # Not announced: a fault of ours, a full disk, or a second Ctrl-C
        sentence = messages.UNEXPECTED.format(error=type(error).__name__)
        _end(run, RunState.INTERRUPTED, error={"kind": "unexpected", "sentence": sentence, "context": {}})
        raise


def succeed(run: Run, result: Result) -> None:
    _end(run, RunState.SUCCEEDED, result=result.to_json())


def leave_open(run: Run, result: Result, until: datetime) -> OutcomeOpen:
    """End an undo after which a request of the run that it undid may still be carried out; the error that says so."""
    error = OutcomeOpen(
        messages.LEFT_OPEN.format(
            restored=len(result.written), removed=len(result.removed), until=f"{until:%Y-%m-%d %H:%M:%S}"
        ),
        environment=run.target.name,
        next_step=str(messages.LOOKS_AGAIN),
        context={"until": until.isoformat()},
    )
    _end(run, RunState.OPEN, result=result.to_json(), error={**error.to_json(), "sentence": worded(error)})
    return error


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


def _end(run: Run, state: RunState, **outcome: Any) -> bool:
    changes = {"state": state, "finished": timezone.now(), **outcome}
    return retry_on_database_error(lambda: _ended(run, changes), f"storing how {run} ended")


def _ended(run: Run, changes: dict[str, Any]) -> bool:
    """Whether it ended by this. Perhaps it has done so already, and only the answer was lost."""
    state = changes["state"]
    if Run.objects.filter(pk=run.pk, state=state, finished=changes["finished"]).exists():
        return True
    with transaction.atomic():
        ended = compare_and_set(run, expected=RUNNING, **changes)
        if ended:
            facts = {"run": run.pk, "state": state.value, "written": run.written, "open": run.open}
            record(actor=run.actor, action=f"migration.{run.kind}.end", target=run.migration, after=facts)
            notifications.ended(run)
    return ended


def _occupied(target: Environment) -> Conflict:
    holder = Run.objects.filter(target=target, **RUNNING).first()
    return Conflict(messages.OCCUPIED.format(target=target, holder=_named(holder) if holder else messages.ANOTHER_RUN))


def _named(run: Run) -> str:
    text = messages.HOLDER.format(run=run, pid=run.pid, machine=machine_of(run.host))
    return text[:1].upper() + text[1:]
