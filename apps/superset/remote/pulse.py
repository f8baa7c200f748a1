# [DEF:superset.remote.pulse:Module]
# @COMPLEXITY: 3
# @PURPOSE: How fast one Superset answers, and how far its clock is from that of this machine.
# @RELATION DEPENDS_ON -> superset.http.session

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from statistics import median

from apps.superset.http.session import Session

HEALTH_PATH = "/health"
"""Anonymous; asks neither the database nor the cache (source: superset/views/health.py, 4.1 to 6.1)."""

TIMES = 3


@dataclass(frozen=True, slots=True)
class Pulse:
    """`seconds` from a request to its answer. `ahead` is by how many seconds the server's clock is ahead of ours, to
    the second; None if it does not state its time."""

    seconds: float
    ahead: float | None


def read_pulse(
    session: Session, *, now: Callable[[], float] = time.time, clock: Callable[[], float] = time.monotonic
) -> Pulse:
    """The median of a few requests, so that one slow answer says nothing."""
    times, ahead = [], None
    for _ in range(TIMES):
        began = clock()
        answer = session.anonymous(HEALTH_PATH)
        times.append(clock() - began)
        ahead = _ahead(answer.header("date"), now(), times[-1])
    return Pulse(median(times), ahead)


def _ahead(date: str, received: float, took: float) -> float | None:
    """The header was written at some moment while we waited, and it leaves out the fraction of its second."""
    try:
        stated = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
    if stated > received:
        return stated - received
    return min(0.0, stated + 1 - (received - took))
