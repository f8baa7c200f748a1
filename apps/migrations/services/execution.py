# [DEF:migrations.services.execution:Module]
# @COMPLEXITY: 3
# @PURPOSE: Applying a plan and undoing it, each as a recorded run.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION CALLS -> migrations.services.outcomes
# @RELATION CALLS -> migrations.services.later_migrations
# @RELATION CALLS -> migrations.servers
# @RELATION CALLS -> migrations.services.approval
# @RELATION DEPENDS_ON -> freezes.policies
# @RELATION DEPENDS_ON -> audit.services
# @RELATION CALLS -> superset.plan.beside

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext

from apps.audit.services import record
from apps.core.advice import advise
from apps.core.concurrency import retry_on_database_error
from apps.core.errors import Conflict, LockstepError
from apps.core.files import StoredFile
from apps.freezes.policies import require_not_frozen
from apps.migrations import messages
from apps.migrations.models import ON_TARGET, Migration, PlanRecord, Run, RunKind
from apps.migrations.policies.execution import (
    require_not_applied,
    require_ready,
    require_reason,
    require_something_written,
    require_thawed,
)
from apps.migrations.servers import other_account
from apps.migrations.services import engine, outcomes, runs
from apps.migrations.services.approval import return_after_rollback, returned_if_stale, review_approvals
from apps.migrations.services.heartbeat import HeartbeatReporter
from apps.migrations.services.later_migrations import held_later, leave_to_later
from apps.migrations.services.ledger import RunLedger
from apps.migrations.services.outcomes import closing_undo
from apps.migrations.services.planning import latest_plan
from apps.migrations.services.preconditions import StillAllowed, StillReady
from apps.migrations.status import left_on_target, undone_runs
from apps.superset.connections.document import Secrets
from apps.superset.errors import OutcomeOpen, PlanStale
from apps.superset.execution.rollback import Undo
from apps.superset.execution.stages import Choice
from apps.superset.plan.beside import named_beside
from apps.superset.plan.plan import Plan
from apps.superset.protocol import Reporter
from apps.users.models import User

NO_SECRETS: Mapping[str, Secrets] = {}


@dataclass(frozen=True, slots=True)
class Explained:
    """A dry run: the plan that would be carried out, and its stages in words."""

    plan: Plan
    stages: list[str]


def explain_apply(*, migration: Migration, checksum: str | None = None, frozen: bool = False) -> Explained:
    """What `apply_migration` would do, with the same refusals; with `frozen`, in a freeze too. Asks no server and
    writes nothing."""
    loaded = _ready(migration, checksum)
    if not frozen:
        require_not_frozen(migration.target)
    return Explained(loaded.plan, engine.explain_apply(loaded))


def apply_migration(
    *,
    actor: User,
    migration: Migration,
    reporter: Reporter,
    checksum: str | None = None,
    override: str = "",
    secrets: Mapping[str, Secrets] = NO_SECRETS,
    task: int | None = None,
) -> Run:
    """Make the target what the latest plan says, verified. The failure of the run is stored, then raised.

    Whether it may be written is checked again right before the first write, minutes later: a freeze may have begun, and
    an approval or the permission ended. `secrets` are those of the connections that the plan creates, by UUID; they are
    stored nowhere.
    """
    what = f"applying migration {migration.pk}"
    retry_on_database_error(review_approvals, what)
    loaded = retry_on_database_error(lambda: _ready(migration, checksum), what)
    retry_on_database_error(lambda: require_thawed(actor, migration.target, override), what)
    plan = retry_on_database_error(lambda: latest_plan(migration), what)
    run = runs.claim(actor=actor, plan=plan, kind=RunKind.APPLY, task=task)
    ledger = RunLedger(run, before_first=StillReady(run, override, reporter))
    retry_on_database_error(lambda: warn_of_other_account(run.plan, reporter), what)
    earlier = retry_on_database_error(lambda: outcomes.as_sent(outcomes.open_writes(migration), loaded.plan), what)
    completed = retry_on_database_error(lambda: _snapshots(migration), what)
    with closing_undo(migration), returned_if_stale(migration), runs.recorded(run), with_next_step(migration):
        result = engine.apply(
            loaded,
            migration.target,
            HeartbeatReporter(reporter, run),
            ledger,
            earlier=earlier,
            snapshots=completed,
            secrets=secrets,
        )
        runs.succeed(run, result)
    return run


def warn_of_other_account(plan: PlanRecord, reporter: Reporter) -> None:
    """That of the plan is gone: another one may see and do less there, or more."""
    if sentence := other_account(plan.migration.target, plan.created):
        reporter.log(sentence, level="warning")


@contextmanager
def with_next_step(migration: Migration) -> Iterator[None]:
    """A request of an earlier run may still be carried out: until when. What is half-written is not planned again
    before it is undone."""
    try:
        yield
    except PlanStale as stale:
        what = f"reading what is left of migration {migration.pk}"
        if retry_on_database_error(lambda: left_on_target(migration), what):
            stale.next_step = str(messages.ROLL_BACK_THEN_PLAN)
        raise
    except OutcomeOpen as still_open:
        if until := outcomes.open_until(migration):
            still_open.context["until"] = until.isoformat()
            still_open.next_step = messages.TRY_AFTER.format(until=f"{until:%H:%M:%S}")
        raise


