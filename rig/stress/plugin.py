"""The plugin whose tasks are stressed: they do little, and record all of it outside Lockstep."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.core.errors import LockstepError
from apps.plugins.base import Action, Context, InputField, InputKind, InputRequired, Plugin
from rig.stress import timings
from rig.stress.journal import ASKED, BEGIN, CRASHED, END, JOURNAL_VARIABLE, REFUSED, STEP, Execution

SUCCEED, REFUSE, CRASH, ASK = "succeed", "refuse", "crash", "ask"
ARTEFACT = "execution.txt"
LARGE = "large.bin"

if JOURNAL_VARIABLE in os.environ:  # in the workers that are stressed; a test loads it, too, to name its actions
    timings.apply()


@dataclass(frozen=True)
class Params:
    mark: str
    """Identifies the task to the process that queued it."""

    steps: int = 1
    pause: int = 0
    """Milliseconds before each step."""

    lines: int = 1
    """Log lines of each step."""

    ending: str = SUCCEED

    large: int = 0
    """Bytes of another file."""


def read(context: Context, params: Params) -> Mapping[str, Any]:
    return _do(context, params, Execution(context.task, ""))


def write(context: Context, params: Params) -> Mapping[str, Any]:
    return _do(context, params, Execution(context.task, context.environment or ""))


def _do(context: Context, params: Params, execution: Execution) -> Mapping[str, Any]:
    execution.note(BEGIN)
    if params.ending == ASK and "word" not in context.answers:
        execution.note(ASKED)
        raise _question()
    written = 0
    for step in range(params.steps):
        context.stage(f"step {step + 1}", step + 1, params.steps)
        time.sleep(params.pause / 1000)
        context.check_cancelled()
        execution.note(STEP)
        for _ in range(params.lines):
            written += 1
            context.log(f"line {written}", execution=execution.name, number=written)
    context.artefact(ARTEFACT, execution.name.encode())
    if params.large:
        context.artefact(LARGE, large(execution.name, params.large))
    if params.ending == REFUSE:
        execution.note(REFUSED)
        raise LockstepError("Refused as ordered.")
    if params.ending == CRASH:
        execution.note(CRASHED)
        raise ZeroDivisionError("crashed as ordered")
    execution.note(END)
    return {"execution": execution.name, "written": written}


def large(execution: str, size: int) -> bytes:
    """What this execution writes into its large file."""
    return hashlib.shake_128(execution.encode()).digest(size)


def _question() -> InputRequired:
    return InputRequired(
        InputField(name="word", title="The word"),
        InputField(name="password", title="The password", kind=InputKind.SECRET),
        within=timedelta(seconds=timings.ANSWERED_WITHIN),
    )


def _action(run: Any, slug: str, **more: Any) -> Action:
    return Action(slug=slug, title=slug, params=Params, run=run, **more)


plugin = Plugin(
    slug="stress",
    title="Stress",
    version="1",
    actions=(
        _action(read, "read"),
        _action(read, "read_again", repeatable=True),
        _action(write, "write", writes=True),
        _action(write, "write_again", writes=True, repeatable=True),
    ),
)
