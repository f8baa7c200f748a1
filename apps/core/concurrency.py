# [DEF:core.concurrency:Module]
# @COMPLEXITY: 3
# @PURPOSE: Changing a row only if it still is what it was thought to be, and a database that is away for a moment.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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

from apps.core.errors import NotThere

Row = TypeVar("Row", bound=models.Model)
Result = TypeVar("Result")

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
"""What a database raises that is busy, or whose connection broke."""

AGAIN_AFTER = tuple(0.1 * 2**times for times in range(8))
"""Seconds between the tries: half a minute in all."""


MOMENT = 200
"""Milliseconds."""

LEFT_OUT, PAUSE = "core.rows.left-out", 10
"""Of this process: what nobody depends on is not written for so many seconds after the last that could not be."""

HURRY = {
    "sqlite": ("PRAGMA busy_timeout", "PRAGMA busy_timeout = {}"),
    "postgresql": ("SHOW lock_timeout", "SET lock_timeout = '{}'"),
}
"""By kind of database: how to ask how long it waits, and how to tell it."""


def retry_on_database_error(ask: Callable[[], Result], what: str) -> Result:
    """What the database answers, after half a minute at most in which it may be away; `what` is done, for the log.

    Call it outside of a transaction, with something that may be done twice: an answer can be lost after its work.
    Inside of one it is asked once, for with the connection the transaction is gone.
    """
    if connection.in_atomic_block:
        return ask()
    for pause in AGAIN_AFTER:
        close_old_connections()  # makes Django ask whether this one still works: it may have rested for hours
        try:
            return ask()
        except AWAY as error:
            logger.warning("%s: not done yet (%s)", what, error)
            connection.close()
            time.sleep(pause)
    return ask()


def if_possible(write: Callable[[], object], what: str) -> bool:
    """Whether this was written. Nobody depends on it, so it waits for others for a moment only, and what fails is told
    to the log and not tried for a while: who reads gets an answer from a database that is full, or can only be read."""
    if cache.get(LEFT_OUT):
        return False
    try:
        with _hurried(), transaction.atomic():
            write()
    except Error as error:
        logger.warning("%s could not be stored: %s", what, error)
        cache.set(LEFT_OUT, value=True, timeout=PAUSE)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return False
    return True


@contextmanager
def _hurried() -> Iterator[None]:
    """Whoever writes inside waits for others a moment at most, unless a transaction is open already."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    look, set_to = HURRY[connection.vendor]
    with connection.wrap_database_errors:
        patience = raw.execute(look).fetchone()[0]
        raw.execute(set_to.format(MOMENT))
    try:
        yield
    finally:
        with suppress(Error), connection.wrap_database_errors:  # if it is broken, the next one begins with its own
            raw.execute(set_to.format(patience))


def compare_and_set(row: models.Model, *, expected: dict[str, Any], **changes: Any) -> bool:
    """Set fields of one row where the expected ones still have their old values; True if this call did it.

    One UPDATE, so of several callers at most one wins. The instance in hand gets the changes only on success.
    """
    manager = type(row)._default_manager  # noqa: SLF001 - the documented way to a model's manager
    if manager.filter(pk=row.pk, **expected).update(**changes) != 1:
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def alone(lock: int) -> None:
    """In a transaction: until it ends, whoever asks for the same number waits. On SQLite every transaction is alone."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def locked(row: Row) -> Row:
    """The row as it is now. Whoever decides by it inside of a transaction is alone with it until that ends.

    PostgreSQL locks the row; on SQLite every transaction is alone.
    """
    manager = type(row)._default_manager  # noqa: SLF001 - the documented way to a model's manager
    found = manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if found is None:
        raise NotThere(f"“{row}” was removed in the meantime.")
    return found
