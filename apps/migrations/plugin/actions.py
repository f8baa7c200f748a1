# [DEF:migrations.plugin.actions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a worker does for migrations: plan, apply, roll back. The same services as the commands call.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> environments.services
# @RELATION DEPENDS_ON -> superset.selection
# @RELATION DEPENDS_ON -> catalogue.services.mappings

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalogue.policies import require_mappable
from apps.catalogue.services.mappings import set_mappings
from apps.catalogue.services.sides import read_sides
from apps.core.concurrency import retry_on_database_error
from apps.core.errors import LockstepError, NothingToDo
from apps.core.policies import verdict
from apps.environments.models import Environment
from apps.environments.services import get_environment
from apps.migrations import messages, notifications, protection_mail
from apps.migrations.models import Migration, Run
from apps.migrations.plugin import permissions
from apps.migrations.plugin.advice import advising_on_failure, advising_on_refusal
from apps.migrations.plugin.questions import asking_for_databases, database_pairs, signed_in
from apps.migrations.policies import PLUGIN
from apps.migrations.services import outcomes
from apps.migrations.services.execution import apply_migration, choice_of, rollback_migration
from apps.migrations.services.planning import Created, get_migration, plan_migration, replan
from apps.plugins.base import Action, Context, Places, Plugin
from apps.plugins.params import to_json
from apps.superset.selection import Selection
from apps.users.models import User
from apps.users.policies import require

PLAN_FILE = "plan.json"


@dataclass(frozen=True)
class PlanParams:
    source: str = field(metadata={"title": _("From"), "help": _("environment that has the dashboards")})
    target: str = field(metadata={"title": _("To"), "help": _("environment to migrate them to")})
    dashboards: tuple[str, ...] = field(
        default=(), metadata={"title": _("Dashboards"), "help": _("id, UUID or slug of each, in the source")}
    )
    everything: bool = field(default=False, metadata={"title": _("All dashboards of the source")})
    databases: tuple[str, ...] = field(
        default=(), metadata={"title": _("Databases"), "help": _("SOURCE=TARGET, by name or UUID, for this plan only")}
    )
    allow_many: bool = field(default=False, metadata={"title": _("Skip the overwrite limit")})
    acknowledge: tuple[str, ...] = field(
        default=(), metadata={"title": _("Acknowledge"), "help": _("names given by a refusal, to plan anyway")}
    )
    migration: int | None = field(
        default=None,
        metadata={"title": _("Migration"), "help": _("plan this migration again, with the same selection")},
    )


@dataclass(frozen=True)
class ApplyParams:
    migration: int = field(metadata={"title": _("Migration")})
    checksum: str | None = field(
        default=None, metadata={"title": _("Checksum"), "help": _("apply only the plan with this checksum")}
    )
    override: str = field(
        default="",
        metadata={"title": _("Override a freeze"), "help": _("reason for applying while the target is frozen")},
    )


@dataclass(frozen=True)
class RollbackParams:
    migration: int = field(metadata={"title": _("Migration")})
    keep_changed: bool = field(
        default=False,
        metadata={"title": _("Keep later changes"), "help": _("undo the rest and keep what others have changed since")},
    )
    force: str = field(
        default="",
        metadata={"title": _("Undo later changes, too"), "help": _("reason; the changes of others are lost")},
    )


@dataclass(frozen=True)
class SettleParams:
    target: str = field(metadata={"title": _("Target"), "help": _("environment that the requests were sent to")})


@dataclass(frozen=True)
class MailParams:
    decision: int | None = field(default=None, metadata={"title": _("Decision")})
    run: int | None = field(default=None, metadata={"title": _("Run")})


@dataclass(frozen=True, slots=True)
class ProtectionMailParams:
    protection: int = field(metadata={"title": _("Request to lower a protection")})


def plan(context: Context, params: PlanParams) -> Mapping[str, Any]:
    """The plan itself is kept as a file of the task, also where there is nothing to do and so no migration.

    It asks for the databases that have no counterpart. An answered one reads again: what was read before the pause may
    be days old, and a plan is of what is there when it is made.
    """
    source, target = get_environment(params.source), get_environment(params.target)
    context.stage("read", 1, 2)
    with signed_in(context, source, target), asking_for_databases(), advising_on_refusal(source, target):
        pairs = _unkept(context, source, target)
        created = _created(context, params, source, target, pairs)
    context.stage("keep", 2, 2)
    context.artefact(PLAN_FILE, json.dumps(created.plan.to_json(), ensure_ascii=False).encode())
    return {
        "migration": created.migration.pk if created.migration else None,
        "checksum": created.plan.checksum,
        "pending": created.plan.pending,
    }


def _created(
    context: Context, params: PlanParams, source: Environment, target: Environment, pairs: Sequence[str]
) -> Created:
    how: dict[str, Any] = {
        "actor": context.actor,
        "database_pairs": [*params.databases, *pairs],
        "allow_many": params.allow_many,
        "acknowledge": params.acknowledge,
        "reporter": context,
        "task": context.task,
    }
    if params.migration is not None:
        return replan(migration=get_migration(params.migration), **how)
    return plan_migration(source=source, target=target, selection=_selection(params), **how)


