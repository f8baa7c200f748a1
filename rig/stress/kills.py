"""Random blows at random moments: what is done to the processes of the workers during a round."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import dataclass
from threading import Thread

from rig.stress import timings
from rig.stress.workers import Crew, Worker, chosen

SHORTEST, LONGEST = 0.02, 0.25
"""Seconds between two blows."""

STOPPED = 0.6
"""Seconds for which a process is stopped at most, unless it is to be taken for dead."""


@dataclass(slots=True)
class Blows:
    """What was done, to be counted."""

    kills: int = 0
    ends: int = 0
    stops: int = 0
    silences: int = 0
    """Stops for longer than a task may be silent."""


class Storm(Thread):
    """In a thread, and without the database: where that is one file, a process that was stopped may hold its lock."""

    def __init__(self, crew: Crew, dice: random.Random, *, seconds: float, silences: bool) -> None:
        super().__init__(name="storm")
        self.blows = Blows()
        self._crew = crew
        self._dice = dice
        self._until = time.monotonic() + seconds
        self._silences = silences
        self._resumed: list[tuple[float, Worker, list[int]]] = []

    def run(self) -> None:
        while time.monotonic() < self._until:
            time.sleep(self._dice.uniform(SHORTEST, LONGEST))
            self._resume()
            if workers := self._crew.alive:
                self._strike(self._dice.choice(workers))
        while self._resumed:
            time.sleep(SHORTEST)
            self._resume()

    def _strike(self, worker: Worker) -> None:
        blows = (self._kill_one, self._kill_some, self._kill_all, self._tell_to_end, self._halt)
        blow = self._dice.choices(blows, weights=(10, 1, 1, 2, 5))[0]
        blow(worker)

    def _kill_one(self, worker: Worker) -> None:
        if pid := chosen(worker, self._dice):
            self._kill(worker, [pid])

    def _kill_some(self, worker: Worker) -> None:
        """The first and one of the last: what a machine short of memory does."""
        family = list(worker.family())
        self._kill(worker, family[:1] + family[1:][-1:])

    def _kill_all(self, worker: Worker) -> None:
        for each in self._crew.alive if self._dice.random() < 0.3 else [worker]:
            self._kill(each, list(each.family()))

    def _kill(self, worker: Worker, pids: list[int]) -> None:
        for pid in pids:
            self.blows.kills += self._crew.strike(worker, pid, signal.SIGKILL)

    def _tell_to_end(self, worker: Worker) -> None:
        if pid := chosen(worker, self._dice):
            self.blows.ends += self._crew.strike(worker, pid, signal.SIGTERM)

    def _halt(self, worker: Worker) -> None:
        silent = self._silences and self._dice.random() < 0.5
        pid = chosen(worker, self._dice)
        pids = list(worker.family()) if self._dice.random() < 0.3 else [pid] if pid else []
        seconds = timings.SILENCE + self._dice.uniform(0.5, 2.0) if silent else self._dice.uniform(0.05, STOPPED)
        for each in pids:
            stopped = self._crew.strike(worker, each, signal.SIGSTOP) if silent else worker.signal(each, signal.SIGSTOP)
            self.blows.stops += stopped
            self.blows.silences += silent and stopped
        self._resumed.append((time.monotonic() + seconds, worker, pids))

    def _resume(self) -> None:
        now = time.monotonic()
        for due in [each for each in self._resumed if each[0] <= now]:
            self._resumed.remove(due)
            for pid in due[2]:
                due[1].signal(pid, signal.SIGCONT)
