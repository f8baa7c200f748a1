# [DEF:migrations.policies.state:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the state of a migration refuses, whoever asks.
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION CALLS -> migrations.transitions
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from apps.core.errors import Conflict, NothingToDo, Refused
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.known import known_of
from apps.migrations.models import PLUGIN, WORK, HumanState, Migration
from apps.migrations.status import left_on_target, status_of
from apps.migrations.transitions import can_move
from apps.tasks.models import OPEN, Task


def require_transition(migration: Migration, to: HumanState) -> None:
    if migration.state == to and to != HumanState.PLANNED:
        raise NothingToDo(messages.ALREADY.format(number=migration.pk, state=migration.state))
    if not can_move(migration, to):
        raise Conflict(messages.CANNOT_BECOME[to].format(number=migration.pk, state=migration.state))


def require_untouched(migration: Migration) -> None:
    """Nothing of it is on the target, and no worker is at it."""
    require_free(migration)
    require_undone(migration)


def require_undone(migration: Migration) -> None:
    if left_on_target(migration):
        raise Conflict(messages.ROLL_BACK_FIRST.format(number=migration.pk, status=status_of(migration)))


def require_usable(environment: Environment) -> None:
    if not environment.enabled:
        raise Refused(messages.DISABLED.format(environment=environment))


def require_free(migration: Migration) -> None:
    """No worker is at it, or about to be."""
    if task := open_task_of(migration):
        raise Conflict(messages.BUSY.format(task=task.pk, state=task.state, number=migration.pk), task=task.pk)


def open_task_of(migration: Migration) -> Task | None:
    """The one that does something with it, or is about to."""
    if known := known_of(migration):
        return known.task
    work = Task.objects.filter(plugin=PLUGIN, action__in=WORK, state__in=OPEN)
    return work.filter(params__migration=migration.pk).first()
