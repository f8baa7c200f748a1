# [DEF:tasks.transitions:Module]
# @COMPLEXITY: 3
# @PURPOSE: How a task goes from state to state: one table, and one function that obeys it and writes the audit.
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.tasks.live.doorbell import ACTIVITY, ring, task_topic
from apps.tasks.models import ENDED, Pause, Task, TaskState
from apps.users.models import User

TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.QUEUED: frozenset({TaskState.RUNNING, TaskState.CANCELLED}),
    TaskState.RUNNING: frozenset(
        {
            TaskState.SUCCEEDED,
            TaskState.FAILED,
            TaskState.ERRORED,
            TaskState.CANCELLED,
            TaskState.TIMED_OUT,
            TaskState.LOST,
            TaskState.AWAITING_INPUT,
            TaskState.QUEUED,  # again, after the death of its process
        }
    ),
    TaskState.AWAITING_INPUT: frozenset({TaskState.QUEUED, TaskState.CANCELLED, TaskState.TIMED_OUT}),
}

VERBS = {
    TaskState.QUEUED: "task.queue",
    TaskState.RUNNING: "task.claim",
    TaskState.AWAITING_INPUT: "task.ask",
    TaskState.SUCCEEDED: "task.succeed",
    TaskState.FAILED: "task.fail",
    TaskState.ERRORED: "task.err",
    TaskState.CANCELLED: "task.cancel",
    TaskState.TIMED_OUT: "task.time_out",
    TaskState.LOST: "task.lose",
}
"""What the audit calls the transition to each state."""


class InvalidTransition(Exception):
    """A mistake in the code: the table has no such transition."""


def transition(
    task: Task,
    *,
    to: TaskState,
    actor: User | None,
    expected: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> bool:
    """Give the task its next state, if it still is in the one it was read with and holds what is `expected`, too.

    Without an actor it is the system that moves it: the audit names the surface (worker, reaper) and who it works for.
    False if another process was quicker. After an exception the task in hand is of no use: try again with a copy.
    """
    state = TaskState(task.state)
    if to not in TRANSITIONS.get(state, frozenset()):
        raise InvalidTransition(f"{task} cannot go from {state} to {to}.")
    with transaction.atomic():
        moved = compare_and_set(task, expected={"state": state, **(expected or {})}, state=to, **changes)
        if moved:
            if to in ENDED:
                Pause.objects.filter(task=task, secrets__isnull=False).update(secrets=None)
            after = {"state": to.value, **(facts or {})} | ({} if actor else {"for": task.started_by})
            record(actor=actor, action=VERBS[to], target=task, before={"state": state.value}, after=after)
            ring(task_topic(task.pk), ACTIVITY)
    return moved
