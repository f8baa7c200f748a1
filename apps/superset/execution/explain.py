# [DEF:superset.execution.explain:Module]
# @COMPLEXITY: 3
# @PURPOSE: The stages of a run in words: the dry run of `execute`.
# @RELATION DEPENDS_ON -> superset.execution.stages

from __future__ import annotations

from collections.abc import Iterable

from apps.superset.assets import counted
from apps.superset.execution.stages import (
    Choice,
    Finish,
    FreeSlugs,
    Preflight,
    Remove,
    Repair,
    Restore,
    Send,
    Settle,
    Snapshot,
    Stage,
    Verify,
)


def explain(steps: Iterable[Stage]) -> list[str]:
    """One sentence a stage, in order."""
    return [sentence(step) for step in steps]


UNLESS = {
    None: "stop if any differs from the plan",
    Choice.REFUSE: "stop if any was changed since",
    Choice.KEEP_CHANGED: "leave those that were changed since",
    Choice.FORCE: "undo those that were changed since, too",
}


def sentence(step: Stage) -> str:
    match step:
        case Settle() | Preflight() | Snapshot() | Verify():
            return _looking(step)
        case FreeSlugs(keys):
            return f"Free slugs: give {counted(keys)} a provisional one, so that others can have theirs"
        case Send(keys, endpoint):
            return f"Import: send {counted(keys)} in one request to {endpoint}"
        case Repair(keys):
            return f"Repair: set the target's own numbers in {counted(keys)}, send again what differs"
        case Restore(keys):
            return f"Restore: give {counted(keys)} back the owners they had"
        case Remove(keys):
            return f"Remove: delete {counted(keys)}"
        case Finish():
            return "Finish"


def _looking(step: Settle | Preflight | Snapshot | Verify) -> str:
    """Those that change nothing."""
    match step:
        case Settle(writes):
            many = "request whose answer" if len(writes) == 1 else "requests whose answers"
            return f"Settle: find out what became of {len(writes)} {many} never came"
        case Preflight(expected, choice=choice):
            return f"Preflight: read {len(expected)} assets of the target; {UNLESS[choice]}"
        case Snapshot(keys):
            return f"Snapshot: keep {counted(keys)} as they are now" if keys else "Snapshot: nothing is overwritten"
        case Verify(expected):
            return f"Verify: read {len(expected)} assets back; the difference to the plan must be empty"
