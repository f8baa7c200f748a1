# [DEF:tasks.view.waiting:Module]
# @COMPLEXITY: 3
# @PURPOSE: Why a task waits although workers run: none of them offers what it needs.
# @RELATION CALLS -> tasks.health
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION CALLS -> core.advice

from __future__ import annotations

from apps.core.advice import advise, with_advice
from apps.tasks import messages
from apps.tasks.health import is_served
from apps.tasks.models import Task, TaskState


def waiting_reason(task: Task) -> str:
    """What it waits for, and what to do; empty if it does not wait, or for an ordinary worker."""
    if task.state != TaskState.QUEUED or not task.needs or is_served(task.needs):
        return ""
    return with_advice(unserved_sentence(task.needs), advise("tasks.offer", needs=task.needs))


def unserved_sentence(needs: str) -> str:
    return messages.NEEDS_A_WORKER.format(needs=", ".join(needs.split()))
