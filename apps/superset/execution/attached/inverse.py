# [DEF:superset.execution.attached.inverse:Module]
# @COMPLEXITY: 3
# @PURPOSE: What an undo takes back beside the documents, and what it leaves: what its run found as planned, and what
#   later migrations hold.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.execution.snapshots

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from apps.superset.assets import Bundle, Key
from apps.superset.execution.snapshots import path_of
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Attachment, Slot
from apps.superset.plan.plan import Plan


def set_by_runs(plan: Plan, snapshot: Bundle) -> tuple[Attachment, ...]:
    """Without what was as planned before each of them: nothing of it was sent."""
    return tuple(each for each in plan.attachments if path_of(each.slot) in snapshot.extras)


def taken_back(
    plan: Plan, snapshot: Bundle, left: Collection[Key], spared: Mapping[Slot, int]
) -> tuple[Attachment, ...]:
    """The inverse of what the runs have set, but for what concerns the assets that are `left`, or is `spared`."""
    own = (each for each in set_by_runs(plan, snapshot) if each.slot not in spared)
    return tuple(each.inverse for each in own if each.keys.isdisjoint(left))


def left_beside(
    plan: Plan, snapshot: Bundle, left: Collection[Key], spared: Mapping[Slot, int]
) -> Iterator[tuple[Attachment, Message]]:
    """What the undo leaves, each with the sentence that says why; not what is on assets that are `left` anyway."""
    own = {each.slot for each in set_by_runs(plan, snapshot)}
    for each in plan.attachments:
        facts = {"asset": f"{each.noun} “{each.name}”", "aspect": each.aspect.value}
        if each.slot not in own:
            yield each, Message("line.attached.found", **facts)
        elif each.slot in spared and each.keys.isdisjoint(left):
            yield each, Message("line.attached.spared", number=spared[each.slot], **facts)