def explain_rollback(*, migration: Migration, choice: Choice = Choice.REFUSE) -> Explained:
    """What `rollback_migration` would do, with the same refusals. Asks no server and writes nothing."""
    undo = _undoable(migration, choice)
    plan, stages = engine.explain_rollback(undo, choice)
    return Explained(plan, [*kept_of(undo), *stages])


def kept_of(undo: Undo) -> Iterator[str]:
    """What a dry run says of what it leaves to later migrations, and as it was found."""
    names = {change.key: change.name for change in undo.plan.changes}
    for key in sorted(undo.kept, key=str):
        yield messages.KEPT.format(kind=key.kind, name=names.get(key, key.uuid))
    for each, _ in undo.left_beside:
        what, number = named_beside(each, gettext), undo.spared.get(each.slot)
        yield messages.KEPT_BESIDE.format(what=what, number=number) if number else messages.KEPT_FOUND.format(what=what)


def choice_of(*, keep_changed: bool, force: str) -> Choice:
    """What people choose for assets that others have changed since, from how they say it."""
    if keep_changed and force.strip():
        raise LockstepError(messages.KEEP_OR_FORCE)
    if force.strip():
        return Choice.FORCE
    return Choice.KEEP_CHANGED if keep_changed else Choice.REFUSE


def rollback_migration(
    *,
    actor: User,
    migration: Migration,
    reporter: Reporter,
    choice: Choice = Choice.REFUSE,
    reason: str = "",
    task: int | None = None,
) -> Run:
    """Take back what the migration wrote, verified, asset by asset and only where it is as it was left.

    What others have made of an asset since stops the undo before anything is removed (UndoBlocked), unless `choice`
    says otherwise; to force it takes a `reason`, for the audit. Nothing is left of the approval afterwards. OutcomeOpen
    where all that was there is undone, and a request that was never answered may still be carried out.
    """
    require_reason(choice, reason)
    what = f"rolling back migration {migration.pk}"
    seen = retry_on_database_error(lambda: runs.ended_on(migration.target), what)
    undo = retry_on_database_error(lambda: _undoable(migration, choice), what)
    plan = retry_on_database_error(lambda: undone_runs(migration)[-1].plan, what)
    run = runs.claim(actor=actor, plan=plan, kind=RunKind.ROLLBACK, task=task, seen=seen)
    if choice is not Choice.REFUSE:
        facts = {"run": run.pk, "choice": choice.value, "reason": reason}
        recorded = partial(record, actor=actor, action="migration.rollback.choice", target=migration, after=facts)
        retry_on_database_error(recorded, what)
    retry_on_database_error(lambda: warn_of_other_account(run.plan, reporter), what)
    earlier = retry_on_database_error(lambda: outcomes.as_sent(outcomes.open_writes(migration), undo.plan), what)
    # What arrives from now on may be missed
    until = retry_on_database_error(lambda: outcomes.open_until(migration), what)
    with closing_undo(migration), runs.recorded(run):
        result = engine.rollback(
            undo,
            migration.target,
            HeartbeatReporter(reporter, run),
            RunLedger(run, before_first=StillAllowed(run)),
            choice=choice,
            earlier=earlier,
        )
        if until and retry_on_database_error(outcomes.open_writes(migration).exists, what):
            raise runs.leave_open(run, result, until)
        runs.succeed(run, result)
    retry_on_database_error(lambda: return_after_rollback(migration), what)
    return run


def _ready(migration: Migration, checksum: str | None) -> engine.Loaded:
    migration.refresh_from_db(fields=["state"])
    require_ready(migration)
    plan = latest_plan(migration)
    if checksum is not None and checksum.strip().lower() != plan.checksum:
        message = messages.CHECKSUM_GIVEN.format(number=migration.pk, checksum=plan.checksum)
        raise Conflict(message, advice=advise("migrations.show", number=migration.pk))
    require_not_applied(migration)
    return engine.load(plan)


def _undoable(migration: Migration, choice: Choice) -> Undo:
    require_something_written(migration)
    undo = undo_of(migration)
    if choice is Choice.FORCE:
        return undo
    return leave_to_later(undo, held_later(migration, undo), choice, environment=migration.target.name)


def undo_of(migration: Migration) -> Undo:
    """All that its runs wrote, with what was there before. Damaged if that is not what was stored."""
    undone = undone_runs(migration)
    written = [key for run in undone for key in run.keys_with(*ON_TARGET)]
    return engine.undo_of(engine.load(undone[-1].plan), _snapshots(migration), written)


def _snapshots(migration: Migration) -> list[StoredFile]:
    """What runs that were not undone have kept, the first of them first."""
    return [run.snapshot for run in undone_runs(migration) if run.snapshot]
