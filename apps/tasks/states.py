# [DEF:tasks.states:Module]
# @COMPLEXITY: 3
# @PURPOSE: How a task goes from state to state: one table, and one function that obeys it.
# @RELATION DEPENDS_ON -> core.rows
"""How a task goes from state to state: one table, and one function that obeys it."""

from __future__ import annotations

from typing import Any

from apps.core.rows import compare_and_set
from apps.tasks.models import Task, TaskState

MOVES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.QUEUED: frozenset({TaskState.RUNNING}),
    TaskState.RUNNING: frozenset(
        {
            TaskState.SUCCEEDED,
            TaskState.FAILED,
            TaskState.ERRORED,
            TaskState.CANCELLED,
            TaskState.LOST,
            TaskState.QUEUED,  # again, after the death of its process
        }
    ),
}


class NoSuchMove(Exception):
    """A mistake in the code: the table has no such move."""


def move(task: Task, *, to: TaskState, expected: dict[str, Any] | None = None, **changes: Any) -> bool:
    """Give the task its next state, if it still is in the one it was read with and holds what is `expected`, too.

    False if another process was quicker. The task in hand is changed on success only.
    """
    state = TaskState(task.state)
    if to not in MOVES.get(state, frozenset()):
        raise NoSuchMove(f"{task} cannot go from {state} to {to}.")
    return compare_and_set(task, expected={"state": state, **(expected or {})}, state=to, **changes)
