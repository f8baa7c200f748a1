# [DEF:superset.execution.apply:Module]
# @COMPLEXITY: 3
# @PURPOSE: Applies a plan.
# @RELATION CALLS -> superset.execution.connecting.run
# @RELATION DEPENDS_ON -> superset.connections.document
# @RELATION CALLS -> superset.execution.stages
# @RELATION CALLS -> superset.checks.chart_queries

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from apps.superset.assets import Bundle, Kind
from apps.superset.checks.chart_queries import query_notes
from apps.superset.checks.ownership import warned_of_owners
from apps.superset.connections.document import Secrets
from apps.superset.execution.connecting.run import ConnectingExecution
from apps.superset.execution.readback import Write
from apps.superset.execution.result import Result
from apps.superset.execution.stages import stages
from apps.superset.execution.writer import PATIENCE
from apps.superset.plan.plan import Plan
from apps.superset.protocol import Client, Ledger, Reporter

NO_SECRETS: Mapping[str, Secrets] = {}


def apply(  # noqa: PLR0913 - each is a choice of the person who applies
    plan: Plan,
    desired: Bundle,
    target: Client,
    reporter: Reporter,
    ledger: Ledger,
    *,
    earlier: Iterable[Write] = (),
    first: Bundle | None = None,
    patience: float = PATIENCE,
    check_queries: bool = False,
    secrets: Mapping[str, Secrets] = NO_SECRETS,
) -> Result:
    """Bring the target to the state of the plan, with the planned content, and verify it by reading back.

    Assets that are already as planned are skipped, so an interrupted run is completed. `earlier` are requests of such
    runs with unknown outcome; until it is known, raises OutcomeOpen and sends nothing. `first` are the snapshots of
    those runs. Raises PlanStale and writes nothing if the target has changed since the plan; NotVerified if it does not
    match afterwards. With `check_queries`, each written chart is queried for one row at the end; a failure is a
    warning. `secrets` are those of the connections that the plan creates, by UUID.
    """
    names = {change.key: change.name for change in plan.changes}
    excused = warned_of_owners(plan)
    execution = ConnectingExecution(
        desired, target, reporter, ledger, names, first=first, patience=patience, excused=excused
    )
    execution.secrets, execution.prune = secrets, plan.prune
    result = execution.run(stages(plan, desired, target.release(), earlier=earlier))
    if not check_queries:
        return result
    charts = [each.key for each in plan.written if each.key.kind is Kind.CHART and each.after is not None]
    sentence, warnings = query_notes(target, execution.inventory, charts, names)
    reporter.log(sentence, level="warning" if warnings else "info")
    return replace(result, warnings=(*result.warnings, *warnings))
