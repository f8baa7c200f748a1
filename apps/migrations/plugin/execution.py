# [DEF:migrations.plugin.execution:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a worker carries out for migrations, by the same services as the commands.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION DEPENDS_ON -> superset.selection

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.core.concurrency import retry_on_database_error
from apps.core.errors import LockstepError, NothingToDo
from apps.core.sentences import Sentence
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.migrations import messages
from apps.migrations.mail import notifications, protection
from apps.migrations.models import Migration, Run
from apps.migrations.plugin.advice import advising_on_failure, advising_on_refusal
from apps.migrations.plugin.connection_questions import connection_secrets
from apps.migrations.plugin.params import (
    ApplyParams,
    MailParams,
    PlanParams,
    ProtectionMailParams,
    RollbackParams,
    SettleParams,
)
from apps.migrations.plugin.questions import (
    asking_for_databases,
    chosen_connections,
    database_pairs,
    keep_answers,
    signed_in,
)
from apps.migrations.review.files import files_of
from apps.migrations.services import outcomes
from apps.migrations.services.execution import apply_migration, choice_of, rollback_migration
from apps.migrations.services.planning import Created, get_migration, plan_migration, replan
from apps.plugins.base import Context
from apps.superset.selection import Selection

READ, KEEP = "read", "keep"
"""The stages of a plan."""


def plan(context: Context, params: PlanParams) -> Mapping[str, Any]:
    """The plan itself is kept as a file of the task, also where there is nothing to do and so no migration.

    It asks for the databases that have no counterpart. An answered one reads again: what was read before the pause may
    be days old, and a plan is of what is there when it is made.
    """
    source, target = get_environment(params.source), get_environment(params.target)
    context.stage(READ, 1, 2)
    with signed_in(context, source, target), asking_for_databases(), advising_on_refusal(source, target):
        pairs = _unkept(context, source, target, keep=params.keep)
        created = _created(context, params, source, target, pairs)
    context.stage(KEEP, 2, 2)
    for name, content in files_of(created).items():
        context.artefact(name, content)
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
        "connections": [*params.connections, *chosen_connections(context.answers)],
        "reporter": context,
        "task": context.task,
    }
    if params.migration is not None:
        return replan(migration=get_migration(params.migration), carry=params.carry, prune=params.prune, **how)
    chosen: dict[str, Any] = {"selection": selection_of(params), "carry": params.carry or (), "keep": params.keep}
    chosen["prune"] = bool(params.prune)
    return plan_migration(source=source, target=target, **chosen, **how)


def selection_of(params: PlanParams) -> Selection:
    return Selection(params.dashboards, everything=params.everything)


def _unkept(context: Context, source: Environment, target: Environment, *, keep: bool) -> list[str]:
    """The answered pairs of databases that are for this plan only: others are kept if the plan is."""
    pairs, actor = database_pairs(context.answers), context.answered_by or context.actor
    if not pairs or not keep:
        return pairs
    return keep_answers(pairs, actor=actor, source=source, target=target, reporter=context)


def apply(context: Context, params: ApplyParams) -> Mapping[str, Any]:
    def act(migration: Migration) -> Run:
        return apply_migration(
            actor=context.actor,
            migration=migration,
            reporter=context,
            checksum=params.checksum,
            override=params.override,
            secrets=connection_secrets(context, migration),
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
        context.log(Sentence(messages.NOTHING_TO_DO_LINE, why=nothing))
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
    return protection.send(params.protection, context.log)
