# [DEF:migrations.services.approval:Module]
# @COMPLEXITY: 4
# @PURPOSE: The human process around a plan: submit, approve, reject, withdraw, comment; and what ends an approval.
# @RELATION CALLS -> migrations.transitions
# @RELATION CALLS -> migrations.policies.decisions
# @RELATION CALLS -> migrations.servers
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services
# @PRE: no transaction is open, or the caller holds the migration
# @POST: the decision is kept with the checksum that was read, and the state is what the table of moves makes of it
# @SIDE_EFFECT: a Decision, the state of the migration, an audit entry; after the commit a task that sends mail

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from apps.audit.services import record
from apps.contracts.belief import belief_scope, reason, reflect
from apps.core.advice import Steps, advise, worded_for_everybody
from apps.core.concurrency import locked
from apps.core.errors import Conflict, LockstepError
from apps.environments.models import Environment
from apps.migrations import messages, servers
from apps.migrations.approvals import approvals_of, to_review
from apps.migrations.mail import notifications
from apps.migrations.models import Decision, DecisionKind, HumanState, Migration, PlanRecord
from apps.migrations.policies import decisions
from apps.migrations.policies.state import open_task_of
from apps.migrations.services import runs
from apps.migrations.services.planning import latest_plan
from apps.migrations.status import left_on_target
from apps.migrations.transitions import transition
from apps.superset.errors import PlanStale
from apps.superset.messages.message import verbatim
from apps.users.models import User

DECIDED = {
    DecisionKind.SUBMIT: HumanState.SUBMITTED,
    DecisionKind.REJECT: HumanState.REJECTED,
    DecisionKind.WITHDRAW: HumanState.WITHDRAWN,
    DecisionKind.RETURN: HumanState.DRAFT,
    DecisionKind.RELEASE: HumanState.APPROVED,
}
"""What alone makes the state what it is; an approval does only together with all that it takes."""


def submit(*, actor: User, migration: Migration, note: str = "") -> Decision:
    """Ask those who may approve. They decide on the latest plan."""
    review_approvals()
    with transaction.atomic():
        migration = locked(migration)
        decisions.require_submittable(actor, migration)
        return _decide(DecisionKind.SUBMIT, actor, migration, note)


def approve(*, actor: User, migration: Migration, checksum: str, note: str = "") -> Decision:
    """Of the plan with this checksum: the one that was read. Of two who are at it at once the second finds what the
    first has made of it."""
    review_approvals()
    with transaction.atomic():
        migration = locked(migration)
        decisions.require_approvable(actor, migration)
        _require_read(migration, checksum)
        return _decide(DecisionKind.APPROVE, actor, migration, note)


def reject(*, actor: User, migration: Migration, note: str, checksum: str | None = None) -> Decision:
    _require_text(note, messages.WHY_REJECTED)
    with transaction.atomic():
        migration = locked(migration)
        decisions.require_rejectable(actor, migration)
        if checksum is not None:
            _require_read(migration, checksum)
        return _decide(DecisionKind.REJECT, actor, migration, note)


def withdraw(*, actor: User, migration: Migration, note: str = "") -> Decision:
    """For good: what is wanted later is planned as a new migration."""
    with transaction.atomic():
        migration = locked(migration)
        decisions.require_withdrawable(actor, migration)
        return _decide(DecisionKind.WITHDRAW, actor, migration, note)


def comment(*, actor: User, migration: Migration, note: str) -> Decision:
    _require_text(note, messages.NO_COMMENT)
    with transaction.atomic():
        migration = locked(migration)
        decisions.require_commentable(actor, migration)
        return _decide(DecisionKind.COMMENT, actor, migration, note)


def review_approvals() -> None:
    """What became of plans and approvals without anybody's doing: back to draft with what was approved too long ago and
    not applied, or planned for another server than the environment is now; on with what waits for more than its target
    asks for by now. Called by whatever writes, and by the clock."""
    with worded_for_everybody():  # the reasons are kept as notes
        for migration in to_review():
            if change := servers.moved(migration, latest_plan(migration)):
                _return_to_draft(migration, change)
            elif migration.state in (HumanState.SUBMITTED, HumanState.APPROVED):
                _review(migration)


def _review(migration: Migration) -> None:
    if approvals_of(migration).expired:
        _return_to_draft(migration, messages.APPROVAL_EXPIRED.format(days=settings.APPROVAL_LASTS.days))
    else:
        _release(migration)


def store_overdue() -> None:
    """Store what ended by itself: runs of dead processes, approvals of long ago. Called once a minute."""
    runs.sweep()
    review_approvals()


