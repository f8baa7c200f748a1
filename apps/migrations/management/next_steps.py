# [DEF:migrations.management.next_steps:Module]
# @COMPLEXITY: 3
# @PURPOSE: What can be done next with a migration, as a command.
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION CALLS -> migrations.approvals
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> core.management.program

from __future__ import annotations

from apps.core.management.program import program
from apps.migrations.approvals import approvals_of, nobody_decides
from apps.migrations.management import messages
from apps.migrations.messages import NOBODY_DECIDES
from apps.migrations.models import Migration, RunState
from apps.migrations.status import Status, latest_run, left_on_target, status_of
from apps.superset.errors import PlanStale


def first_step(migration: Migration) -> tuple[str, str]:
    """Of one that is planned."""
    if migration.target.protected:
        return str(messages.TO_SUBMIT), f"{program()} migration submit {migration.pk}"
    return str(messages.TO_APPLY), f"{program()} migration apply {migration.pk} --yes"


def next_step(migration: Migration) -> str:
    """What can be done next, where that is not obvious."""
    status = status_of(migration)
    if status is Status.PLANNED:
        return ": ".join(first_step(migration))
    if status in (Status.SUBMITTED, Status.APPROVED) and (waits := _waits(migration)):
        return waits
    if status is Status.APPROVED:
        return ": ".join((str(messages.TO_APPLY), f"{program()} migration apply {migration.pk} --yes"))
    if status in (Status.DRAFT, Status.REJECTED):
        return _to_replan(migration)
    return _advice_after_failure(migration) if status in (Status.FAILED, Status.INTERRUPTED) else ""


def _waits(migration: Migration) -> str:
    """Of one that was submitted: what its approvals lack; empty where they suffice."""
    approvals = approvals_of(migration)
    if approvals.expires and approvals.expired:
        return f"{messages.EXPIRED.format(at=f'{approvals.expires:%Y-%m-%d %H:%M}')} {_to_replan(migration)}"
    if not approvals.lacking:
        return ""
    explanation = f"{approvals.explanation}. " if approvals.fallen else ""
    waits = explanation + messages.WAITS.format(lacking=approvals.lacking)
    return f"{waits} {_without_approvers(migration)}".rstrip()


def _without_approvers(migration: Migration) -> str:
    if not nobody_decides(migration):
        return ""
    sides = {"target": migration.target, "source": migration.source}
    command = f"{program()} user grant NAME approver --where {migration.target.slug}"
    return f"{NOBODY_DECIDES.format(**sides)} {messages.TO_GRANT.format(command=command)}"


def _to_replan(migration: Migration) -> str:
    return messages.TO_REPLAN.format(command=f"{program()} migration replan {migration.pk}")


def _advice_after_failure(migration: Migration) -> str:
    number, last = migration.pk, latest_run(migration)
    undo = f"{program()} migration rollback {number} --yes"
    if last and last.state == RunState.OPEN:
        return messages.IF_IT_ARRIVES.format(command=undo)
    if left_on_target(migration):
        return messages.TO_UNDO.format(command=undo)
    if last and last.error and last.error["kind"] == PlanStale.kind:
        return _to_replan(migration)
    return messages.TO_APPLY_AGAIN.format(command=f"{program()} migration apply {number} --yes")
