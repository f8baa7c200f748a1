# [DEF:tasks.view.stages:Module]
# @COMPLEXITY: 3
# @PURPOSE: The stages of a task from the start: those that its action declares, and how far each of them is.
# @RELATION CALLS -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from apps.core.errors import sentence_of
from apps.plugins.base import Stage
from apps.plugins.registry import registry
from apps.tasks import messages
from apps.tasks.models import OPEN, Task, TaskState

Begun = Mapping[str, Any]


class StageState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


def stages_of(task: Task) -> list[dict[str, Any]]:
    """Those that are declared, then others that were seen; those that were seen if none is declared."""
    begun = {stage["name"]: stage for stage in task.stages}
    action = registry().action(task.plugin, task.action)
    declared = action.stages if action else ()
    names = [*declared, *(Stage(name, name.capitalize()) for name in begun if name not in {s.name for s in declared})]
    last = max((number for number, stage in enumerate(names) if stage.name in begun), default=-1)
    total = len(names) if declared else max([len(names), *(stage["total"] for stage in task.stages)])
    return [
        {
            "name": stage.name,
            "label": str(stage.label),
            "number": number + 1,
            "total": total,
            **_progress(task, begun.get(stage.name), is_passed=number < last),
        }
        for number, stage in enumerate(names)
    ]


def _progress(task: Task, begun: Begun | None, *, is_passed: bool) -> dict[str, Any]:
    state = _state(task, begun, is_passed=is_passed)
    started, finished = (begun["started"], begun["finished"]) if begun else (None, None)
    note = " ".join(_notes(task, state, is_passed=is_passed))
    return {"state": state.value, "started": started, "finished": finished, "note": note}


def _state(task: Task, begun: Begun | None, *, is_passed: bool) -> StageState:
    if begun is None:
        return StageState.SKIPPED if is_passed or task.state not in OPEN else StageState.WAITING
    if begun["finished"] or task.state == TaskState.SUCCEEDED:
        return StageState.DONE
    if task.state == TaskState.RUNNING:
        return StageState.RUNNING
    return StageState.WAITING if task.state in OPEN else StageState.FAILED


def _notes(task: Task, state: StageState, *, is_passed: bool) -> Iterator[str]:
    progress = task.progress
    if state is StageState.RUNNING and progress:
        yield messages.PROGRESS.format(**progress)
    elif state is StageState.FAILED:
        yield sentence_of(task.error)
    elif state is StageState.SKIPPED:
        is_needless = is_passed or task.state in {*OPEN, TaskState.SUCCEEDED}
        yield str(messages.NOT_NEEDED if is_needless else messages.NOT_REACHED)
