# [DEF:superset.rollback:Module]
# @COMPLEXITY: 4
# @PURPOSE: Undoes a plan from its snapshot: the inverse plan, carried out and verified.
# @RELATION DEPENDS_ON -> superset.plan
# @RELATION CALLS -> superset.execute
# @RELATION CALLS -> contracts.belief
# @PRE: the snapshot of the run is there; with `strict` the target is as the run left it
# @POST: what was updated is as before and what was created is gone, but for what the plan said cannot be restored
# @SIDE_EFFECT: what `superset.execute` does to the target

from __future__ import annotations

from dataclasses import replace

from apps.contracts.belief import belief_scope, reason, reflect
from apps.superset.assets import Bundle, Key
from apps.superset.comparing import comparable
from apps.superset.diff import diff
from apps.superset.errors import NotFound
from apps.superset.execute import Execution, Result
from apps.superset.graph import dependencies
from apps.superset.importable import is_restorable
from apps.superset.plan import Action, Change, Plan
from apps.superset.protocol import Client, Ledger, Reporter
from apps.superset.stages import stages


def invert(plan: Plan, desired: Bundle, snapshot: Bundle) -> Plan:
    """The plan that takes the target back: what was updated is updated to the snapshot, what was created is removed.

    What an import cannot bring back (see `is_restorable`; the plan warned of it) is left as the plan made it.
    """
    left = _left(plan, desired, snapshot)
    changes = (change for change in plan.changes if change.action.writes and change.key not in left)
    inverse = tuple(_inverse(change, desired, snapshot) for change in changes)
    return replace(plan, changes=inverse, warnings=(), losses=(), content="")


def _left(plan: Plan, desired: Bundle, snapshot: Bundle) -> set[Key]:
    """Updated assets that cannot be restored, and the created datasets that such charts now stand on."""
    updated = [change.key for change in plan.changes if change.action is Action.UPDATE]
    stuck = {key for key in updated if (asset := snapshot.get(key)) and not is_restorable(asset)}
    bases = {key for each in stuck for key in dependencies(desired.assets[each])}
    return stuck | {change.key for change in plan.changes if change.action is Action.CREATE and change.key in bases}


def _inverse(change: Change, desired: Bundle, snapshot: Bundle) -> Change:
    if change.action is Action.CREATE:
        return replace(change, action=Action.REMOVE, before=change.after, after=None, differences=())
    before = snapshot.get(change.key)
    if before is None:
        raise NotFound(
            f"the snapshot does not hold {change.key.kind} “{change.name}”", next_step="Nothing was changed."
        )
    differences = diff(comparable(desired.assets[change.key]), comparable(before))
    return replace(change, before=change.after, after=change.before, differences=differences)


def rollback(
    plan: Plan,
    desired: Bundle,
    snapshot: Bundle,
    target: Client,
    reporter: Reporter,
    ledger: Ledger,
    *,
    strict: bool = True,
) -> Result:
    """Take the target back to the snapshot of `plan`'s run and verify that it is there.

    With `strict` the target must still be as the plan left it, so that nobody's later work is lost (PlanStale);
    without, for a run that stopped half-way, it is taken back from whatever state it is in.
    """
    names = {change.key: change.name for change in plan.changes}
    with belief_scope("superset.rollback"):
        inverse = invert(plan, desired, snapshot)
        left = sum(change.action.writes for change in plan.changes) - len(inverse.changes)
        reason("the snapshot holds what the run overwrote", undone=len(inverse.changes), left=left, strict=strict)
        steps = stages(inverse, snapshot, target.release(), strict=strict)
        result = Execution(snapshot, target, reporter, ledger, names).run(steps)
        reflect("the target is back where it was", restored=len(result.written), removed=len(result.removed))
    return result
