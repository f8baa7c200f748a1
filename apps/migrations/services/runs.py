# [DEF:migrations.services.runs:Module]
# @COMPLEXITY: 3
# @PURPOSE: The life of a run: one at a time for each target, and never lost when its process dies.
# @RELATION DEPENDS_ON -> core.rows
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> tasks.processes
# @RELATION CALLS -> migrations.notifications
"""The life of a run: one at a time for each target, and never lost when its process dies."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.errors import Conflict, LockstepError
from apps.core.files import store
from apps.core.rows import compare_and_set
from apps.environments.models import Environment
from apps.migrations import notifications
from apps.migrations.models import PlanRecord, Run, RunKind, RunState
from apps.superset.assets import Key
from apps.superset.errors import Cancelled, SupersetError
from apps.superset.execute import Result
from apps.superset.protocol import Reporter
from apps.tasks.processes import host, is_alive, machine_of
from apps.users.models import User

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)
SILENCE = timedelta(minutes=15)
"""A run that was silent for longer is dead: the longest request is given up after ten minutes."""

RUNNING = {"state": RunState.RUNNING}


def claim(*, actor: User, plan: PlanRecord, kind: RunKind, task: int | None = None) -> Run:
    """A new running run. Conflict while another one writes to the same target; one whose process died gives way."""
    migration = plan.migration
    sweep(target=migration.target)
    run = Run(
        migration=migration,
        plan=plan,
        target=migration.target,
        kind=kind,
        actor=actor,
        task_id=task,
        host=host(),
        pid=os.getpid(),
        heartbeat=timezone.now(),
        sent=[],
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            facts = {"run": run.pk, "plan": plan.number, "checksum": plan.checksum}
            record(actor=actor, action=f"migration.{kind}", target=migration, after=facts)
    except IntegrityError:
        raise _occupied(migration.target) from None
    return run


def sweep(*, target: Environment | None = None) -> list[Run]:
    """Mark running runs whose process is gone as interrupted; returns them."""
    running = Run.objects.filter(**RUNNING).select_related("task")
    if target is not None:
        running = running.filter(target=target)
    error = {"kind": "process_died", "sentence": "The process of this run ended before the run did.", "context": {}}
    return [run for run in running if _is_gone(run) and _end(run, RunState.INTERRUPTED, error=error)]


@contextmanager
def recorded(run: Run) -> Iterator[None]:
    """Store how the body ended, whatever it was; every error goes on to the caller."""
    try:
        yield
    except SupersetError as error:
        state = RunState.INTERRUPTED if isinstance(error, Cancelled) else RunState.FAILED
        _end(run, state, error={**error.to_json(), "sentence": str(error)})
        raise
    except LockstepError as error:  # of the ledger
        _end(run, RunState.FAILED, error={**error.to_json(), "sentence": str(error)})
        raise
    except BaseException as error:
        # Not announced: a fault of ours, a full disk, or a second Ctrl-C
        sentence = f"Ended unexpectedly ({type(error).__name__}): the target may have been written to in part."
        _end(run, RunState.INTERRUPTED, error={"kind": "unexpected", "sentence": sentence, "context": {}})
        raise


def succeed(run: Run, result: Result) -> None:
    _end(run, RunState.SUCCEEDED, result=asdict(result))


class RunLedger:
    """Ties to the run what must outlive its process. Conflict, and so no request, if the run was given up meanwhile."""

    def __init__(self, run: Run, *, before_first: Callable[[], None] = lambda: None) -> None:
        """`before_first` raises where nothing may be written after all: asked before the snapshot and the first."""
        self._run, self._before_first = run, before_first

    def snapshot(self, content: bytes) -> None:
        self._before_first()
        stored = store("snapshots", content)
        self._keep(snapshot_path=stored.path, snapshot_sha256=stored.sha256)

    def writing(self, keys: Collection[Key]) -> None:
        if not self._run.sent:
            self._before_first()
        self._keep(sent=list(dict.fromkeys([*(self._run.sent or ()), *map(str, keys)])))

    def _keep(self, **fields: Any) -> None:
        if not compare_and_set(self._run, expected=RUNNING, **fields):
            raise Conflict(f"Run {self._run.pk} was given up by another process: it writes nothing more.")


class Beating:
    """A reporter that also keeps the run's heartbeat, and stops a run that another process took for dead."""

    def __init__(self, reporter: Reporter, run: Run) -> None:
        self._reporter = reporter
        self._run = run

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self._reporter.log(text, level=level, **facts)
        self._beat()

    def progress(self, stage: str, done: int, total: int) -> None:
        self._reporter.progress(stage, done, total)
        self._beat()

    def check_cancelled(self) -> None:
        self._reporter.check_cancelled()
        if not Run.objects.filter(pk=self._run.pk, **RUNNING).exists():
            raise Cancelled("another process took this run for dead and marked it interrupted")

    def _beat(self) -> None:
        now = timezone.now()
        if now - self._run.heartbeat < HEARTBEAT:
            return
        try:
            compare_and_set(self._run, expected=RUNNING, heartbeat=now)
        except DatabaseError as error:  # a reporter never fails; the next beat will tell
            logger.warning("run %s: heartbeat not stored (%s)", self._run.pk, type(error).__name__)


def _end(run: Run, state: RunState, **outcome: Any) -> bool:
    with transaction.atomic():
        ended = compare_and_set(run, expected=RUNNING, state=state, finished=timezone.now(), **outcome)
        if ended:
            facts = {"run": run.pk, "state": state.value, "written": run.written}
            record(actor=run.actor, action=f"migration.{run.kind}.end", target=run.migration, after=facts)
            notifications.ended(run)
    return ended


def _is_gone(run: Run) -> bool:
    """Its task tells first: that is watched by a worker, wherever it runs."""
    if (run.task and run.task.ended) or timezone.now() - run.heartbeat > SILENCE:
        return True
    return run.host == host() and not is_alive(run.pid)


def _occupied(target: Environment) -> Conflict:
    holder = Run.objects.filter(target=target, **RUNNING).first()
    who = f"{holder} (process {holder.pid} on {machine_of(holder.host)})" if holder else "another run"
    return Conflict(f"“{target}” is being written by {who}: wait until it has ended, then try again.")
