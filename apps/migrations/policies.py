# [DEF:migrations.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what to which migration, and why not.
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION DEPENDS_ON -> migrations.approvals
# @RELATION DEPENDS_ON -> migrations.servers
# @RELATION DEPENDS_ON -> freezes.policies
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from apps.core.advice import advise
from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.freezes.policies import freeze_of, require_not_frozen
from apps.migrations import messages
from apps.migrations.approvals import APPROVE, approvals_of
from apps.migrations.models import JUDGEMENTS, DecisionKind, HumanState, Migration, RunState
from apps.migrations.servers import require_same_servers, require_same_target
from apps.migrations.status import READY, Status, latest_run, left_on_target, status_of
from apps.migrations.transitions import can_move
from apps.superset.execution.stages import Choice
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.policies import has_in_hand, require

PLUGIN = "migrations"
WORK = ("plan", "apply", "rollback")
"""The actions that a migration has to itself, one at a time."""


def allowed_actions(user: User, migration: Migration) -> dict[str, Verdict]:
    return verdicts(
        replan=partial(require_replannable, user, migration),
        submit=partial(require_submittable, user, migration),
        approve=partial(require_approvable, user, migration),
        reject=partial(require_rejectable, user, migration),
        withdraw=partial(require_withdrawable, user, migration),
        comment=partial(require_commentable, user, migration),
        apply=partial(require_applicable, user, migration),
        override=partial(require_overridable, user, migration),
        rollback=partial(require_undoable, user, migration),
    )


# --- Planning ---------------------------------------------------------------------------------------------------------


def require_planner(user: User, source: Environment, target: Environment) -> None:
    """What arrives in the target is decided there; the source is only read."""
    require(user, "environments.view", source)
    require(user, "catalogue.view", source)
    require(user, "migrations.plan", target)


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
        raise Conflict(messages.PLANS_THE_SAME.format(task=task.pk, state=task.state), task=task.pk)


# --- Deciding ---------------------------------------------------------------------------------------------------------


def require_submittable(user: User, migration: Migration) -> None:
    require(user, "migrations.submit", migration.target)
    require_own_or_operator(user, migration)
    require_transition(migration, HumanState.SUBMITTED)
    require_untouched(migration)


def require_withdrawable(user: User, migration: Migration) -> None:
    if migration.author_id == user.pk:
        require(user, "migrations.submit", migration.target)
    require_own_or_operator(user, migration)
    require_transition(migration, HumanState.WITHDRAWN)
    require_untouched(migration)


def require_approvable(user: User, migration: Migration) -> None:
    """Also of one that is approved already, where it takes more approvals by now."""
    require_judge(user, migration)
    approvals = approvals_of(migration)
    if migration.state == HumanState.APPROVED and not approvals.lacking:
        names = ", ".join(str(each.actor) for each in approvals.given)
        message = messages.ALREADY_APPROVED_BY if names else messages.ALREADY_APPROVED
        raise Conflict(message.format(number=migration.pk, names=names))
    if migration.state != HumanState.APPROVED:
        require_transition(migration, HumanState.APPROVED)
    require_untouched(migration)


def require_rejectable(user: User, migration: Migration) -> None:
    require_judge(user, migration)
    require_transition(migration, HumanState.REJECTED)
    require_untouched(migration)


def require_commentable(user: User, migration: Migration) -> None:
    if not has_in_hand(user, migration.author_id, migration.target):
        require_readable(user, migration)


def require_readable(user: User, migration: Migration) -> None:
    """A plan shows what is in both environments."""
    require(user, "migrations.view", migration.target)
    require(user, "catalogue.view", migration.source)


def require_judge(user: User, migration: Migration) -> None:
    """Four eyes: nobody who took part in it judges it, in whatever session and with whatever role. Nobody judges
    what they cannot read."""
    require(user, APPROVE, migration.target)
    require_readable(user, migration)
    submitted = migration.decisions.filter(kind=DecisionKind.SUBMIT, actor=user)
    if migration.author_id == user.pk or migration.plans.filter(actor=user).exists() or submitted.exists():
        raise Refused(messages.OWN_MIGRATION.format(number=migration.pk))
    if Migration.objects.answered_by(user).filter(pk=migration.pk).exists():
        raise Refused(messages.OWN_ANSWER.format(number=migration.pk))
    plan = migration.plans.last()
    if plan and (mine := plan.decisions.filter(actor=user, kind__in=JUDGEMENTS).first()):
        raise Conflict(messages.ALREADY_DECIDED.format(number=migration.pk, decision=mine.kind))


def require_own_or_operator(user: User, migration: Migration) -> None:
    if not has_in_hand(user, migration.author_id, migration.target):
        require(user, "migrations.apply", migration.target)


def require_transition(migration: Migration, to: HumanState) -> None:
    if migration.state == to and to != HumanState.PLANNED:
        raise NothingToDo(messages.ALREADY.format(number=migration.pk, state=migration.state))
    if not can_move(migration, to):
        raise Conflict(messages.CANNOT_BECOME[to].format(number=migration.pk, state=migration.state))


def require_untouched(migration: Migration) -> None:
    """Nothing of it is on the target, and no worker is at it."""
    require_free(migration)
    require_undone(migration)


