# [DEF:migrations.permitted:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a task may be told to work on by its parameters: who starts it needs the same permissions there as
#   for the environment that it is started for.
# @RELATION DEPENDS_ON -> migrations.policies
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> environments.services
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.errors
"""What a task may be told to work on by its parameters: who starts it needs the same permissions there as for the
environment that it is started for."""

from __future__ import annotations

from django.db.models import Q

from apps.core.errors import NotThere
from apps.environments.models import Environment
from apps.environments.services import get_environment
from apps.migrations.models import Migration
from apps.migrations.policies import require_own_or_operator, require_planner
from apps.migrations.services.planning import get_migration
from apps.users.models import User
from apps.users.policies import require


def require_plan(user: User, source: str, target: str, migration: int | None) -> None:
    require_planner(user, get_environment(source, user=user), get_environment(target, user=user))
    if migration is not None:
        found = get_migration(migration, user=user)
        require_planner(user, found.source, found.target)
        require_own_or_operator(user, found)


def require_apply(user: User, migration: int, override: str) -> None:
    target = get_migration(migration, user=user).target
    require(user, "migrations.apply", target)
    if override.strip():
        require(user, "migrations.override", target)


def require_rollback(user: User, migration: int) -> None:
    require(user, "migrations.rollback", get_migration(migration, user=user).target)


def require_mail(user: User, decision: int | None, run: int | None) -> None:
    if decision is not None:
        require(user, "migrations.mail", _of_target(Q(decisions=decision), f"decision {decision}"))
    if run is not None:
        require(user, "migrations.mail", _of_target(Q(runs=run), f"run {run}"))


def _of_target(condition: Q, what: str) -> Environment:
    found = Migration.objects.select_related("target").filter(condition).first()
    if found is None:
        raise NotThere(f"There is no {what} of a migration.")
    return found.target
