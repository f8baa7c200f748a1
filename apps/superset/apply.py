# [DEF:superset.apply:Module]
# @COMPLEXITY: 3
# @PURPOSE: Applies a plan.
# @RELATION DEPENDS_ON -> superset.execute
# @RELATION CALLS -> superset.stages

from __future__ import annotations

from apps.superset.assets import Bundle
from apps.superset.execute import Execution, Result
from apps.superset.plan import Plan
from apps.superset.protocol import Client, Ledger, Reporter
from apps.superset.stages import stages


def apply(plan: Plan, desired: Bundle, target: Client, reporter: Reporter, ledger: Ledger) -> Result:
    """Make the target what the plan says, with the content that was planned; read back until nothing remains.

    Raises PlanStale and writes nothing where the target changed since the plan; NotVerified where it is not what it
    should be afterwards.
    """
    names = {change.key: change.name for change in plan.changes}
    return Execution(desired, target, reporter, ledger, names).run(stages(plan, desired, target.release()))
