"""Shorter time limits of Lockstep, so that a round takes seconds instead of minutes.

Only processes that load the stress plugin have them; no setting or variable of an installation changes them.
"""

from __future__ import annotations

from datetime import timedelta

from apps.tasks.worker import cancellation, journal, pool, reaper

SILENCE = 4.0
HEARTBEAT = 0.5
ROUND = 0.5
ANSWERED_WITHIN = 2.0


def apply() -> None:
    reaper.SILENCE = timedelta(seconds=SILENCE)
    journal.HEARTBEAT = HEARTBEAT
    cancellation.DOUBT = SILENCE / 2
    pool.TICK = ROUND
