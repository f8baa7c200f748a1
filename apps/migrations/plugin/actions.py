# [DEF:migrations.plugin.actions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a worker does for migrations: plan, apply, roll back. The same services as the commands call.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.services.lookup

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.errors import LockstepError
from apps.environments.services.lookup import get_environment
from apps.migrations import messages
from apps.migrations.models import PLUGIN
from apps.migrations.plugin import permissions
from apps.migrations.plugin.execution import apply, mail, mail_protection, plan, rollback, selection_of, settle
from apps.migrations.plugin.params import (
    ApplyParams,
    MailParams,
    PlanParams,
    ProtectionMailParams,
    RollbackParams,
    SettleParams,
)
from apps.migrations.plugin.stages import PLAN_STAGES, RUN_STAGES, next_steps
from apps.migrations.review.files import INTERNAL
from apps.plugins.base import Action, Places, Plugin
from apps.plugins.params import to_json
from apps.users.models import User
from apps.users.policies import require


def _may_plan(user: User, params: PlanParams) -> None:
    permissions.require_plan(
        user, params.source, params.target, params.migration, selection_of(params), keep=params.keep
    )
    if params.migration is not None and not params.keep:
        raise LockstepError(messages.REPLAN_KEEPS)
    if params.migration is not None and (params.dashboards or params.everything):
        raise LockstepError(messages.REPLAN_SELECTS)


def _plan_now(user: User, params: PlanParams) -> None:
    permissions.require_plan_now(
        user, params.source, params.target, params.migration, to_json(params), keep=params.keep
    )


def _may_apply(user: User, params: ApplyParams) -> None:
    permissions.require_apply(user, params.migration, params.override)


def _apply_now(user: User, params: ApplyParams) -> None:
    permissions.require_apply_now(user, params.migration, params.checksum, params.override)


def _may_rollback(user: User, params: RollbackParams) -> None:
    permissions.require_rollback(user, params.migration)


def _rollback_now(user: User, params: RollbackParams) -> None:
    permissions.require_rollback_now(user, params.migration)


def _both_sides(params: ApplyParams | RollbackParams) -> Places:
    return permissions.places_of(params.migration)


def _may_settle(user: User, params: SettleParams) -> None:
    require(user, "migrations.rollback", get_environment(params.target, user=user))


def _may_mail(user: User, params: MailParams) -> None:
    permissions.require_mail(user, params.decision, params.run)


PLAN = Action(
    slug="plan",
    title=_("Plan a migration"),
    task_title=_("Plan {source} → {target}"),
    stages=PLAN_STAGES,
    next_steps=next_steps,
    params=PlanParams,
    run=plan,
    policy=_may_plan,
    permitted_by=lambda params: None if params.keep else "catalogue.view",
    places=lambda params: permissions.places_of_plan(params.source, params.target),
    precondition=_plan_now,
    internal_files=INTERNAL,
    needs_environment=True,
    repeatable=True,
    large=True,
)
APPLY = Action(
    slug="apply",
    title=_("Apply a migration"),
    task_title=_("Apply migration {migration} to {environment}"),
    stages=RUN_STAGES,
    next_steps=next_steps,
    params=ApplyParams,
    run=apply,
    policy=_may_apply,
    places=_both_sides,
    precondition=_apply_now,
    writes=True,
    large=True,
)
ROLLBACK = Action(
    slug="rollback",
    title=_("Roll back a migration"),
    task_title=_("Roll back migration {migration} on {environment}"),
    stages=RUN_STAGES,
    next_steps=next_steps,
    params=RollbackParams,
    run=rollback,
    policy=_may_rollback,
    places=_both_sides,
    precondition=_rollback_now,
    writes=True,
    large=True,
)
SETTLE = Action(
    slug="settle",
    title=_("Check unanswered requests"),
    params=SettleParams,
    run=settle,
    policy=_may_settle,
    places=lambda params: Places(works_on=get_environment(params.target).name),
    needs_environment=True,
    repeatable=True,
)
MAIL = Action(
    slug="mail",
    title=_("Send mail"),
    params=MailParams,
    run=mail,
    policy=_may_mail,
    repeatable=True,
    time_limit=300,
)
MAIL_PROTECTION = Action(
    slug="mail_protection",
    title=_("Send mail about a lowered protection"),
    params=ProtectionMailParams,
    run=mail_protection,
    repeatable=True,
    time_limit=300,
)

plugin = Plugin(
    slug=PLUGIN,
    title=_("Migrations"),
    version="1.0",
    actions=(PLAN, APPLY, ROLLBACK, SETTLE, MAIL, MAIL_PROTECTION),
)
