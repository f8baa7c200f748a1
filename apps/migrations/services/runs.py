# [DEF:migrations.services.runs:Module]
# @COMPLEXITY: 3
# @PURPOSE: The life of a run: one at a time for each target, and never lost when its process dies.
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> tasks.worker.processes
# @RELATION CALLS -> migrations.mail.notifications

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.concurrency import compare_and_set, retry_on_database_error
from apps.core.errors import Conflict, LockstepError, stored_error
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.liveness import died, is_gone
from apps.migrations.mail import notifications
from apps.migrations.models import PlanRecord, Run, RunKind, RunState
from apps.superset.errors import Cancelled, OutcomeOpen, OutcomeUnknown, SupersetError
from apps.superset.execution.result import Result
from apps.tasks.worker.processes import birth, host, machine_of
from apps.users.models import User

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
    return [run for run in running if is_gone(run) and _end(run, RunState.INTERRUPTED, error=died())]


@contextmanager
def recorded(run: Run) -> Iterator[None]:
    """Store how the body ended, whatever it was; every error goes on to the caller."""
    try:
        yield
    except SupersetError as error:
        state = RunState.INTERRUPTED if isinstance(error, Cancelled | OutcomeUnknown) else RunState.FAILED
        _end(run, state, error=stored_error(error))
        raise
    except LockstepError as error:  # of the ledger
        _end(run, RunState.FAILED, error=stored_error(error))
        raise
    except BaseException as error:  # a fault of ours, a full disk, or a second Ctrl-C: stored, and raised again
        sentence = str(messages.STOPPED_AT_ONCE if isinstance(error, KeyboardInterrupt) else messages.UNEXPECTED)
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
    _end(run, RunState.OPEN, result=result.to_json(), error=stored_error(error))
    return error


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
