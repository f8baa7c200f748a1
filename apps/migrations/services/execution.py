# [DEF:migrations.services.execution:Module]
# @COMPLEXITY: 3
# @PURPOSE: Applying a plan and undoing it, each as a recorded run.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.files
# @RELATION CALLS -> migrations.services.approval
# @RELATION DEPENDS_ON -> freezes.policies
# @RELATION DEPENDS_ON -> audit.services
"""Applying a plan and undoing it, each as a recorded run."""

from __future__ import annotations

from dataclasses import dataclass

from apps.audit.services import record
from apps.core.errors import Conflict
from apps.core.files import StoredFile
from apps.freezes.policies import Freeze, freeze_of, require_not_frozen
from apps.migrations.models import Migration, Run, RunKind, RunState
from apps.migrations.policies import (
    require_not_applied,
    require_ready,
    require_something_written,
    require_thawed,
)
from apps.migrations.services import engine, runs
from apps.migrations.services.approval import returned_if_stale, review_approvals
from apps.migrations.services.planning import get_migration, latest_plan
from apps.migrations.states import latest_apply
from apps.superset.plan import Plan
from apps.superset.protocol import Reporter
from apps.users.models import User
from apps.users.policies import require


@dataclass(frozen=True, slots=True)
class Explained:
    """A dry run: the plan that would be carried out, and its stages in words."""

    plan: Plan
    stages: list[str]


def explain_apply(*, migration: Migration, checksum: str | None = None, frozen: bool = False) -> Explained:
    """What `apply_plan` would do, with the same refusals; with `frozen`, in a freeze too. Asks no server and writes
    nothing."""
    loaded = _ready(migration, checksum)
    if not frozen:
        require_not_frozen(migration.target)
    return Explained(loaded.plan, engine.explain_apply(loaded))


def apply_plan(
    *,
    actor: User,
    migration: Migration,
    reporter: Reporter,
    checksum: str | None = None,
    override: str = "",
    task: int | None = None,
) -> Run:
    """Make the target what the latest plan says, verified. The failure of the run is stored, then raised.

    Whether it may be written is asked again right before the first write, minutes later: a freeze may have begun, and
    an approval or the permission ended.
    """
    loaded = _ready(migration, checksum)
    require_thawed(actor, migration.target, override)
    run = runs.claim(actor=actor, plan=latest_plan(migration), kind=RunKind.APPLY, task=task)
    ledger = runs.RunLedger(run, before_first=StillReady(run, override, reporter))
    with returned_if_stale(migration), runs.recorded(run):
        result = engine.carry_out(loaded, migration.target, runs.Beating(reporter, run), ledger)
        runs.succeed(run, result)
    return run


class StillReady:
    """Raises where a run may not write any more. That a freeze was overridden is told once."""

    def __init__(self, run: Run, override: str, reporter: Reporter) -> None:
        self._run, self._override, self._reporter = run, override, reporter
        self._told = False

    def __call__(self) -> None:
        run, migration = self._run, get_migration(self._run.migration_id)
        require_ready(migration)
        if latest_plan(migration) != run.plan:
            raise Conflict(f"Migration {migration.pk} was planned anew: nothing of the old plan is written.")
        actor = User.objects.get(pk=run.actor_id)  # as it is now: grants are taken away meanwhile
        require(actor, "migrations.apply", migration.target)
        require_thawed(actor, migration.target, self._override)
        if not self._told and (freeze := freeze_of(migration.target)):
            self._tell(migration, freeze)

    def _tell(self, migration: Migration, freeze: Freeze) -> None:
        self._told = True
        run, why = self._run, self._override
        facts = {"run": run.pk, "freeze": str(freeze.window), "until": freeze.until.isoformat(), "reason": why}
        record(actor=run.actor, action="migration.override", target=migration, after=facts)
        until = f"frozen until {freeze.told} ({freeze.window})"
        self._reporter.log(f"{until}, which {run.actor} overrides: {why}", level="warning")


def explain_rollback(*, migration: Migration) -> Explained:
    """What `roll_back` would do, with the same refusals. Asks no server and writes nothing."""
    undone, snapshot = _undoable(migration)
    plan, stages = engine.explain_rollback(engine.load(undone.plan), snapshot, strict=_is_strict(migration))
    return Explained(plan, stages)


def roll_back(*, actor: User, migration: Migration, reporter: Reporter, task: int | None = None) -> Run:
    """Take the target back to what it was before the last apply, verified.

    After an apply that ended well the target must be as it was left, so that nobody's later work is lost; after one
    that stopped half-way it is taken back from whatever state it is in.
    """
    undone, snapshot = _undoable(migration)
    loaded, strict = engine.load(undone.plan), _is_strict(migration)
    run = runs.claim(actor=actor, plan=undone.plan, kind=RunKind.ROLLBACK, task=task)
    with runs.recorded(run):
        result = engine.take_back(
            loaded, snapshot, migration.target, runs.Beating(reporter, run), runs.RunLedger(run), strict=strict
        )
        runs.succeed(run, result)
    return run


def _ready(migration: Migration, checksum: str | None) -> engine.Loaded:
    review_approvals()
    migration.refresh_from_db(fields=["state"])
    require_ready(migration)
    plan = latest_plan(migration)
    if checksum is not None and checksum.strip().lower() != plan.checksum:
        raise Conflict(
            f"The checksum given is not that of the plan of migration {migration.pk} ({plan.checksum}): look at it "
            f"again with `manage.py migration show {migration.pk}`."
        )
    require_not_applied(migration)
    return engine.load(plan)


def _undoable(migration: Migration) -> tuple[Run, StoredFile]:
    runs.sweep(target=migration.target)
    require_something_written(migration)
    run = latest_apply(migration)
    assert run
    assert run.snapshot  # both just required
    return run, run.snapshot


def _is_strict(migration: Migration) -> bool:
    """The target must be as this migration left it, unless the last write to it was ours and stopped half-way."""
    last = Run.objects.filter(target=migration.target).exclude(snapshot_path="").last()
    return last is None or last.migration_id != migration.pk or last.state == RunState.SUCCEEDED
