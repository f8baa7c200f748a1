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
"""Seconds of sleep between checks whether the run was cancelled."""


def sleep(seconds: float, check: Callable[[], None]) -> None:
    """Sleep, calling `check` now and then; an exception from it ends the sleep."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left, SLICE))


@dataclass(frozen=True, slots=True)
class Pace:
    """The source of waiting, randomness and time. In seconds: `rest` between a response and the next read, to keep the
    server responsive; `patience`, how long a stopped run still waits for the response to a write; `finishing`, how long
    it still reads back the outcome; `leaves_within`, the maximum between the last check whether a write may be sent and
    its first byte."""

    rest: float = 0.0
    patience: float = 8.0
    finishing: float = 5.0
    leaves_within: float = 5.0
    backoff: Backoff = field(default_factory=Backoff)
    busy: Backoff = field(default_factory=lambda: Backoff(tries=8, base=1.0, cap=30.0, longest=120.0))
    """For a write answered with 429: the run is half done, so it gets more time than a read."""
    sleep: Callable[[float, Callable[[], None]], None] = sleep
    chance: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
