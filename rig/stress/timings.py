"""Lockstep's times, shorter: a round takes seconds, and waits for what a minute is long enough for otherwise.

Whoever has the plugin has these; no installation does, for no setting and no variable changes them.
"""

from __future__ import annotations

from datetime import timedelta

from apps.tasks.worker import cancellation, journal, pool, reaper

SILENCE = 4.0
BEAT = 0.5
ROUND = 0.5
ANSWERED_WITHIN = 2.0


def apply() -> None:
    reaper.SILENCE = timedelta(seconds=SILENCE)
    journal.HEARTBEAT = BEAT
    cancellation.DOUBT = SILENCE / 2
    pool.TICK = ROUND
