"""The worker: one process that starts django-q2's cluster, watches over it, and cleans up after the dead.

Its parts are processes of their own (a sentinel, the workers, a monitor, a pusher). All are forks of this one, which
has loaded everything before: they share its memory. None of them outlives its parent, whatever that dies of.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.cluster import Cluster

from apps.plugins.services import refresh_records
from apps.tasks import runner  # noqa: F401 - what a wake-up calls; see _load
from apps.tasks.claiming import eligible
from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.processes import host
from apps.tasks.reaper import SILENCE, reap
from apps.tasks.schedules.clock import beat

logger = logging.getLogger(__name__)

TICK = 2.0
"""Seconds between two rounds of the watch."""

STUCK = 30.0
"""Seconds for which a task waits while nothing runs, before the cluster counts as stuck: a worker that was killed while
it was idle can take the lock of the cluster's queue with it, and the others wait for it for ever."""

PROCESSES = int(str(settings.Q_CLUSTER["workers"]))

PR_SET_PDEATHSIG = 1


def run(told: Callable[[str], None]) -> None:
    """Work until SIGTERM or SIGINT; then wait for the tasks that run. `told` gets a sentence for each change."""
    watch = Watch()
    _load(watch)
    _die_with_parent()
    reader, writer = os.pipe()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        os.write(writer, b"!")

    cluster = _start(stop)
    told(f"Working with {PROCESSES} processes. Ctrl-C ends it when the running tasks are done.")
    while reader not in wait([cluster.sentinel.sentinel, reader], timeout=TICK):
        if cluster.sentinel.is_alive() and not watch.is_stuck():
            watch.round()
            continue
        told("The cluster is stuck or has died: it is started anew.")
        cluster.sentinel.kill()  # its children go with it
        cluster.sentinel.join()
        cluster = _start(stop)
    told("Stopping: waiting for the running tasks.")
    watch.leave()
    cluster.stop()


class Watch:
    """What is looked after every few seconds: the sign of life of this worker, dead tasks, a stuck cluster."""

    def __init__(self) -> None:
        self._waiting_since: float | None = None

    def round(self) -> None:
        try:
            Worker.objects.update_or_create(
                host=host(),
                pid=os.getpid(),
                defaults={"seen": timezone.now(), "processes": PROCESSES},
            )
            beat()
            Worker.objects.filter(seen__lt=timezone.now() - SILENCE).delete()
            for task in reap():
                logger.warning("%s was taken from its dead process and is %s", task, task.state)
            self._look_for_idleness()
        except DatabaseError as error:  # the next round may find it back
            logger.warning("the watch could not use the database: %s", error)
            connections.close_all()

    def is_stuck(self) -> bool:
        stuck = self._waiting_since is not None and time.monotonic() - self._waiting_since > STUCK
        if stuck:
            self._waiting_since = None
        return stuck

    def leave(self) -> None:
        try:
            Worker.objects.filter(host=host(), pid=os.getpid()).delete()
        except DatabaseError as error:
            logger.warning("the end of this worker could not be stored: %s", error)
        connections.close_all()

    def _look_for_idleness(self) -> None:
        idle = not Task.objects.filter(state=TaskState.RUNNING, host=host()).exists()
        if not (idle and eligible().exists()):
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = time.monotonic()


def _load(watch: Watch) -> None:
    """All that a task needs, before the first fork: what is loaded by then, and not moved by the garbage collector, is
    shared by all processes. A first round fills the ORM's caches, too."""
    refresh_records()
    get_broker()
    watch.round()
    connections.close_all()
    gc.collect()
    gc.freeze()


def _start(stop: Callable[[int, FrameType | None], None]) -> Cluster:
    connections.close_all()
    cluster = Cluster()  # installs handlers of its own, which would wait for the tasks inside of a signal
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    cluster.start()
    return cluster


def _die_with_parent() -> None:
    """From now on every fork, and every fork of those, is killed by the kernel when its parent ends. Linux only."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is None:
        return
    parents: list[int] = []

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parents[-1]:  # it died in between
            os._exit(1)

    os.register_at_fork(before=lambda: parents.append(os.getpid()), after_in_child=in_child)
