"""Faults of worker processes at random moments: SIGKILL, SIGTERM, SIGSTOP."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import dataclass
from threading import Thread

from rig.stress import timings
from rig.stress.workers import Worker, WorkerPool, choose_process

SHORTEST, LONGEST = 0.02, 0.25
"""Seconds between two faults."""

STOPPED = 0.6
"""Longest stop in seconds, unless the process is meant to count as dead."""


@dataclass(slots=True)
class FaultCounts:
    """How many faults of each kind were injected."""

    kills: int = 0
    ends: int = 0
    stops: int = 0
    silences: int = 0
    """Stops that last longer than a task may be silent."""


class FaultInjector(Thread):
    """A thread without the database: on SQLite a stopped process may hold its lock."""

    def __init__(self, pool: WorkerPool, rng: random.Random, *, seconds: float, silences: bool) -> None:
        super().__init__(name="fault-injector")
        self.faults = FaultCounts()
        self._pool = pool
        self._rng = rng
        self._until = time.monotonic() + seconds
        self._silences = silences
        self._paused: list[tuple[float, Worker, list[int]]] = []

    def run(self) -> None:
        while time.monotonic() < self._until:
            time.sleep(self._rng.uniform(SHORTEST, LONGEST))
            self._resume()
            if workers := self._pool.alive:
                self._inject(self._rng.choice(workers))
        while self._paused:
            time.sleep(SHORTEST)
            self._resume()

    def _inject(self, worker: Worker) -> None:
        faults = (self._kill_one, self._kill_some, self._kill_all, self._terminate, self._pause)
        fault = self._rng.choices(faults, weights=(10, 1, 1, 2, 5))[0]
        fault(worker)

    def _kill_one(self, worker: Worker) -> None:
        if pid := choose_process(worker, self._rng):
            self._kill(worker, [pid])

    def _kill_some(self, worker: Worker) -> None:
        """The first and one of the last, as a machine short of memory does."""
        family = list(worker.family())
        self._kill(worker, family[:1] + family[1:][-1:])

    def _kill_all(self, worker: Worker) -> None:
        for each in self._pool.alive if self._rng.random() < 0.3 else [worker]:
            self._kill(each, list(each.family()))

    def _kill(self, worker: Worker, pids: list[int]) -> None:
        for pid in pids:
            self.faults.kills += self._pool.signal(worker, pid, signal.SIGKILL)

    def _terminate(self, worker: Worker) -> None:
        if pid := choose_process(worker, self._rng):
            self.faults.ends += self._pool.signal(worker, pid, signal.SIGTERM)

    def _pause(self, worker: Worker) -> None:
        silent = self._silences and self._rng.random() < 0.5
        pid = choose_process(worker, self._rng)
        pids = list(worker.family()) if self._rng.random() < 0.3 else [pid] if pid else []
        seconds = timings.SILENCE + self._rng.uniform(0.5, 2.0) if silent else self._rng.uniform(0.05, STOPPED)
        for each in pids:
            stopped = self._pool.signal(worker, each, signal.SIGSTOP) if silent else worker.signal(each, signal.SIGSTOP)
            self.faults.stops += stopped
            self.faults.silences += silent and stopped
        self._paused.append((time.monotonic() + seconds, worker, pids))

    def _resume(self) -> None:
        now = time.monotonic()
        for due in [each for each in self._paused if each[0] <= now]:
            self._paused.remove(due)
            for pid in due[2]:
                due[1].signal(pid, signal.SIGCONT)
