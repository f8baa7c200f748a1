# [DEF:superset.http.pace:Module]
# @COMPLEXITY: 3
# @PURPOSE: How long a session waits between its requests and for their answers.
# @RELATION DEPENDS_ON -> superset.http.retry

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.superset.http.retry import Backoff

SLICE = 0.25
"""Seconds of sleep between two looks whether the run was cancelled."""


def sleep(seconds: float, check: Callable[[], None]) -> None:
    """Sleep, calling `check` now and then; what that raises ends the sleep."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left, SLICE))


@dataclass(frozen=True, slots=True)
class Pace:
    """Where waiting, chance and time come from. In seconds: `rest` between an answer and the next read, for the people
    who work there; `patience` for which a run that was stopped still awaits the answer to a write, and `finishing`
    for which it still reads back what became of it; `leaves_within` between the last look whether a write may leave,
    and its leaving."""

    rest: float = 0.0
    patience: float = 8.0
    finishing: float = 5.0
    leaves_within: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)
    busy: Backoff = field(default_factory=lambda: Backoff(tries=8, base=1.0, cap=30.0, longest=120.0))
    """For a write that was answered 429: a run stands half-way, so it is given more time than a read."""
    sleep: Callable[[float, Callable[[], None]], None] = sleep
    chance: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
