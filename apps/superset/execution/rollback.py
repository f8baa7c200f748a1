# [DEF:superset.execution.rollback:Module]
# @COMPLEXITY: 4
# @PURPOSE: Rolls back a plan from its snapshot: the inverse plan, carried out and verified.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION CALLS -> superset.execution.attaching
# @RELATION CALLS -> superset.execution.attached.inverse
# @RELATION CALLS -> contracts.belief
# @PRE: the snapshot of the runs exists
# @POST: updated assets are as before and created ones are removed, except those that the plan said cannot be restored
#   and those that the choice leaves to a person
# @SIDE_EFFECT: that of `superset.execution.executor` on the target

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from apps.contracts.belief import belief_scope, reason, reflect
from apps.superset.assets import Asset, Bundle, Key
from apps.superset.checks.ownership import warned_of_owners
from apps.superset.content.comparable import comparable
from apps.superset.diff.diff import diff
from apps.superset.diff.difference import Difference, difference
from apps.superset.errors import NotFound
from apps.superset.execution.attached.inverse import left_beside, taken_back
from apps.superset.execution.attaching import CarryingExecution
from apps.superset.execution.readback import Write
from apps.superset.execution.result import Result
from apps.superset.execution.stages import Choice, stages
from apps.superset.execution.writer import PATIENCE
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Attachment, Slot
from apps.superset.plan.plan import Action, Change, Plan
from apps.superset.plan.slugs import CHANGED, slug_of
from apps.superset.protocol import Client, Ledger, Reporter
from apps.superset.references.graph import dependencies
from apps.superset.releases.supported import release_of
from apps.superset.validation.importable import is_restorable


@dataclass(frozen=True, slots=True)
class Undo:
    """What is rolled back: what runs of a plan wrote or may have written, and the target before them. The `kept` assets
    are left to a person, whatever their state."""

    plan: Plan
    desired: Bundle
    snapshot: Bundle
    written: frozenset[Key]
    kept: frozenset[Key] = frozenset()
    spared: Mapping[Slot, int] = field(default_factory=dict)
    """What hangs beside the documents and is part of a later migration, by its number."""

    @property
    def inverse(self) -> Plan:
        return invert(self)

    @property
    def left_beside(self) -> list[tuple[Attachment, Message]]:
        """What the undo leaves of what its plan set beside the documents, each with the reason."""
        left = {*self.kept, *_left(self.plan, self.desired, self.snapshot)}
        return list(left_beside(self.plan, self.snapshot, left, self.spared)) if self.written else []


def invert(undo: Undo) -> Plan:
    """The inverse plan: updated assets are restored from the snapshot, created ones are removed. Everything else in the
    plan is left alone, and so are the `kept` assets.

    What is set beside the documents is taken back for all assets of the plan, because an asset does not show whether a
    request whose answer was lost has arrived. It is compared before it is written. What none of the runs was to set,
    because it was as planned, stays.

    Assets that an import cannot restore (see `is_restorable`; the plan warned about them) stay as the plan made them.
    """
    plan, desired, snapshot = undo.plan, undo.desired, undo.snapshot
    left = _left(plan, desired, snapshot)
    undone = undo.written - undo.kept
    changes = [change for change in plan.changes if change.action.writes and change.key in undone]
    inverse = tuple(_inverse(change, desired, snapshot) for change in changes if change.key not in left)
    back = taken_back(plan, snapshot, {*left, *undo.kept}, undo.spared) if undo.written else ()
    return replace(plan, changes=inverse, attachments=back, warnings=(), losses=(), access=(), relied=(), content="")


def _left(plan: Plan, desired: Bundle, snapshot: Bundle) -> set[Key]:
    """Updated assets that cannot be restored, and the created datasets that such charts now use."""
    release = release_of(plan.target.release)
    updated = [change.key for change in plan.changes if change.action is Action.UPDATE]
    stuck = {key for key in updated if (asset := snapshot.get(key)) and not is_restorable(asset, release)}
    bases = {key for each in stuck for key in dependencies(desired.assets[each])}
    return stuck | {change.key for change in plan.changes if change.action is Action.CREATE and change.key in bases}


def _inverse(change: Change, desired: Bundle, snapshot: Bundle) -> Change:
    if change.action is Action.CREATE:
        given_up = tuple(_slug_given_up(desired.get(change.key)))
        return replace(change, action=Action.REMOVE, before=change.after, after=None, differences=given_up)
    before = snapshot.get(change.key)
    if before is None:
        message = Message("error.snapshot_lacks", asset=f"{change.key.kind} “{change.name}”")
        raise NotFound(message, next_step=Message("next.nothing_changed"))
    if change.action is Action.REMOVE:
        return replace(change, action=Action.CREATE, before=None, after=change.before)
    differences = diff(comparable(desired.assets[change.key]), comparable(before))
    return replace(change, before=change.after, after=change.before, differences=differences)


def _slug_given_up(created: Asset | None) -> Iterator[Difference]:
    """A dashboard that is removed has to give up its slug before the previous owner can get it back."""
    if created and (slug := slug_of(created)):
        yield difference(CHANGED, created.name, "slug", slug, None)


def rollback(
    undo: Undo,
    target: Client,
    reporter: Reporter,
    ledger: Ledger,
    *,
    choice: Choice = Choice.REFUSE,
    earlier: Iterable[Write] = (),
    patience: float = PATIENCE,
) -> Result:
    """Roll back, and verify the result.

    Each asset is touched only if it is as those runs left it. Otherwise the undo is refused (UndoBlocked) before it
    removes anything, so nobody's later work is lost, unless its `choice` says otherwise.
    """
    names = {change.key: change.name for change in undo.plan.changes}
    with belief_scope("superset.execution.rollback"):
        inverse, written = undo.inverse, len(undo.written)
        reason("the snapshot holds what was overwritten", undone=len(inverse.changes), written=written, choice=choice)
        steps = stages(inverse, undo.snapshot, target.release(), choice=choice, earlier=earlier)
        first, excused = undo.snapshot, warned_of_owners(undo.plan)
        execution = CarryingExecution(
            first, target, reporter, ledger, names, first=first, patience=patience, excused=excused, left=undo.desired
        )
        execution.keep(undo.kept, "held by a later migration")
        for each, why in undo.left_beside:
            execution.leave(each, why)
        result = execution.run(steps)
        reflect("the target is back where it was", restored=len(result.written), removed=len(result.removed))
    return result
