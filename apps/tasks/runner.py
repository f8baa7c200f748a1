"""Runs a task from its claim to its end.

Here is the broad `except` of the project: whatever a plugin raises becomes a stored outcome.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.audit.surface import through
from apps.core.errors import LockstepError
from apps.plugins.params import parse
from apps.plugins.services import runnable_action, settings_of
from apps.superset.errors import Cancelled, SupersetError
from apps.tasks import queue
from apps.tasks.claiming import claim, eligible
from apps.tasks.context import TaskContext
from apps.tasks.log import Journal, Line
from apps.tasks.masking import Mask, mask_of_all_environments
from apps.tasks.models import Task, TaskState
from apps.tasks.states import move

logger = logging.getLogger(__name__)

SOURCE = "worker"


class InsideTransaction(Exception):
    """A mistake in the code: a plugin would run, and talk to servers, while a transaction is open."""


@dataclass(frozen=True, slots=True)
class Outcome:
    state: TaskState
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    raised: BaseException | None = None
    """What must go on after it is stored: the end of this process."""


def work() -> bool:
    """Run the task that is next; False if there is none. What a wake-up calls."""
    if connection.in_atomic_block:
        raise InsideTransaction("Tasks are run outside of any transaction.")
    task = claim()
    if task is None:
        return False
    try:
        _run(task)
    finally:
        if eligible().exists():
            queue.wake()
    return True


def _run(task: Task) -> None:
    mask = mask_of_all_environments()
    journal = Journal(task)
    journal.line(Line(f"attempt {task.attempts} begins in process {task.pid} on {task.host}", "debug", SOURCE))
    try:
        outcome = _attempt(task, journal, mask)
        if outcome.error:
            journal.line(Line(outcome.error["sentence"], "error", SOURCE))
    finally:
        journal.close()
    _end(task, outcome)
    if outcome.raised is not None:
        raise outcome.raised


def _attempt(task: Task, journal: Journal, mask: Mask) -> Outcome:
    context = None
    try:
        action = runnable_action(task.plugin, task.action)
        if task.environment_name and task.environment is None:
            raise LockstepError(f"The environment “{task.environment_name}” was removed.")
        params = parse(action.params, task.params)
        settings = settings_of(task.plugin)
        context = TaskContext(task, journal, mask, time_limit=action.time_limit, settings=settings)
        with through("worker"):
            result = _plain(action.run(context, params), mask)
        context.finish()
    except BaseException as error:  # noqa: BLE001 - the one place where all is told apart
        return _told_apart(error, context, mask)
    return Outcome(TaskState.SUCCEEDED, result=result)


def _told_apart(error: BaseException, context: TaskContext | None, mask: Mask) -> Outcome:
    match error:
        case Cancelled() if context and context.is_out_of_time:
            return _announced(TaskState.FAILED, {**error.to_json(), "kind": "time_limit"}, error, mask)
        case Cancelled():
            return _announced(TaskState.CANCELLED, error.to_json(), error, mask)
        case LockstepError() | SupersetError():
            return _announced(TaskState.FAILED, error.to_json(), error, mask)
        case ValidationError():
            sentence = " ".join(error.messages)
            return _announced(TaskState.FAILED, {"kind": "invalid", "detail": sentence, "context": {}}, sentence, mask)
    logger.error("a task ended unexpectedly", exc_info=error)
    facts = {
        "kind": "unexpected",
        "sentence": mask.text(f"Ended unexpectedly ({type(error).__name__}: {error})."),
        "context": {},
        "traceback": mask.text("".join(traceback.format_exception(error))),
    }
    return Outcome(TaskState.ERRORED, error=facts, raised=None if isinstance(error, Exception) else error)


def _announced(state: TaskState, facts: dict[str, Any], sentence: object, mask: Mask) -> Outcome:
    return Outcome(state, error=mask.json({**facts, "sentence": str(sentence)}))


def _plain(result: Mapping[str, Any] | None, mask: Mask) -> dict[str, Any] | None:
    if result is None:
        return None
    if not isinstance(result, Mapping):
        raise TypeError(f"An action returns a mapping or None, not a {type(result).__name__}.")
    plain: dict[str, Any] = mask.json(dict(result))
    return plain


def _end(task: Task, outcome: Outcome) -> None:
    with transaction.atomic():
        ended = move(
            task,
            to=outcome.state,
            expected={"lease": task.lease},
            finished=timezone.now(),
            result=outcome.result,
            error=outcome.error,
        )
        if ended:
            record(actor=task.actor, action="task.end", target=task, after={"state": task.state}, source="worker")
    if not ended:
        logger.warning("%s was taken from this process: that it ended as %s is not stored", task, outcome.state)
