from __future__ import annotations

import signal

import pytest

from apps.core.management import supervisor
from apps.core.management.supervisor import Part


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(supervisor, "time", clock)
    return clock


def test_the_first_death_is_mended_at_once_and_the_next_ones_ever_later(clock):
    part = Part("worker", lambda: None)
    told = []
    for _ in range(8):
        part.started = clock.now
        told.append(supervisor._restart(part, 1).partition("Restarting")[2])
    assert told == [".", " in 1 s.", " in 2 s.", " in 4 s.", " in 8 s.", " in 16 s.", " in 30 s.", " in 30 s."]


def test_a_death_after_a_steady_life_is_the_first_again(clock):
    part = Part("worker", lambda: None, started=clock.now, deaths=5)
    clock.now += 31
    assert supervisor._restart(part, -signal.SIGKILL) == "The worker was killed by SIGKILL. Restarting."
    assert part.due == clock.now
