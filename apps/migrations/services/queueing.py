# [DEF:migrations.services.queueing:Module]
# @COMPLEXITY: 3
# @PURPOSE: Handing a migration to a worker: what is refused is refused at once, not minutes later in the log of a
#   task.
# @RELATION CALLS -> tasks.services
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.selection
# @RELATION DEPENDS_ON -> core.concurrency
"""What is refused is said by the actions themselves (`permitted.py`), at this entry point and at every other."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.core.concurrency import locked
from apps.environments.models import Environment
from apps.migrations.models import PLUGIN, Migration
from apps.migrations.services.approval import review_approvals
from apps.migrations.services.execution import choice_of
from apps.superset.plan.attachment import Aspect
from apps.superset.selection import Selection
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.users.models import User


def queue_plan(  # noqa: PLR0913 - each is a word of the person who plans
    *,
    actor: User,
    source: Environment,
    target: Environment,
    selection: Selection,
    database_pairs: Sequence[str] = (),
    allow_many: bool = False,
    acknowledge: Sequence[str] = (),
    carry: Sequence[Aspect] = (),
    connections: Sequence[str] = (),
    prune: bool = False,
    keep: bool = True,
) -> Task:
    """Start the planning. The result of the task names the migration that keeps the plan, if it changes anything and is
    to be kept; the plan itself is a file of the task either way."""
    params = {
        "source": source.name,
        "target": target.name,
        "dashboards": list(selection.names),
        "everything": selection.everything,
        "databases": list(database_pairs),
        "allow_many": allow_many,
        "acknowledge": list(acknowledge),
        "carry": [aspect.value for aspect in carry],
        "connections": list(connections),
        "prune": prune,
        "migration": None,
        "keep": keep,
    }
    return start_task(actor=actor, plugin=PLUGIN, action="plan", params=params, environment=target)


def queue_replan(
    *,
    actor: User,
    migration: Migration,
    allow_many: bool = False,
    acknowledge: Sequence[str] = (),
    carry: Sequence[Aspect] | None = None,
    connections: Sequence[str] = (),
    prune: bool | None = None,
) -> Task:
    """Start the planning of the same once more. `carry` and `prune` are as before where they are None."""
    with transaction.atomic():
        migration = _locked(migration)
        params = {
            "source": migration.source.name,
            "target": migration.target.name,
            "migration": migration.pk,
            "allow_many": allow_many,
            "acknowledge": list(acknowledge),
            **({} if carry is None else {"carry": [aspect.value for aspect in carry]}),
            "connections": list(connections),
            **({} if prune is None else {"prune": prune}),
        }
        return start_task(actor=actor, plugin=PLUGIN, action="plan", params=params, environment=migration.target)


def queue_apply(*, actor: User, migration: Migration, checksum: str, override: str = "") -> Task:
    """Start the apply of the plan with this checksum: the one that was read. `override` is the reason for doing it in a
    freeze."""
    given = checksum.strip().lower()
    review_approvals()
    with transaction.atomic():
        migration = _locked(migration)
        params = {"migration": migration.pk, "checksum": given, "override": override.strip()}
        return start_task(actor=actor, plugin=PLUGIN, action="apply", params=params, environment=migration.target)


def queue_rollback(*, actor: User, migration: Migration, keep_changed: bool = False, force: str = "") -> Task:
    """Start the undo. What others have changed since `keep_changed` leaves, and `force`, a reason, undoes too."""
    choice_of(keep_changed=keep_changed, force=force)
    with transaction.atomic():
        migration = _locked(migration)
        params = {"migration": migration.pk, "keep_changed": keep_changed, "force": force.strip()}
        return start_task(actor=actor, plugin=PLUGIN, action="rollback", params=params, environment=migration.target)


def _locked(migration: Migration) -> Migration:
    """Nobody decides on it in this moment. Its target comes first: whatever starts there holds that before it asks."""
    locked(migration.target)
    return locked(migration)
