# [DEF:migrations.plugin.stages:Module]
# @COMPLEXITY: 3
# @PURPOSE: The stages of a plan and of a run, as a task shows them, and what helps when one of them failed.
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.policies import verdict
from apps.core.row_actions import Text
from apps.migrations import messages
from apps.migrations.plugin.execution import KEEP, READ
from apps.migrations.plugin.params import ApplyParams, PlanParams, RollbackParams
from apps.migrations.policies.execution import require_undoable
from apps.migrations.policies.planning import require_replannable
from apps.migrations.services.planning import get_migration
from apps.plugins.base import NextStep, Stage
from apps.superset.execution.stages import NAMES
from apps.users.models import User

LABELS: Mapping[str, Text] = {
    "settle": _("Settle earlier requests"),
    "preflight": _("Check the target"),
    "snapshot": _("Save a snapshot"),
    "connect": _("Create connections"),
    "free slugs": _("Free slugs"),
    "send": _("Import"),
    "repair": _("Repair ids"),
    "restore": _("Restore owners"),
    "remove": _("Remove"),
    "attach": _("Set what travels beside the documents"),
    "detach": _("Delete created alerts and reports"),
    "verify": _("Verify"),
    "finish": _("Finish"),
}

PLAN_STAGES = (Stage(READ, _("Read and compare both sides")), Stage(KEEP, _("Keep the plan")))
RUN_STAGES = tuple(Stage(name, LABELS[name]) for name in NAMES)


def next_steps(
    user: User,
    params: PlanParams | ApplyParams | RollbackParams,
    error: Mapping[str, Any],  # noqa: ARG001 - the contract's
) -> Sequence[NextStep]:
    """An undo where something is on the target, else another plan."""
    return list(_steps(user, params)) if params.migration is not None else []


def _steps(user: User, params: PlanParams | ApplyParams | RollbackParams) -> Iterator[NextStep]:
    assert params.migration is not None
    migration = get_migration(params.migration, user=user)
    number = migration.pk
    if verdict(lambda: require_undoable(user, migration)).allowed:
        yield NextStep(messages.ROLLBACK_STEP.format(number=number), "rollback", number)
    elif verdict(lambda: require_replannable(user, migration)).allowed:
        yield NextStep(messages.REPLAN_STEP.format(number=number), "replan", number)
