# [DEF:tasks.worker.cancellation:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether a running task should stop, why, and since when.

from __future__ import annotations

import time
from dataclasses import dataclass, field

from apps.superset.errors import Cancelled
from apps.tasks import messages

GRACE = 30.0
"""Seconds that an action gets to stop before its process is ended."""

GRACE_OF_WRITES = 900.0
"""The same for one that writes: the longest request is given up after ten minutes, and then is read back."""

DOUBT = 30.0
"""Seconds without a stored sign of life after which an action may not go on before there is one. It is half of what
the reaper waits for: a process that was stopped, or cut off from the database, writes nothing for a task that may be
somebody else's by now."""

LOOK = 0.05
"""Seconds between two looks of an action that waits for that."""


class NotStored(Exception):
    """Lines or files of the task are lost, so it cannot count as succeeded."""


@dataclass(slots=True)
class Stop:
    """Written by the journal's thread, read by the action's: plain values, each set once."""

    time_limit: float
    grace: float = GRACE
    began: float = field(default_factory=time.monotonic)
    lost: bool = False
    failed: str = ""
    """Why lines or files could not be stored."""

    cancelled_by: str = ""
    confirmed: float = field(default_factory=time.monotonic)
    """When the claim was last known to hold."""

    _since: float | None = None

    def limit(self, seconds: float, *, writes: bool) -> None:
        self.time_limit = seconds
        self.grace = GRACE_OF_WRITES if writes else GRACE

    def cancel(self, by: str) -> None:
        if not self.cancelled_by:
            self._since = time.monotonic()
            self.cancelled_by = by

    def fail(self, why: str) -> None:
        self.failed = self.failed or why

    def require_stored(self) -> None:
        if self.failed:
            raise NotStored(messages.NOT_STORED.format(reason=self.failed))

    @property
    def is_out_of_time(self) -> bool:
        return time.monotonic() - self.began > self.time_limit

    @property
    def is_overdue(self) -> bool:
        """It should have stopped by now."""
        limit = self.began + self.time_limit
        return time.monotonic() - min(limit, self._since or limit) > self.grace

    @property
    def is_in_doubt(self) -> bool:
        """Whether the task may have been given away without this process knowing."""
        return time.monotonic() - self.confirmed > DOUBT

    def check(self) -> None:
        """Raise Cancelled, with the reason, if it should stop, and NotStored if its lines can no longer be stored. In
        doubt, wait until the journal knows."""
        while self.is_in_doubt and not (self.lost or self.is_out_of_time):
            time.sleep(LOOK)
        if self.lost:
            raise Cancelled(str(messages.REASSIGNED))
        self.require_stored()
        if self.cancelled_by:
            raise Cancelled(messages.STOPPED.format(user=self.cancelled_by))
        if self.is_out_of_time:
            raise Cancelled(messages.OUT_OF_TIME.format(seconds=f"{self.time_limit:.0f}"))
