# [DEF:migrations.policies.execution:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may apply a migration and roll it back, and when.
# @RELATION CALLS -> migrations.approvals
# @RELATION CALLS -> migrations.servers
# @RELATION CALLS -> freezes.policies
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.advice
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.core.advice import advise
from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.environments.models import Environment
from apps.freezes.models import FreezeWindow
from apps.freezes.policies import freeze_of, require_not_frozen
from apps.migrations import messages
from apps.migrations.approvals import approvals_of
from apps.migrations.known import known_of
from apps.migrations.models import HumanState, Migration, RunState
from apps.migrations.policies.part import returned_by
from apps.migrations.policies.state import require_free, require_usable
from apps.migrations.servers import require_same_servers, require_same_target
from apps.migrations.status import READY, Status, latest_run, left_on_target, status_of
from apps.superset.execution.stages import Choice
from apps.users.models import User
from apps.users.policies import require


def require_applicable(user: User, migration: Migration, *, override: str = "") -> None:
    """Whether its plan may be carried out now, as far as that is known without the target."""
    require(user, "migrations.apply", migration.target)
    require_ready(migration)
    require_not_applied(migration)
    require_free(migration)
    require_thawed(user, migration.target, override, known.windows if (known := known_of(migration)) else None)


def require_overridable(user: User, migration: Migration) -> None:
    """Only there is something to override where the target is frozen."""
    require(user, "migrations.override", migration.target)
    require_applicable(user, migration, override="asked for")
    if freeze_of(migration.target, windows=known.windows if (known := known_of(migration)) else None) is None:
        raise NothingToDo(messages.NOT_FROZEN.format(target=migration.target, number=migration.pk))


def require_undoable(user: User, migration: Migration) -> None:
    """Neither an approval nor a freeze stands in the way of an undo."""
    require(user, "migrations.rollback", migration.target)
    require_usable(migration.target)
    require_something_written(migration)
    require_free(migration)


def require_thawed(
    user: User, target: Environment, override: str, windows: Iterable[FreezeWindow] | None = None
) -> None:
    """A freeze is overridden by a reason, and by who may give one."""
    if override.strip():
        require(user, "migrations.override", target)
    else:
        require_not_frozen(target, windows=windows)


def require_reason(choice: Choice, reason: str) -> None:
    if choice is Choice.FORCE and not reason.strip():
        raise LockstepError(messages.WHY_FORCED)


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
        raise Refused(f"{only.format(number=number, state=state)} {_lacking(migration)}".rstrip())
    require_same_servers(migration)
    if state == HumanState.APPROVED:
        require_approved(migration)


def _lacking(migration: Migration) -> str:
    """Of a migration that waits for approval: how many it has."""
    if migration.state != HumanState.SUBMITTED:
        return ""
    approvals = approvals_of(migration)
    return messages.HAS_APPROVALS.format(given=len(approvals.given), needed=approvals.needed)


def _why_draft(migration: Migration) -> str:
    if returned := returned_by(migration):
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
    if status_of(migration) == Status.SUCCEEDED:
        raise NothingToDo(messages.ALREADY_APPLIED.format(number=migration.pk))
    run = latest_run(migration)
    if run and run.state == RunState.OPEN and run.error:
        until = datetime.fromisoformat(run.error["context"]["until"])
        message = messages.MAY_STILL_ARRIVE.format(number=migration.pk, until=f"{until:%Y-%m-%d %H:%M:%S}")
        raise Conflict(message, advice=advise("migrations.rollback_again", number=migration.pk))


def require_something_written(migration: Migration) -> None:
    """And that on the server which the environment is now."""
    if run := left_on_target(migration):
        require_same_target(run.plan, migration.target, known.edits if (known := known_of(migration)) else None)
        return
    if status_of(migration) == Status.ROLLED_BACK:
        raise NothingToDo(messages.ALREADY_ROLLED_BACK.format(number=migration.pk))
    raise NothingToDo(messages.NOTHING_WRITTEN_OF.format(number=migration.pk, target=migration.target))
