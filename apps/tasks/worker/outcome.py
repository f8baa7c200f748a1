# [DEF:tasks.worker.outcome:Module]
# @COMPLEXITY: 3
# @PURPOSE: How a task ends: the outcome of what its action returned or raised.
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> tasks.worker.cancellation
# @RELATION DEPENDS_ON -> tasks.worker.masking
# @RELATION DEPENDS_ON -> plugins.inputs
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from apps.contracts.plain_text import one_line
from apps.core.concurrency import AWAY
from apps.core.errors import LockstepError, stored_error
from apps.plugins.inputs import InputRequired
from apps.superset.errors import Cancelled, SupersetError
from apps.tasks import messages
from apps.tasks.models import TaskState
from apps.tasks.worker.cancellation import NotStored, Stop
from apps.tasks.worker.masking import Mask

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    state: TaskState
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    asked: InputRequired | None = None
    cause: BaseException | None = None
    """What was raised, for a command that runs the task itself."""


def failure(error: BaseException, stop: Stop, mask: Mask) -> Outcome:
    """How a task ends whose action raised this."""
    match error:
        case InputRequired():
            return Outcome(TaskState.AWAITING_INPUT, asked=error)
        case Cancelled():
            state = stopped_as(stop)
            kind = "time_limit" if state == TaskState.TIMED_OUT else error.kind
            return _announced(mask, state, {**stored_error(error), "kind": kind}, error)
        case LockstepError() | SupersetError():
            return _announced(mask, TaskState.FAILED, stored_error(error), error)
        case ValidationError():
            sentence = " ".join(error.messages)
            invalid = {"kind": "invalid", "detail": sentence, "context": {}, "sentence": sentence}
            return _announced(mask, TaskState.FAILED, invalid, error)
    if isinstance(error, AWAY):  # mostly a full disk, or a database that is gone; the task keeps the stack trace
        logger.error("a task ended: the database failed (%s)", error)
    elif isinstance(error, NotStored):  # the journal has logged what the database said
        logger.error("a task ended: %s", error)
    else:
        logger.error("a task ended unexpectedly", exc_info=error)
    facts = {
        "kind": "unexpected",
        "sentence": mask.text(_unexpected(error)),
        "context": {},
        "traceback": mask.text("".join(traceback.format_exception(error))),
    }
    return Outcome(TaskState.ERRORED, error=facts, cause=error)


def _unexpected(error: BaseException) -> str:
    """Without the name of a class, which says nothing to who waits for the task; the traceback has it."""
    said = one_line(error).rstrip(".")
    return messages.UNEXPECTED_SAYING.format(error=said) if said else str(messages.UNEXPECTED)


def stopped_as(stop: Stop) -> TaskState:
    timed_out = stop.is_out_of_time and not stop.cancelled_by
    return TaskState.TIMED_OUT if timed_out else TaskState.CANCELLED


def _announced(mask: Mask, state: TaskState, facts: dict[str, Any], error: BaseException) -> Outcome:
    return Outcome(state, error=mask.json(facts), cause=error)


def cancelled_while_asking(stop: Stop, mask: Mask) -> Outcome:
    return failure(Cancelled(str(messages.CANCELLED_WHILE_ASKING)), stop, mask)


def plain(result: Mapping[str, Any] | None, mask: Mask) -> dict[str, Any] | None:
    if result is None:
        return None
    if not isinstance(result, Mapping):
        raise TypeError(f"An action returns a mapping or None, not a {type(result).__name__}.")
    masked: dict[str, Any] = mask.json(dict(result))
    return masked
