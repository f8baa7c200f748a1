# [DEF:migrations.plugin.permissions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the parameters of a task may name: who may, which environments that concerns, and what
#   is refused at the start because a worker would refuse it anyway.
# @RELATION DEPENDS_ON -> migrations.policies.execution
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.services.planning
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION DEPENDS_ON -> catalogue.services.sides
# @RELATION DEPENDS_ON -> superset.selection
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.errors
"""`require_x` says who may, and what can never be done; `places_of_x` which environments it is about; `require_x_now`
what is refused as things are. All three are checked at every entry point: the migration's own, the plugin's, a
schedule's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from apps.catalogue.services.sides import refuse_same
from apps.core.errors import Conflict, LockstepError, NotThere, Refused
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.migrations import messages
from apps.migrations.models import HumanState, Migration
from apps.migrations.policies.execution import require_applicable, require_undoable
from apps.migrations.policies.planning import (
    require_comparable,
    require_not_being_planned,
    require_own_or_operator,
    require_plannable,
    require_planner,
    require_reader,
    require_replannable,
)
from apps.migrations.services.planning import get_migration, latest_plan, require_selection
from apps.plugins.base import Places
from apps.superset.selection import Selection
from apps.users.models import User
from apps.users.policies import require

# --- Planning ---------------------------------------------------------------------------------------------------------


def require_plan(
    user: User, source: str, target: str, migration: int | None, selection: Selection, *, keep: bool
) -> None:
    here, there = get_environment(source, user=user), get_environment(target, user=user)
    (require_planner if keep else require_reader)(user, here, there)
    if migration is None:
        refuse_same(here, there)
        require_selection(selection)
        return
    found = get_migration(migration, user=user)
    require_planner(user, found.source, found.target)
    require_own_or_operator(user, found)
    if (found.source, found.target) != (here, there):
        raise LockstepError(
            messages.OTHER_ENVIRONMENTS.format(number=found.pk, source=found.source, target=found.target)
        )


def places_of_plan(source: str, target: str) -> Places:
    return Places(works_on=get_environment(target).name, reads=get_environment(source).name)


def require_plan_now(
    user: User, source: str, target: str, migration: int | None, params: Mapping[str, Any], *, keep: bool
) -> None:
    """`params` are those of the task, by which a second one of the same is known."""
    if migration is not None:
        require_replannable(user, get_migration(migration))
        return
    here, there = get_environment(source), get_environment(target)
    (require_plannable if keep else require_comparable)(user, here, there)
    require_not_being_planned(there, params)


# --- Applying and undoing ---------------------------------------------------------------------------------------------


def require_apply(user: User, migration: int, override: str) -> None:
    found = get_migration(migration, user=user)
    require(user, "migrations.apply", found.target)
    if override.strip():
        require(user, "migrations.override", found.target)
    if found.state == HumanState.WITHDRAWN:
        raise Refused(messages.WITHDRAWN.format(number=migration))


def require_apply_now(user: User, migration: int, checksum: str | None, override: str) -> None:
    """Its plan may be carried out: that with the checksum, where one is given. Pages ask this too, so it stores
    nothing: what ended by itself is refused as it is."""
    found = get_migration(migration)
    require_applicable(user, found, override=override)
    if checksum is not None and checksum.strip().lower() != latest_plan(found).checksum:
        raise Conflict(messages.OTHER_CHECKSUM.format(number=migration))


def require_rollback(user: User, migration: int) -> None:
    require(user, "migrations.rollback", get_migration(migration, user=user).target)


def require_rollback_now(user: User, migration: int) -> None:
    require_undoable(user, get_migration(migration))


def places_of(migration: int) -> Places:
    found = get_migration(migration)
    return Places(works_on=found.target.name, reads=found.source.name)


# --- Mail -------------------------------------------------------------------------------------------------------------


def require_mail(user: User, decision: int | None, run: int | None) -> None:
    if decision is not None:
        require(
            user, "migrations.mail", _of_target(Q(decisions=decision), messages.NO_DECISION.format(number=decision))
        )
    if run is not None:
        require(user, "migrations.mail", _of_target(Q(runs=run), messages.NO_RUN.format(number=run)))


def _of_target(condition: Q, missing: str) -> Environment:
    found = Migration.objects.select_related("target").filter(condition).first()
    if found is None:
        raise NotThere(missing)
    return found.target
