# [DEF:core.storage:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether what is to be stored can be stored: a disk that is full, a database that can only be read.
"""Nothing of it is a fault of Lockstep, and reading goes on."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, OperationalError, connection

LITTLE = 10_000_000
"""Bytes: with less on its disk, the data directory counts as full."""

READ_ONLY = "The database takes no changes: it can only be read at the moment."
FULL = "The disk is full: nothing can be stored at the moment."
READ_ONLY_DISK = "The disk takes no changes: it can only be read at the moment."
NEXT_STEP = "Make room, or let the database be written again; what is there can be read meanwhile."

_SQLSTATES = {"25006": READ_ONLY, "53100": FULL}
_SAID = {"readonly database": READ_ONLY, "read-only transaction": READ_ONLY, "disk is full": FULL}
_ERRNOS = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EROFS: READ_ONLY_DISK}


def why_not_stored(error: BaseException | None) -> str:
    """The sentence, if the error says that nothing can be stored; empty for any other."""
    if isinstance(error, OSError):
        return _ERRNOS.get(error.errno or 0, "")
    if not isinstance(error, Error):
        return ""
    by_state = _SQLSTATES.get(str(getattr(error.__cause__, "sqlstate", "")), "")
    return by_state or next((told for said, told in _SAID.items() if said in str(error).lower()), "")


def trouble() -> str:
    """The sentence, if it is known already that nothing could be stored; empty if all seems well. It writes nothing."""
    return _trouble_of_disk() or _trouble_of_database()


def _trouble_of_disk() -> str:
    directory = Path(settings.DATA_DIR)
    with suppress(OSError):
        found = os.statvfs(directory if directory.exists() else directory.parent)
        free = found.f_bavail * found.f_frsize
        if found.f_flag & os.ST_RDONLY:
            return READ_ONLY_DISK
        if free < LITTLE:
            return f"The disk of the data directory is full: {free // 1_000_000} MB of it are free."
    return ""


def _trouble_of_database() -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')")
            return READ_ONLY if cursor.fetchone()[0] == "on" else ""
    return "" if connection.in_atomic_block else _trouble_of_file()


def _trouble_of_file() -> str:
    """SQLite says it when somebody is about to write; that another one writes is no trouble."""
    connection.ensure_connection()
    raw: Any = connection.connection
    if raw.execute("PRAGMA query_only").fetchone()[0]:
        return READ_ONLY
    patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        with connection.wrap_database_errors:
            raw.execute("BEGIN IMMEDIATE")
            raw.execute("ROLLBACK")
    except OperationalError as error:
        return why_not_stored(error)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {patience}")
    return ""
