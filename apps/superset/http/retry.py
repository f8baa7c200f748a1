# [DEF:superset.http.retry:Module]
# @COMPLEXITY: 3
# @PURPOSE: When to retry a request, and how long to wait first.
# @RELATION DEPENDS_ON -> superset.http.responses

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from apps.superset.http.failures import Broken
from apps.superset.http.responses import Response
from apps.superset.http.transport import Call

TOO_MANY = 429
"""The server, or a gateway in front of it, did not process the request: certainly nothing was done."""

FAULT = 500

SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with full jitter: before try n+1 a random part of `base * 2**n` seconds, at most `cap`.

    A server that names its own wait (Retry-After) gets it on top, unless it asks for more than `longest`.
    """

    tries: int = 5
    base: float = 0.5
    cap: float = 15.0
    longest: float = 60.0

    def delay(self, failures: int, *, share: float, requested: float = 0.0) -> float | None:
        """Seconds to wait after so many failures, None to give up; `share` is a random number from 0 to 1."""
        if failures >= self.tries or requested > self.longest:
            return None
        return requested + share * min(self.cap, self.base * 2.0 ** (failures - 1))


def is_temporary(outcome: Response | Broken) -> bool:
    """429, all 5xx, and dropped connections."""
    if isinstance(outcome, Broken):
        return outcome.dropped
    return outcome.status == TOO_MANY or outcome.status >= FAULT


def is_fault_of_content(call: Call, outcome: Response | Broken) -> bool:
    """Superset always answers 500 to an export of an asset that it cannot export: one retry is enough."""
    return call.bundle and isinstance(outcome, Response) and outcome.status == FAULT


def requested_wait(answer: Response | Broken) -> float:
    """Retry-After in seconds, 0 if there is none. A date is compared with the server's own clock."""
    if isinstance(answer, Broken):
        return 0.0
    text = answer.header("retry-after").strip()
    if SECONDS.fullmatch(text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(answer.header("date")) if answer.header("date") else datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return 0.0
