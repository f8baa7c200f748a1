# [DEF:superset.apply:Module]
# @COMPLEXITY: 3
# @PURPOSE: Applies a plan.
# @RELATION DEPENDS_ON -> superset.execute
# @RELATION CALLS -> superset.stages

from __future__ import annotations

from collections.abc import Iterable

from apps.superset.assets import Bundle
from apps.superset.execute import Execution, Result
from apps.superset.ownership import told_of
from apps.superset.plan import Plan
from apps.superset.protocol import Client, Ledger, Reporter
from apps.superset.readback import Write
from apps.superset.stages import stages
from apps.superset.writer import PATIENCE


def apply(
    plan: Plan,
    desired: Bundle,
    target: Client,
    reporter: Reporter,
    ledger: Ledger,
    *,
    earlier: Iterable[Write] = (),
    first: Bundle | None = None,
    patience: float = PATIENCE,
) -> Result:
    """Make the target what the plan says, with the content that was planned; read back until nothing remains.

    What is as planned already is left alone, so that a run which was interrupted is completed. `earlier` are requests
    of such runs of which nobody knows what became; OutcomeOpen, and nothing is sent, while that is so. `first` is what
    those runs snapshot. Raises PlanStale
    and writes nothing where the target changed since the plan; NotVerified where it is not what it should be
    afterwards.
    """
    names = {change.key: change.name for change in plan.changes}
    excused = told_of(plan)
    execution = Execution(desired, target, reporter, ledger, names, first=first, patience=patience, excused=excused)
    return execution.run(stages(plan, desired, target.release(), earlier=earlier))
