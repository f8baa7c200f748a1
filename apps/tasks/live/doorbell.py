# [DEF:tasks.live.doorbell:Module]
# @COMPLEXITY: 2
# @PURPOSE: The doorbell: rings when watched rows change, in every web server.
"""A ring says “look”, not what has changed: the rows are the truth, and watchers also look from time to time without a
ring. On PostgreSQL it is a NOTIFY in the transaction that changes the rows. On SQLite nothing has to ring: the file
itself shows that something was committed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

ACTIVITY = "activity"
SESSIONS = "sessions"

CHANNEL = "lockstep"

LOOK = 0.05
"""Seconds between two looks at the number of SQLite's changes."""

PROBED = 5.0
"""Seconds between two checks that a listening connection still works."""

TURN = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0

# A server that is gone without a word is found in seconds, not in the hours that TCP takes by itself
WATCHFUL = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}

Heard = Callable[[str | None], None]
"""Called with a topic; None for a ring without one."""


def task_topic(task: int) -> str:
    return f"task {task}"


def ring(*topics: str) -> None:
    """Call it in the transaction that changes the rows: it is heard when that is committed, and not if it is not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for topic in topics:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, topic])


def ring_sessions(**_: Any) -> None:
    """Somebody signed out, or was signed out: a session was deleted, or the account changed what lets it in."""
    ring(SESSIONS)


class Doorbell:
    """A thread that listens from `open` to `close`, through a connection of its own; a broken one is replaced.

    `heard` is called in that thread, and after each new connection without a topic: rings may have been missed.
    """

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Listen, if it does not already."""
        if self._thread is None or not self._thread.is_alive() or self._closed.is_set():
            self._closed = threading.Event()
            self._thread = threading.Thread(target=self._run, args=[self._closed], name="doorbell", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._closed.set()

    def _run(self, closed: threading.Event) -> None:
        pause = FIRST_PAUSE
        while not closed.is_set():
            try:
                for topic in _rings(closed):
                    self._heard(topic)
                    pause = FIRST_PAUSE
            except Error as error:
                logger.warning("the doorbell has no connection (%s): retrying in %.1f s", error, pause)
                closed.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)


def _rings(closed: threading.Event) -> Iterator[str | None]:
    own = connection.copy()
    if own.vendor == "postgresql":
        own.settings_dict["OPTIONS"] = WATCHFUL | own.settings_dict["OPTIONS"]
    with closing(own):
        yield from (_notified if own.vendor == "postgresql" else _changed)(own, closed)


def _changed(own: BaseDatabaseWrapper, closed: threading.Event) -> Iterator[str | None]:
    """SQLite counts, for each connection, what others have committed."""
    known = None
    with own.cursor() as cursor:
        while not closed.wait(LOOK if known else 0):
            cursor.execute("PRAGMA data_version")
            found = cursor.fetchall()
            if found != known:
                known = found
                yield None


def _notified(own: BaseDatabaseWrapper, closed: threading.Event) -> Iterator[str | None]:
    with own.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
        yield None
        probed = time.monotonic()
        while not closed.is_set():
            with own.wrap_database_errors:
                for notification in own.connection.notifies(timeout=TURN, stop_after=1):
                    yield notification.payload
            if time.monotonic() - probed > PROBED:
                cursor.execute("SELECT 1")
                probed = time.monotonic()
