# [DEF:core.storage:Module]
# @COMPLEXITY: 2
# @PURPOSE: Recognises that nothing can be stored: the disk is full, or the database is read-only.
"""This is not a fault of Lockstep, and reading still works."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, OperationalError, connection

from apps.core import messages

LEAST_FREE = 10_000_000
"""Bytes of free space, below which the disk of the data directory counts as full."""

_SQLSTATES = {"25006": messages.READ_ONLY, "53100": messages.DISK_FULL}
_BY_TEXT = {
    "readonly database": messages.READ_ONLY,
    "read-only transaction": messages.READ_ONLY,
    "disk is full": messages.DISK_FULL,
}
_ERRNOS = {errno.ENOSPC: messages.DISK_FULL, errno.EDQUOT: messages.DISK_FULL, errno.EROFS: messages.READ_ONLY_DISK}


def why_not_stored(error: BaseException | None) -> str:
    """A sentence if the error means that nothing can be stored; empty for other errors."""
    if isinstance(error, OSError):
        return str(_ERRNOS.get(error.errno or 0, ""))
    if not isinstance(error, Error):
        return ""
    by_state = _SQLSTATES.get(str(getattr(error.__cause__, "sqlstate", "")), "")
    return str(by_state or next((text for part, text in _BY_TEXT.items() if part in str(error).lower()), ""))


def storage_problem() -> str:
    """A sentence if nothing could be stored right now; empty if all seems well. It writes nothing."""
    disk = data_disk()
    return (disk.problem if disk else "") or _database_problem()


@dataclass(frozen=True, slots=True)
class Disk:
    """The one with the data directory: bytes."""

    free: int
    size: int
    read_only: bool

    @property
    def problem(self) -> str:
        """A sentence if no file could be stored on it; empty otherwise."""
        if self.read_only:
            return str(messages.READ_ONLY_DISK)
        return messages.DATA_DISK_FULL.format(free=self.free // 1_000_000) if self.free < LEAST_FREE else ""


def data_disk() -> Disk | None:
    """None if the system does not say. It writes nothing."""
    directory = Path(settings.DATA_DIR)
    with suppress(OSError):
        found = os.statvfs(directory if directory.exists() else directory.parent)
        size, read_only = found.f_blocks * found.f_frsize, bool(found.f_flag & os.ST_RDONLY)
        return Disk(found.f_bavail * found.f_frsize, size, read_only)
    return None


def _database_problem() -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')")
            return str(messages.READ_ONLY) if cursor.fetchone()[0] == "on" else ""
    return "" if connection.in_atomic_block else _sqlite_problem()


def _sqlite_problem() -> str:
    """SQLite reports it when a write begins. A lock of another writer is no problem."""
    connection.ensure_connection()
    raw: Any = connection.connection
    if raw.execute("PRAGMA query_only").fetchone()[0]:
        return str(messages.READ_ONLY)
    timeout = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        with connection.wrap_database_errors:
            raw.execute("BEGIN IMMEDIATE")
            raw.execute("ROLLBACK")
    except OperationalError as error:
        return why_not_stored(error)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {timeout}")
    return ""
