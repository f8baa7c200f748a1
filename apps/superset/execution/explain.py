# [DEF:superset.execution.explain:Module]
# @COMPLEXITY: 3
# @PURPOSE: Describes the stages of a run: its dry run.
# @RELATION DEPENDS_ON -> superset.execution.stages

from __future__ import annotations

from collections.abc import Iterable

from apps.superset.assets import counted
from apps.superset.execution.stages import (
    Attach,
    Connect,
    Detach,
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
from apps.superset.messages.message import Message


def explain(steps: Iterable[Stage]) -> list[str]:
    """One sentence per stage, in order."""
    return [sentence(step) for step in steps]


def sentence(step: Stage) -> str:
    """In English."""
    return str(explanation(step))


def explanation(step: Stage) -> Message:
    match step:
        case Settle() | Preflight() | Snapshot() | Verify():
            return _looking(step)
        case FreeSlugs(keys):
            return Message("stage.free_slugs", assets=counted(keys))
        case Send(keys, endpoint):
            return Message("stage.import", assets=counted(keys), endpoint=endpoint)
        case Repair(keys):
            return Message("stage.repair", assets=counted(keys))
        case Restore(keys):
            return Message("stage.restore", assets=counted(keys))
        case Remove(keys):
            return Message("stage.remove", assets=counted(keys))
        case Connect() | Attach() | Detach():
            return _beside(step)
        case Finish():
            return Message("stage.finish")


def _beside(step: Connect | Attach | Detach) -> Message:
    """The stages that write no content of assets."""
    if isinstance(step, Connect):
        return Message("stage.connect", assets=counted(step.keys))
    if isinstance(step, Detach):
        return Message("stage.detach", count=len(step.attachments))
    key = "stage.attach.publish" if step.drafts else "stage.attach"
    return Message(key, count=len(step.attachments), assets=counted(step.keys), drafts=counted(step.drafts))


def _looking(step: Settle | Preflight | Snapshot | Verify) -> Message:
    """The stages that change nothing."""
    match step:
        case Settle(writes):
            return Message("stage.settle.one" if len(writes) == 1 else "stage.settle", count=len(writes))
        case Preflight(expected, choice=choice):
            return Message(f"stage.preflight.{choice or 'apply'}", count=len(expected))
        case Snapshot(keys):
            return Message("stage.snapshot", assets=counted(keys)) if keys else Message("stage.snapshot.nothing")
        case Verify(expected):
            return Message("stage.verify", count=len(expected))
