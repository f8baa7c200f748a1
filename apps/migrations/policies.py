# [DEF:migrations.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what to which migration, and why not.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> environments.models
"""Who may do what to which migration, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from apps.core.errors import Conflict, NothingToDo, Refused
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.migrations.models import HumanState, Migration
from apps.migrations.states import READY, Status, latest_apply, status_of
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.policies import require

PLUGIN = "migrations"


def allowed_actions(user: User, migration: Migration) -> dict[str, Verdict]:
    return verdicts(
        apply=partial(require_applicable, user, migration),
        rollback=partial(require_undoable, user, migration),
    )


def require_plannable(user: User, source: Environment, target: Environment) -> None:
    """What arrives in the target is decided there; the source is only read."""
    require(user, "environments.view", source)
    require(user, "catalogue.view", source)
    require(user, f"{PLUGIN}.plan", target)


def require_applicable(user: User, migration: Migration) -> None:
    """Whether its plan may be carried out now, as far as that can be told without the target."""
    require(user, f"{PLUGIN}.apply", migration.target)
    require_usable(migration.target)
    require_writable(migration.target)
    require_ready(migration)
    require_not_applied(migration)
    require_free(migration)


def require_undoable(user: User, migration: Migration) -> None:
    require(user, f"{PLUGIN}.rollback", migration.target)
    require_usable(migration.target)
    require_writable(migration.target)
    require_something_written(migration)
    require_free(migration)


def require_usable(environment: Environment) -> None:
    if not environment.enabled:
        raise Refused(f"The environment “{environment}” is disabled: enable it first.")


def require_writable(target: Environment) -> None:
    """Until roles and approvals exist, nobody may write to a protected target."""
    if target.protected:
        raise Refused(
            f"“{target}” is protected: its changes need an approval, and approvals are not built yet. Nothing was "
            f"written; to allow it, an administrator runs `manage.py environment edit {target} --no-protected`."
        )


def require_ready(migration: Migration) -> None:
    if HumanState(migration.state) not in READY:
        raise Refused(f"Migration {migration.pk} is {migration.state}: only a planned one can be applied.")


def require_not_applied(migration: Migration) -> None:
    if status_of(migration) == Status.DONE:
        raise NothingToDo(f"Migration {migration.pk} has been applied already.")


def require_something_written(migration: Migration) -> None:
    if latest_apply(migration) is None:
        raise NothingToDo(f"Nothing of migration {migration.pk} was written to “{migration.target}”.")
    if status_of(migration) == Status.ROLLED_BACK:
        raise NothingToDo(f"Migration {migration.pk} has been rolled back already.")


def require_free(migration: Migration) -> None:
    """No worker is at it, or about to be."""
    if at_it := task_at(migration):
        raise Conflict(
            f"Task {at_it.pk} is {at_it.state} for migration {migration.pk}: wait until it has ended.", task=at_it.pk
        )


def task_at(migration: Migration) -> Task | None:
    """The one that does something with it, or is about to."""
    return Task.objects.filter(plugin=PLUGIN, state__in=OPEN, params__migration=migration.pk).first()


def require_not_being_planned(target: Environment, params: Mapping[str, Any]) -> None:
    """A second click on the same button finds the task of the first."""
    planning = Task.objects.filter(plugin=PLUGIN, action="plan", environment=target, state__in=OPEN)
    at_it = next((task for task in planning if task.params == params), None)
    if at_it:
        raise Conflict(f"Task {at_it.pk} is {at_it.state} and plans the same: wait until it has ended.", task=at_it.pk)
