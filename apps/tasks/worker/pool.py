# [DEF:tasks.worker.pool:Module]
# @COMPLEXITY: 3
# @PURPOSE: The worker: one process that waits for work and forks a process for each task.
# @RELATION DEPENDS_ON -> core.management.supervisor
# @RELATION DEPENDS_ON -> plugins.installation
"""It has loaded everything by then, and they share its memory. What a task takes goes with its process, so a worker
that rests is as small as it was when it started. None of its processes outlives it, whatever it dies of. A process ends
with its task, unless that was a short one: then it takes the next.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

from django.conf import settings
from django.db import Error, connections
from django.utils import timezone

from apps.core.management.supervisor import share_one_heap
from apps.plugins.installation import refresh_records
from apps.plugins.needs import as_text
from apps.tasks import messages, queue
from apps.tasks.models import Worker
from apps.tasks.worker import runner
from apps.tasks.worker.claims import NOTHING, Offers, eligible, needing_more
from apps.tasks.worker.clock import heartbeat
from apps.tasks.worker.processes import host
from apps.tasks.worker.reaper import SILENCE, reap
from apps.tasks.worker.seats import UNLIMITED, Seats, affordable, memory_limit

logger = logging.getLogger(__name__)

TICK = 2.0
"""Seconds between two rounds of the watch."""

PROCESSES = int(str(settings.Q_CLUSTER["workers"]))

LAST_RESORT = int(str(settings.Q_CLUSTER["timeout"]))
"""Seconds after which the kernel ends a process that hangs. An action has a limit of its own."""

SHORT = 1.0
"""Seconds for which a process goes on to take tasks: a fork with its connection costs more than a short task does."""

PR_SET_PDEATHSIG = 1


def run(say: Callable[[str], None], offers: Offers = NOTHING) -> None:
    """Work until SIGTERM or SIGINT, then wait for the running tasks. `say` gets a sentence for each change.

    A wake-up goes to any worker. For a task that not every worker can take, it may go to one that cannot: workers that
    offer something look for such tasks in each round, too, and when they start.
    """
    watch, stop = Watch(offers), _stop_signals()
    seats = Seats(settings.LARGE_TASKS or affordable(memory_limit(), PROCESSES))
    pool = Pool(stop, offers, seats)
    _load(watch)
    say(messages.WORKER_STARTED.format(count=PROCESSES))
    if seats.number is not None and seats.number < PROCESSES:
        say(messages.WORKER_SEATS.format(count=seats.number))
    if offers:
        say(messages.WORKER_OFFERS.format(offers=", ".join(sorted(offers))))
    while stop not in wait([stop, *pool.ends], timeout=0 if pool.has_room else watch.patience):
        try:
            pool.discard_ended()
            watch.round_if_due()
            if pool.has_room and (watch.took_note() or queue.take_wake_up()) and pool.has_work:
                pool.start()
        except Error as error:  # the next round may find it back
            logger.warning("the worker could not use the database: %s", error)
            connections.close_all()
            wait([stop], timeout=TICK)
    say(str(messages.WORKER_STOPPING))
    watch.leave()
    pool.wait()
    seats.close()


class Pool:
    """The forked processes."""

    def __init__(self, stop: int, offers: Offers = NOTHING, seats: Seats = UNLIMITED) -> None:
        self._stop = stop
        self._offers = offers
        self._seats = seats
        self._processes: list[BaseProcess] = []
        self._fork = multiprocessing.get_context("fork")

    @property
    def has_room(self) -> bool:
        return len(self._processes) < PROCESSES

    @property
    def has_work(self) -> bool:
        return eligible(self._offers, seat=self._seats.free).exists()

    @property
    def ends(self) -> list[int]:
        """What `wait` returns when a process has ended."""
        return [process.sentinel for process in self._processes]

    def start(self) -> None:
        connections.close_all()  # a connection must not be shared with a fork
        process = self._fork.Process(target=_work, args=(os.getpid(), self._stop, self._offers, self._seats))
        process.start()
        self._processes.append(process)

    def discard_ended(self) -> None:
        """Forget processes that have ended. The task of one that was killed is left to the reaper."""
        ended = wait(self.ends, timeout=0)
        for process in self._processes:
            if process.sentinel in ended:
                process.join()  # the sentinel is ready a moment before the process is gone
        self._processes = [process for process in self._processes if process.sentinel not in ended]

    def wait(self) -> None:
        for process in self._processes:
            process.join()


class Watch:
    """What is looked after every few seconds: signs of life of this worker and the clock, and dead tasks."""

    def __init__(self, offers: Offers = NOTHING) -> None:
        self.asked: datetime | None = None
        self._offers = offers
        self._found = False
        self._due = time.monotonic()

    @property
    def patience(self) -> float:
        """Seconds until the next round."""
        return max(0.0, self._due - time.monotonic())

    def round_if_due(self) -> None:
        if not self.patience:
            self._due = time.monotonic() + TICK
            self.round()

    def round(self) -> None:
        """That the scheduler answered is stored with the next sign of life: it costs nothing."""
        Worker.objects.update_or_create(
            host=host(),
            pid=os.getpid(),
            defaults={
                "seen": timezone.now(),
                "processes": PROCESSES,
                "asked": self.asked,
                "offers": as_text(self._offers),
            },
        )
        heartbeat()
        self.asked = timezone.now()
        Worker.objects.filter(seen__lt=timezone.now() - SILENCE).delete()
        for task in reap(self._offers):
            logger.warning("%s was taken from its dead process and is %s", task, task.state)
        self._found = bool(self._offers) and needing_more(self._offers).exists()

    def took_note(self) -> bool:
        """Whether the last round found a task that not every worker can take; true once for each round."""
        found, self._found = self._found, False
        return found

    def leave(self) -> None:
        try:
            Worker.objects.filter(host=host(), pid=os.getpid()).delete()
        except Error as error:
            logger.warning("the end of this worker could not be stored: %s", error)
        connections.close_all()


def _load(watch: Watch) -> None:
    """All that a task needs, before the first fork: what is loaded by then, and not moved by the garbage collector, is
    shared by all processes. A first round fills the ORM's caches, too."""
    share_one_heap()
    refresh_records()
    watch.round()
    queue.take_wake_up()
    connections.close_all()
    gc.collect()
    gc.freeze()


def _stop_signals() -> int:
    """The end of a pipe that can be read when this process is to stop."""
    reader, writer = os.pipe()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        os.write(writer, b"!")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return reader


def _work(parent: int, stop: int, offers: Offers, seats: Seats) -> None:
    """What a fork does: the task that is next, if it still is there; more only if that was a short one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with(parent)
    ends = time.monotonic() + SHORT
    try:
        signal.alarm(LAST_RESORT)
        while not wait([stop], timeout=0) and runner.work(offers, seats) and time.monotonic() < ends:
            signal.alarm(LAST_RESORT)
    finally:
        connections.close_all()


def _die_with(parent: int) -> None:
    """From now on the kernel kills this process when its parent ends. Linux only."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in between
            os._exit(1)