def _selection(params: PlanParams) -> Selection:
    return Selection(params.dashboards, everything=params.everything)


def _unkept(context: Context, source: Environment, target: Environment) -> list[str]:
    """The answered pairs of databases that are for this plan only: others are kept, if who answered may keep them."""
    pairs, actor = database_pairs(context.answers), context.answered_by or context.actor
    if not pairs:
        return []
    if refusal := verdict(partial(require_mappable, actor, source, target)).reason:
        context.log(f"mapped as answered, for this plan only: {refusal}")
        return pairs
    sides = partial(read_sides, reporter=context)
    for mapping in set_mappings(actor=actor, source=source, target=target, pairs=pairs, sides=sides):
        context.log(f"mapped as answered: {mapping}")
    return []


def apply(context: Context, params: ApplyParams) -> Mapping[str, Any]:
    def act(migration: Migration) -> Run:
        return apply_migration(
            actor=context.actor,
            migration=migration,
            reporter=context,
            checksum=params.checksum,
            override=params.override,
            task=context.task,
        )

    return _acted(context, params.migration, act)


def rollback(context: Context, params: RollbackParams) -> Mapping[str, Any]:
    def act(migration: Migration) -> Run:
        return rollback_migration(
            actor=context.actor,
            migration=migration,
            reporter=context,
            choice=choice_of(keep_changed=params.keep_changed, force=params.force),
            reason=params.force,
            task=context.task,
        )

    return _acted(context, params.migration, act)


def _acted(context: Context, number: int, act: Callable[[Migration], Run]) -> Mapping[str, Any]:
    """What is so already is no failure. The write lock is that of the task's environment, which is the target."""
    migration = retry_on_database_error(lambda: get_migration(number), f"looking for migration {number}")
    try:
        with signed_in(context, migration.target), advising_on_failure(migration):
            return {"migration": number, "run": act(migration).pk}
    except NothingToDo as nothing:
        context.log(f"nothing to do: {nothing}")
        return {"migration": number, "run": None, "nothing_to_do": str(nothing)}


def settle(context: Context, params: SettleParams) -> Mapping[str, Any]:
    """What became of requests whose answers never came, once they cannot be carried out any more."""
    target = get_environment(params.target)
    return {"settled": outcomes.settle(target=target, reporter=context)}


def mail(context: Context, params: MailParams) -> Mapping[str, Any]:
    """Mail about a decision or a run. If it fails, the migration goes on."""
    if params.decision is not None:
        email = notifications.email_of_decision(params.decision)
    elif params.run is not None:
        email = notifications.email_of_run(params.run)
    else:
        raise LockstepError(messages.DECISION_OR_RUN)
    return notifications.send(email, context.log)


def mail_protection(context: Context, params: ProtectionMailParams) -> Mapping[str, Any]:
    return protection_mail.send(params.protection, context.log)


def _may_plan(user: User, params: PlanParams) -> None:
    permissions.require_plan(user, params.source, params.target, params.migration, _selection(params))


def _plan_now(user: User, params: PlanParams) -> None:
    permissions.require_plan_now(user, params.source, params.target, params.migration, to_json(params))


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
    title="Plan a migration",
    params=PlanParams,
    run=plan,
    policy=_may_plan,
    places=lambda params: permissions.places_of_plan(params.source, params.target),
    precondition=_plan_now,
    needs_environment=True,
    repeatable=True,
)
APPLY = Action(
    slug="apply",
    title="Apply a migration",
    params=ApplyParams,
    run=apply,
    policy=_may_apply,
    places=_both_sides,
    precondition=_apply_now,
    writes=True,
)
ROLLBACK = Action(
    slug="rollback",
    title="Roll back a migration",
    params=RollbackParams,
    run=rollback,
    policy=_may_rollback,
    places=_both_sides,
    precondition=_rollback_now,
    writes=True,
)
SETTLE = Action(
    slug="settle",
    title="Check unanswered requests",
    params=SettleParams,
    run=settle,
    policy=_may_settle,
    places=lambda params: Places(works_on=get_environment(params.target).name),
    needs_environment=True,
    repeatable=True,
)
MAIL = Action(
    slug="mail",
    title="Send mail",
    params=MailParams,
    run=mail,
    policy=_may_mail,
    repeatable=True,
    time_limit=300,
)
MAIL_PROTECTION = Action(
    slug="mail_protection",
    title="Send mail about a lowered protection",
    params=ProtectionMailParams,
    run=mail_protection,
    repeatable=True,
    time_limit=300,
)

plugin = Plugin(
    slug=PLUGIN,
    title="Migrations",
    version="1.0",
    actions=(PLAN, APPLY, ROLLBACK, SETTLE, MAIL, MAIL_PROTECTION),
)
