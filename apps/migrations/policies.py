# [DEF:migrations.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what to which migration, and why not.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> environments.models
"""Who may do what to which migration, and why not."""

from __future__ import annotations

from functools import partial

from apps.core.errors import NothingToDo, Refused
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.migrations.models import HumanState, Migration
from apps.migrations.states import READY, Status, latest_apply, status_of
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from apps.users.policies import require_administrator

PLUGIN = "migrations"
OPEN = (TaskState.QUEUED, TaskState.RUNNING)


def allowed_actions(user: User, migration: Migration) -> dict[str, Verdict]:
    return verdicts(
        apply=partial(require_applicable, user, migration),
        rollback=partial(require_undoable, user, migration),
    )


def require_applicable(user: User, migration: Migration) -> None:
    """Whether its plan may be carried out now, as far as that can be told without the target."""
    require_administrator(user)
    require_usable(migration.target)
    require_writable(migration.target)
    require_ready(migration)
    require_not_applied(migration)
    require_free(migration)


def require_undoable(user: User, migration: Migration) -> None:
    require_administrator(user)
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
    at_it = Task.objects.filter(plugin=PLUGIN, state__in=OPEN, params__migration=migration.pk).first()
    if at_it:
        raise Refused(f"Task {at_it.pk} is {at_it.state} for migration {migration.pk}: wait until it has ended.")
