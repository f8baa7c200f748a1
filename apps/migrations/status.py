# [DEF:migrations.status:Module]
# @COMPLEXITY: 3
# @PURPOSE: The status of a migration: what people decided, and what its runs have done since. Derived, never
#   stored.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.known
# @RELATION CALLS -> migrations.liveness
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import Q

from apps.migrations.known import known_of
from apps.migrations.liveness import is_gone, running_runs, state_of
from apps.migrations.models import (
    ON_TARGET,
    WENT_WRONG,
    HumanState,
    Migration,
    Run,
    RunKind,
    RunState,
    WriteState,
    wrote,
)
from apps.superset.plan.plan import Plan
from apps.superset.protocol import Act


class Status(StrEnum):
    """Every status a migration can show: the human states, and those read from its runs."""

    DRAFT = "draft"
    PLANNED = "planned"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPLYING = "applying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"


OF_RUNS = {
    (RunKind.APPLY, RunState.RUNNING): Status.APPLYING,
    (RunKind.APPLY, RunState.SUCCEEDED): Status.SUCCEEDED,
    (RunKind.ROLLBACK, RunState.RUNNING): Status.ROLLING_BACK,
    (RunKind.ROLLBACK, RunState.SUCCEEDED): Status.ROLLED_BACK,
    (RunKind.ROLLBACK, RunState.OPEN): Status.INTERRUPTED,
}

READY = frozenset({HumanState.PLANNED, HumanState.APPROVED})
"""The human states in which a plan may be applied to an unprotected target. A run that failed shows in these only:
who moved the migration to another one has seen it, and nothing of it is on the target."""

UNDONE = Q(kind=RunKind.ROLLBACK, state=RunState.SUCCEEDED)

NOT_APPLIED = (
    Q(run_state=None) | Q(run_state__in=WENT_WRONG) | Q(run_kind=RunKind.ROLLBACK, run_state=RunState.SUCCEEDED)
)
"""Of rows `with_latest_run`: those whose plan is not on the target, or not wholly."""


def status_of(migration: Migration) -> Status:
    """Of the latest run of the latest plan if there is one, else the human state."""
    run = latest_run(migration)
    return status_from(migration.state, run.kind if run else None, state_of(run) if run else None)


def status_from(state: str, run_kind: str | None, run_state: str | None) -> Status:
    """Of the human state, and the latest run of the latest plan if there is one."""
    if run_kind is None or run_state is None or (run_state in WENT_WRONG and HumanState(state) not in READY):
        return Status(state)
    ended = Status.FAILED if run_state == RunState.FAILED else Status.INTERRUPTED
    return OF_RUNS.get((RunKind(run_kind), RunState(run_state)), ended)


def status_in_list(number: int, state: str, run_kind: str | None, run_state: str | None) -> Status:
    """The same of a row `with_latest_run`, where a run that is not known to be dead is looked at: there are few."""
    if run_state == RunState.RUNNING:
        return status_of(Migration(pk=number, state=state))
    return status_from(state, run_kind, run_state)


def with_status(status: Status) -> Q:
    """The same as a condition on rows `with_latest_run`. Runs whose process is gone, which the database does not know,
    are looked at: there are few that run."""
    lost = Q(run_state=RunState.RUNNING, pk__in=[run.migration_id for run in running_runs() if is_gone(run)])
    found = _as_stored(status) & ~lost
    return found | (lost & Q(state__in=READY)) if status is Status.INTERRUPTED else found


def _as_stored(status: Status) -> Q:
    of_runs = Q()
    for (kind, state), shown in OF_RUNS.items():
        if shown is status:
            of_runs |= Q(run_kind=kind, run_state=state)
    if status in (Status.FAILED, Status.INTERRUPTED):
        return of_runs | Q(run_state=status.value, state__in=READY)
    if of_runs:
        return of_runs
    no_run = Q(run_kind=None) if status.value in READY else Q(run_kind=None) | Q(run_state__in=WENT_WRONG)
    return no_run & Q(state=status.value)


def latest_run(migration: Migration) -> Run | None:
    if known := known_of(migration):
        return known.latest_run
    plan = migration.plans.last()
    return migration.runs.that_count().filter(plan=plan).last() if plan else None


def left_on_target(migration: Migration) -> Run | None:
    """The last run of which something is, or may be, on the target, unless that was undone."""
    if known := known_of(migration):
        return known.left_on_target
    last = migration.runs.filter(UNDONE | Q(wrote())).last()
    return None if last and (last.kind, last.state) == (RunKind.ROLLBACK, RunState.SUCCEEDED) else last


def undone_runs(migration: Migration) -> list[Run]:
    """What a rollback takes back: the applies of which something is, or may be, on the target, in order."""
    undone = migration.runs.filter(UNDONE).last()
    applies = migration.runs.filter(kind=RunKind.APPLY).that_wrote()
    return list(applies.filter(pk__gt=undone.pk) if undone else applies)


def waiting_drafts(runs: Iterable[Run], plan: Plan) -> list[str]:
    """The names of the dashboards that these runs of the plan have sent as drafts, and not published: they stopped
    before that."""
    waiting: dict[str, None] = {}
    for write in (write for run in runs for write in run.writes.all()):
        for key in write.keys:
            if write.act in (Act.IMPORT, Act.HIDE) and write.state in ON_TARGET:
                waiting[key] = None
            elif write.act == Act.PUBLISH and write.state == WriteState.WRITTEN:
                waiting.pop(key, None)
    names = {str(change.key): change.name for change in plan.changes if change.key in plan.drafts}
    return [names[key] for key in waiting if key in names]