@contextmanager
def returned_if_stale(migration: Migration) -> Iterator[None]:
    """What was approved is not there any more: a target that others have changed makes the migration a draft again."""
    try:
        yield
    except PlanStale as stale:
        if _return_to_draft(migration, messages.TARGET_CHANGED.format(detail=stale.detail), while_busy=True):
            draft = messages.DRAFT_AGAIN.format(number=migration.pk)
            again = advise("migrations.replan", number=migration.pk)
            stale.next_step = verbatim(Steps((stale.advice, draft, again)))
            migration.state = HumanState.DRAFT  # the caller shows the one in hand next
        raise


def return_after_rollback(migration: Migration) -> None:
    """An approval is used up by the apply that it was for: what is to be applied again is approved again."""
    if migration.state != HumanState.PLANNED:
        _return_to_draft(migration, str(messages.ROLLED_BACK), while_busy=True)


def _return_to_draft(migration: Migration, why: str, *, while_busy: bool = False) -> bool:
    """Unless something of it is on the target, which a rollback has to deal with first, or a worker is about to be at
    it, which finds the same itself."""
    with transaction.atomic():
        migration = locked(migration)
        if left_on_target(migration) or (not while_busy and open_task_of(migration)):
            return False
        if migration.state == HumanState.DRAFT:
            return False
        _decide(DecisionKind.RETURN, None, migration, why)
    return True


def _release(migration: Migration) -> None:
    """Approved by itself, once its target asks for no more than it has; nobody else would ever move it."""
    with transaction.atomic():
        migration = locked(migration)
        approvals = approvals_of(migration)
        waits = migration.state == HumanState.SUBMITTED and approvals.enough and not approvals.expired
        if not waits or left_on_target(migration) or open_task_of(migration):
            return
        _decide(DecisionKind.RELEASE, None, migration, _why_released(migration, approvals.needed))


def _why_released(migration: Migration, needed: int) -> str:
    if not needed:
        return messages.NOT_PROTECTED.format(target=migration.target)
    submission = latest_plan(migration).decisions.filter(kind=DecisionKind.SUBMIT).last()
    if submission and submission.needed and submission.needed <= needed:
        return str(messages.STAND_AGAIN)
    return messages.NEEDS_FEWER.format(target=migration.target, needed=needed)


def _decide(kind: DecisionKind, actor: User | None, migration: Migration, note: str) -> Decision:
    """Keep the decision, and give the migration the state that follows from it. The caller holds the migration."""
    with belief_scope("migrations.services.approval"):
        plan, state = latest_plan(migration), HumanState(migration.state)
        reason("policy allows it", kind=kind.value, migration=migration.pk, plan=plan.number, state=state.value)
        decision = Decision.objects.create(
            migration=migration, plan=plan, kind=kind, actor=actor, note=note.strip(), checksum=plan.checksum,
            needed=_needed_of(migration.target) if kind is DecisionKind.SUBMIT else None,
        )  # fmt: skip
        to = _state_after(kind, migration)
        facts = {"note": decision.note} if decision.note else {}
        if to is None:
            _record(actor, kind, migration, plan, facts)
        elif not transition(migration, to=to, actor=actor, plan=plan, facts=facts):
            raise Conflict(messages.MOVED_MEANWHILE.format(number=migration.pk))
        notifications.decided(decision)
        reflect("it is decided", state=migration.state)
    return decision


def _needed_of(target: Environment) -> int:
    return target.approvals_needed if target.protected else 0


def _state_after(kind: DecisionKind, migration: Migration) -> HumanState | None:
    """None where it stays as it is."""
    if kind is DecisionKind.APPROVE:
        enough = approvals_of(migration).enough and migration.state != HumanState.APPROVED
        return HumanState.APPROVED if enough else None
    return DECIDED.get(kind)


def _record(
    actor: User | None, kind: DecisionKind, migration: Migration, plan: PlanRecord, facts: dict[str, str]
) -> None:
    after = {"state": migration.state, "plan": plan.number, "checksum": plan.checksum, **facts}
    record(actor=actor, action=f"migration.{kind}", target=migration, before={"state": migration.state}, after=after)


def _require_read(migration: Migration, checksum: str) -> None:
    if checksum.strip().lower() != latest_plan(migration).checksum:
        raise Conflict(messages.OTHER_CHECKSUM.format(number=migration.pk))


def _require_text(note: str, message: object) -> None:
    if not note.strip():
        raise LockstepError(message)
