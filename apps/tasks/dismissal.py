# [DEF:tasks.dismissal:Module]
# @COMPLEXITY: 3
# @PURPOSE: Taking failures off the overview, and back: of tasks, and for the apps above.
# @RELATION DEPENDS_ON -> users.dismissal
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from django.db import models, transaction
from django.utils import timezone
from django.utils.text import capfirst

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.core.errors import NothingToDo
from apps.tasks import messages
from apps.tasks.models import Task
from apps.tasks.policies import require_dismissible, require_restorable
from apps.users.dismissal import Dismissible
from apps.users.models import User


def dismiss_task(*, actor: User, task: Task) -> None:
    require_dismissible(actor, task)
    set_dismissed(actor=actor, row=task, target=task, dismissed=True)


def restore_task(*, actor: User, task: Task) -> None:
    require_restorable(actor, task)
    set_dismissed(actor=actor, row=task, target=task, dismissed=False)


def said_of(row: models.Model, *, dismissed: bool) -> str:
    """The sentence afterwards, on every surface: “Task 7 no longer shows on the overview.”"""
    kind = capfirst(str(row._meta.verbose_name))  # noqa: SLF001
    what = f"{kind} “{row.name}”" if hasattr(row, "name") else f"{kind} {row.pk}"
    return (messages.DISMISSED if dismissed else messages.RESTORED).format(what=what)


def set_dismissed(*, actor: User, row: Dismissible, target: models.Model, dismissed: bool) -> None:
    """Of a row that the caller has checked. The audit has it as an act on the target: `schedule.dismiss`."""
    verb = f"{target._meta.model_name}.{'dismiss' if dismissed else 'restore'}"  # noqa: SLF001
    at, by = (timezone.now(), actor) if dismissed else (None, None)
    with transaction.atomic():
        if not compare_and_set(row, expected={"dismissed__isnull": dismissed}, dismissed=at, dismissed_by=by):
            raise NothingToDo(messages.ALREADY_DISMISSED if dismissed else messages.NOT_DISMISSED)
        record(actor=actor, action=verb, target=target)
