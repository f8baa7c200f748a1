# [DEF:tasks.view.failures:Module]
# @COMPLEXITY: 3
# @PURPOSE: Why a task failed, as a page shows it: the line that says so, and what helps.
# @RELATION CALLS -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.policies
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError

from apps.core.errors import LockstepError, readable
from apps.core.policies import verdict
from apps.plugins.base import NextStep
from apps.plugins.params import parse
from apps.plugins.registry import registry
from apps.tasks import messages
from apps.tasks.models import Task
from apps.tasks.policies import require_retryable
from apps.users.models import User


def error_of(task: Task, user: User) -> dict[str, Any] | None:
    """As it is stored, with `line` and `next_steps`."""
    error = readable(task.error)
    if error is None:
        return None
    failing = task.lines.filter(level="error").order_by("-seq").values_list("seq", flat=True).first()
    steps = [{**asdict(step), "text": str(step.text)} for step in _next_steps(task, error, user)]
    return {**error, "line": failing, "next_steps": steps}


def _next_steps(task: Task, error: dict[str, Any], user: User) -> Iterator[NextStep]:
    if said := error.get("next_step"):
        yield NextStep(str(said))
    action = registry().action(task.plugin, task.action)
    if action and action.next_steps:
        with suppress(LockstepError, ValidationError):  # what it was about is gone, or not for this user
            yield from action.next_steps(user, parse(action.params, task.params), error)
    if verdict(lambda: require_retryable(user, task)).allowed:
        yield NextStep(messages.RETRY_STEP, "retry")
