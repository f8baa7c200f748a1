# [DEF:migrations.policies.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may plan, and plan again.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.errors import Conflict
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.models import PLUGIN, HumanState, Migration
from apps.migrations.policies.state import require_free, require_transition, require_undone, require_usable
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.policies import has_in_hand, require


def require_planner(user: User, source: Environment, target: Environment) -> None:
    """What arrives in the target is decided there; the source is only read."""
    require(user, "environments.view", source)
    require(user, "catalogue.view", source)
    require(user, "migrations.plan", target)


def require_reader(user: User, source: Environment, target: Environment) -> None:
    """Who may see what both have may see how they differ. Whoever may plan for the target sees that anyway."""
    require(user, "environments.view", source)
    require(user, "catalogue.view", source)
    if not user.access.may("migrations.plan", target):
        require(user, "catalogue.view", target)


def require_comparable(user: User, source: Environment, target: Environment) -> None:
    """For a plan that is only shown: nobody can apply it, and nobody has to decide on it."""
    require_reader(user, source, target)
    require_usable(source)
    require_usable(target)


def require_plannable(user: User, source: Environment, target: Environment) -> None:
    require_planner(user, source, target)
    require_usable(source)
    require_usable(target)


def require_replannable(user: User, migration: Migration) -> None:
    """A new plan takes the place of the old one, and with it whatever was decided on that."""
    require_replaceable(user, migration)
    require_free(migration)


def require_replaceable(user: User, migration: Migration) -> None:
    """The same for the worker that is at it."""
    require_plannable(user, migration.source, migration.target)
    require_own_or_operator(user, migration)
    require_transition(migration, HumanState.PLANNED)
    require_undone(migration)


def require_not_being_planned(target: Environment, params: Mapping[str, Any]) -> None:
    """A second click on the same button finds the task of the first."""
    planning = Task.objects.filter(plugin=PLUGIN, action="plan", environment=target, state__in=OPEN)
    task = next((each for each in planning if each.params == params), None)
    if task:
        raise Conflict(messages.PLANS_THE_SAME.format(task=task.pk, state=task.state_in_words), task=task.pk)


def require_own_or_operator(user: User, migration: Migration) -> None:
    if not has_in_hand(user, migration.author_id, migration.target):
        require(user, "migrations.apply", migration.target)
