# [DEF:tasks.view.row_policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a user may do with each task of a list, read with the same few queries however long it is.
# @RELATION DEPENDS_ON -> tasks.policies
# @RELATION CALLS -> plugins.policies
# @RELATION DEPENDS_ON -> users.who
# @RELATION DEPENDS_ON -> core.policies
"""It leaves out what only the action itself knows: its policy and its precondition. `policies.allowed_actions` of one
task has both, and so has each attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.core.errors import LockstepError, Refused
from apps.core.policies import Verdict, verdicts
from apps.plugins.policies import reason_against
from apps.tasks import messages
from apps.tasks.models import OPEN, Pause, Task
from apps.tasks.policies import (
    CONTROL,
    may_control,
    require_asking,
    require_cancellable,
    require_control,
    require_dismissible,
    require_environment_there,
    require_failed,
)
from apps.users.models import User
from apps.users.who import WhoCan, with_who

Guard = Callable[[User], object]


def with_row_policies(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """With the open question and the open retry of each, which its verdicts ask for."""
    pauses = Pause.objects.filter(task=OuterRef("pk"), answered=None).order_by("-pk")
    retries = Task.objects.filter(retry_of=OuterRef("pk"), state__in=OPEN).order_by("pk")
    return tasks.annotate(
        asks_until=Subquery(pauses.values("expires")[:1]),
        retry=Subquery(retries.values("pk")[:1]),
        retry_state=Subquery(retries.values("state")[:1]),
    )


def _open_pause(task: Any) -> Pause | None:
    return Pause(task=task, expires=task.asks_until) if task.asks_until else None


def _open_retry(task: Any) -> Task | None:
    return Task(pk=task.retry, state=task.retry_state) if task.retry else None


class ListedActions:
    """Of these tasks, which `rows.for_rows` has read. `naming` also says who may do what the user may not: one query,
    if there is anything."""

    def __init__(self, user: User, tasks: Sequence[Task], *, naming: bool = True) -> None:
        self._user = user
        self._who = WhoCan(CONTROL, *{f"{task.plugin}.{task.action}" for task in tasks}) if naming else None

    def of(self, task: Task) -> dict[str, Verdict]:
        guards: dict[str, Guard] = {
            "cancel": lambda user: require_cancellable(user, task),
            "retry": lambda user: self._require_retryable(user, task),
            "answer": lambda user: self._require_answerable(user, task),
            "dismiss": lambda user: require_dismissible(user, task),
        }
        who = self._who
        if who is None:
            return verdicts(**{name: lambda guard=guard: guard(self._user) for name, guard in guards.items()})
        return with_who(self._user, guards, lambda action: may_control(who, task, action))

    def may_answer(self, task: Task) -> bool:
        try:
            self._require_answerable(self._user, task)
        except LockstepError:
            return False
        return True

    def _require_retryable(self, user: User, task: Task) -> None:
        require_control(user, task)
        require_failed(task, partial(_open_retry, task))
        require_environment_there(task)
        if task.environment and not task.environment.enabled:
            raise LockstepError(messages.DISABLED.format(environment=task.environment))
        _require_permitted(user, task)

    def _require_answerable(self, user: User, task: Task) -> None:
        require_control(user, task)
        require_asking(task, _open_pause(task))
        if task.actor_id not in (None, user.pk):
            _require_permitted(user, task)


def _require_permitted(user: User, task: Task) -> None:
    """What it does, with its parameters: some take less."""
    if reason := reason_against(user, task.plugin, task.action, task.environment, task.params):
        raise Refused(reason)
