# [DEF:core.concurrency:Module]
# @COMPLEXITY: 3
# @PURPOSE: Compare-and-set, locks, and retries while the database is unavailable for a moment.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import (
    Error,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    models,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core import messages
from apps.core.errors import NotThere

Row = TypeVar("Row", bound=models.Model)
Result = TypeVar("Result")

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
"""The errors of a database that is busy or whose connection broke."""

AGAIN_AFTER = tuple(0.1 * 2**times for times in range(8))
"""Seconds between the attempts: half a minute in all."""

SHORT_TIMEOUT = 200
"""Milliseconds."""

SUSPENDED, SUSPENDED_FOR = "core.rows.suspended", 10
"""Cache key and seconds: after a failure, this process suspends optional writes."""

SCHEMA_LOCK = 7_204_119
SCHEMA_POLL = 0.2
KEEPALIVE = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}
"""Seconds, and how often: PostgreSQL gives up the connection of a host that is gone after a minute."""
"""Seconds."""

TIMEOUTS = {
    "sqlite": ("PRAGMA busy_timeout", "PRAGMA busy_timeout = {}"),
    "postgresql": ("SHOW lock_timeout", "SET lock_timeout = '{}'"),
}
"""By database vendor: how to read and how to set the time that it waits for a lock."""


def retry_on_database_error(ask: Callable[[], Result], what: str) -> Result:
    """The result of `ask`, which is retried for half a minute while the database is unavailable. `what` is for the log.

    Call it outside a transaction, with something that may be done twice: a response can be lost after the work is done.
    Inside a transaction it is called once, because the transaction is lost with the connection.
    """
    if connection.in_atomic_block:
        return ask()
    for pause in AGAIN_AFTER:
        try:
            return _asked(ask)
        except AWAY as error:
            logger.warning("%s: not done yet (%s)", what, error)
            connection.close()
            time.sleep(pause)
    return _asked(ask)


def _asked(ask: Callable[[], Result]) -> Result:
    """Django leaves what fails while a cursor is closed to the driver, whose errors become Django's here."""
    with connection.wrap_database_errors:
        close_old_connections()  # makes Django check the connection, which may have been idle for hours
        return ask()


def write_if_possible(write: Callable[[], object], what: str) -> bool:
    """Whether this optional write succeeded. It waits for locks only briefly. A failure is logged, and such writes are
    suspended for a while, so that reading still works while the database is full or read-only.
    """
    if cache.get(SUSPENDED):
        return False
    try:
        with _short_lock_timeout(), transaction.atomic():
            write()
    except Error as error:
        logger.warning("%s could not be stored: %s", what, error)
        cache.set(SUSPENDED, value=True, timeout=SUSPENDED_FOR)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return False
    return True


@contextmanager
def _short_lock_timeout() -> Iterator[None]:
    """Writes inside wait only briefly for locks, unless a transaction is already open."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    read, write = TIMEOUTS[connection.vendor]
    with connection.wrap_database_errors:
        timeout = raw.execute(read).fetchone()[0]
        raw.execute(write.format(SHORT_TIMEOUT))
    try:
        yield
    finally:
        with (
            suppress(Error),
            connection.wrap_database_errors,
        ):  # a broken connection is replaced anyway
            raw.execute(write.format(timeout))


def compare_and_set(row: models.Model, *, expected: dict[str, Any], **changes: Any) -> bool:
    """Set fields of one row if the expected ones still have their old values; True if this call did it.

    It is one UPDATE, so at most one of several callers succeeds. The instance gets the changes only on success.
    """
    manager = type(row)._default_manager  # noqa: SLF001 - the documented way to a model's manager
    if manager.filter(pk=row.pk, **expected).update(**changes) != 1:
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def advisory_lock(lock: int) -> None:
    """In a transaction: until it ends, others that request the same lock wait. SQLite runs one writer at a time
    anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


@contextmanager
def schema_lock(database: BaseDatabaseWrapper, waiting: Callable[[], object]) -> Iterator[None]:
    """Inside, nobody else creates or changes the tables of this database, on any host. `waiting` is called once if
    somebody does; the lock ends with the process that holds it.

    It is asked for again and again: a query that waits would keep a snapshot, for which an index that the holder builds
    concurrently waits in turn.
    """
    hold = _held_in_postgresql if database.vendor == "postgresql" else _held_on_the_directory
    with hold(database) as take:
        if not take():
            waiting()
            while not take():
                time.sleep(SCHEMA_POLL)
        yield


@contextmanager
def _held_in_postgresql(database: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    """It belongs to the connection, not to a transaction: each schema migration has its own."""

    with database.cursor() as cursor:
        for name, value in KEEPALIVE.items():  # a host that loses its power must not hold the lock for two hours
            cursor.execute(f"SET {name} = {value}")

    def take() -> bool:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [SCHEMA_LOCK])
            return bool(cursor.fetchone()[0])

    try:
        yield take
    finally:
        with suppress(Error), database.cursor() as cursor:  # a broken connection has lost it
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SCHEMA_LOCK])


@contextmanager
def _held_on_the_directory(database: BaseDatabaseWrapper) -> Iterator[Callable[[], bool]]:
    """Not on the database itself: closing that file would end SQLite's own locks."""
    name = str(database.settings_dict["NAME"])
    if not Path(name).is_absolute():  # in memory
        yield lambda: True
        return
    directory = os.open(Path(name).parent, os.O_RDONLY)  # a file of its own might belong to another user
    try:

        def take() -> bool:
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield take
    finally:
        os.close(directory)


def locked(row: Row) -> Row:
    """The current row, locked until the end of the transaction.

    PostgreSQL locks the row; SQLite runs one writer at a time anyway.
    """
    manager = type(row)._default_manager  # noqa: SLF001 - the documented way to a model's manager
    found = manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if found is None:
        raise NotThere(messages.ROW_REMOVED.format(row=row))
    return found


def ask_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