def require_undone(migration: Migration) -> None:
    if left_on_target(migration):
        raise Conflict(messages.ROLL_BACK_FIRST.format(number=migration.pk, status=status_of(migration)))


# --- Applying and undoing ---------------------------------------------------------------------------------------------


def require_applicable(user: User, migration: Migration, *, override: str = "") -> None:
    """Whether its plan may be carried out now, as far as that is known without the target."""
    require(user, "migrations.apply", migration.target)
    require_ready(migration)
    require_not_applied(migration)
    require_free(migration)
    require_thawed(user, migration.target, override)


def require_overridable(user: User, migration: Migration) -> None:
    """Only there is something to override where the target is frozen."""
    require(user, "migrations.override", migration.target)
    require_applicable(user, migration, override="asked for")
    if freeze_of(migration.target) is None:
        raise NothingToDo(messages.NOT_FROZEN.format(target=migration.target, number=migration.pk))


def require_undoable(user: User, migration: Migration) -> None:
    """Neither an approval nor a freeze stands in the way of an undo."""
    require(user, "migrations.rollback", migration.target)
    require_usable(migration.target)
    require_something_written(migration)
    require_free(migration)


def require_thawed(user: User, target: Environment, override: str) -> None:
    """A freeze is overridden by a reason, and by who may give one."""
    if override.strip():
        require(user, "migrations.override", target)
    else:
        require_not_frozen(target)


def require_reason(choice: Choice, reason: str) -> None:
    if choice is Choice.FORCE and not reason.strip():
        raise LockstepError(messages.WHY_FORCED)


def require_usable(environment: Environment) -> None:
    if not environment.enabled:
        raise Refused(messages.DISABLED.format(environment=environment))


def require_ready(migration: Migration) -> None:
    """Planned for these servers, and approved where the target is protected or somebody was asked."""
    require_usable(migration.target)
    state, number = HumanState(migration.state), migration.pk
    if state == HumanState.DRAFT:
        raise Refused(_why_draft(migration), advice=advise("migrations.replan", number=number))
    if migration.target.protected and state == HumanState.PLANNED:
        needed = messages.NEEDS_APPROVAL.format(target=migration.target)
        raise Refused(needed, advice=advise("migrations.submit", number=number))
    if state == HumanState.APPROVED and status_of(migration) == Status.ROLLED_BACK:
        raise Refused(messages.APPROVAL_USED.format(number=number), advice=advise("migrations.replan", number=number))
    if state not in READY:
        only = messages.ONLY_APPROVED if migration.target.protected else messages.ONLY_PLANNED
        raise Refused(only.format(number=number, state=state))
    require_same_servers(migration)
    if state == HumanState.APPROVED:
        require_approved(migration)


def _why_draft(migration: Migration) -> str:
    returned = migration.decisions.filter(kind=DecisionKind.RETURN, plan=migration.plans.last()).last()
    if returned:
        return messages.IS_DRAFT_BECAUSE.format(number=migration.pk, why=returned.note)
    return messages.IS_DRAFT.format(number=migration.pk)


def require_approved(migration: Migration) -> None:
    """By as many as it takes now, who still may, and not too long ago."""
    approvals, number = approvals_of(migration), migration.pk
    if approvals.expired:
        raise Refused(messages.EXPIRED.format(number=number), advice=advise("migrations.replan", number=number))
    if approvals.lacking and approvals.fallen:
        facts = {"explanation": approvals.explanation, "lacking": approvals.lacking}
        raise Refused(messages.LAPSED.format(number=number, **facts))
    if approvals.lacking:
        counts = {"given": len(approvals.given), "needed": approvals.needed, "lacking": approvals.lacking}
        raise Refused(messages.LACKING.format(number=number, **counts))


def require_not_applied(migration: Migration) -> None:
    """Nor is it being undone: what may still arrive of it would meet the next apply."""
    if status_of(migration) == Status.DONE:
        raise NothingToDo(messages.ALREADY_APPLIED.format(number=migration.pk))
    run = latest_run(migration)
    if run and run.state == RunState.OPEN and run.error:
        until = datetime.fromisoformat(run.error["context"]["until"])
        message = messages.MAY_STILL_ARRIVE.format(number=migration.pk, until=f"{until:%Y-%m-%d %H:%M:%S}")
        raise Conflict(message, advice=advise("migrations.rollback_again", number=migration.pk))


def require_something_written(migration: Migration) -> None:
    """And that on the server which the environment is now."""
    if run := left_on_target(migration):
        require_same_target(run.plan, migration.target)
        return
    if status_of(migration) == Status.ROLLED_BACK:
        raise NothingToDo(messages.ALREADY_ROLLED_BACK.format(number=migration.pk))
    raise NothingToDo(messages.NOTHING_WRITTEN_OF.format(number=migration.pk, target=migration.target))


def require_free(migration: Migration) -> None:
    """No worker is at it, or about to be."""
    if task := open_task_of(migration):
        raise Conflict(messages.BUSY.format(task=task.pk, state=task.state, number=migration.pk), task=task.pk)


def open_task_of(migration: Migration) -> Task | None:
    """The one that does something with it, or is about to."""
    work = Task.objects.filter(plugin=PLUGIN, action__in=WORK, state__in=OPEN)
    return work.filter(params__migration=migration.pk).first()
