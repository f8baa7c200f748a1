# [DEF:migrations.liveness:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether the process of a running run still is there, and the state that the run has if it is not.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION CALLS -> tasks.worker.processes
# @RELATION DEPENDS_ON -> core.errors
"""A run whose process died is stored as running until the clock ends it (`services.runs.sweep`). Meanwhile it is shown
as what it is, without being written.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.core.errors import readable
from apps.migrations import messages
from apps.migrations.models import SILENCE, Run, RunState
from apps.tasks.worker.processes import host, is_alive


def running_runs() -> QuerySet[Run]:
    """At most one for each target."""
    return Run.objects.filter(state=RunState.RUNNING).select_related("task")


def is_gone(run: Run) -> bool:
    """Its task counts first: that is watched by a worker, wherever it runs."""
    if (run.task and run.task.ended) or timezone.now() - run.heartbeat > SILENCE:
        return True
    return run.host == host() and not is_alive(run.pid, run.born)


def state_of(run: Run) -> RunState:
    """As stored, but for a running one whose process is gone."""
    lost = run.state == RunState.RUNNING and is_gone(run)
    return RunState.INTERRUPTED if lost else RunState(run.state)


def error_of(run: Run) -> dict[str, Any] | None:
    """Why it failed: as stored, or that its process died."""
    stored = readable(run.error)
    return died() if stored is None and state_of(run) != run.state else stored


def died() -> dict[str, Any]:
    return {"kind": "process_died", "sentence": str(messages.PROCESS_DIED), "context": {}}
