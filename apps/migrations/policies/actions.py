# [DEF:migrations.policies.actions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What this user may do with this migration now, why not the rest, and who may.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> users.who
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from apps.core.policies import Verdict, verdicts
from apps.migrations.models import Migration
from apps.migrations.policies.decisions import (
    require_approvable,
    require_commentable,
    require_rejectable,
    require_submittable,
    require_withdrawable,
)
from apps.migrations.policies.execution import require_applicable, require_overridable, require_undoable
from apps.migrations.policies.failures import require_failure
from apps.migrations.policies.planning import require_replannable
from apps.users.models import User
from apps.users.who import WhoCan, with_who

GUARDS: Mapping[str, Callable[[User, Migration], object]] = {
    "replan": require_replannable,
    "submit": require_submittable,
    "approve": require_approvable,
    "reject": require_rejectable,
    "withdraw": require_withdrawable,
    "comment": require_commentable,
    "apply": require_applicable,
    "override": require_overridable,
    "rollback": require_undoable,
    "dismiss": partial(require_failure, dismissed=False),
    "restore": partial(require_failure, dismissed=True),
}

NEEDED: Mapping[str, str] = {
    "replan": "migrations.plan",
    "submit": "migrations.submit",
    "approve": "migrations.approve",
    "reject": "migrations.approve",
    "apply": "migrations.apply",
    "override": "migrations.override",
    "rollback": "migrations.rollback",
}
"""What each action needs of everybody on the target: the people among whom its guard is asked."""

READ = ("environments.view", "catalogue.view", "migrations.view", "tasks.control")
"""What the guards ask for besides."""


def people() -> WhoCan:
    """Who may do what with migrations, read once for an answer about any number of them."""
    return WhoCan(*dict.fromkeys(NEEDED.values()), *READ)


def allowed_actions(user: User, migration: Migration) -> dict[str, Verdict]:
    return verdicts(**{action: partial(guard, user, migration) for action, guard in GUARDS.items()})


def allowed_with_who(user: User, migration: Migration, who: WhoCan) -> dict[str, Verdict]:
    """The same with the names of who else may, of a migration that is `known`."""
    guards = {action: partial(_ask, action, migration) for action in GUARDS}
    return with_who(user, guards, lambda action: who_may(action, migration, who))


def who_may(action: str, migration: Migration, who: WhoCan) -> tuple[str, ...]:
    """The names of those who could do it now, of those who see the migration."""
    needed = [(NEEDED[action], migration.target)] if action in NEEDED else []
    return who.passing(partial(_ask_who_sees, action, migration), *needed)


def _ask_who_sees(action: str, migration: Migration, user: User) -> None:
    require_commentable(user, migration)
    _ask(action, migration, user)


def _ask(action: str, migration: Migration, user: User) -> None:
    GUARDS[action](user, migration)
