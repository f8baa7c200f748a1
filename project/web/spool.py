# [DEF:project.web.spool:Module]
# @COMPLEXITY: 3
# @PURPOSE: Buffers a request or response body until it is complete: a little in memory, the rest in a file.
# @RELATION DEPENDS_ON -> project.web.limits
"""So a hundred slow clients cost no more memory than a hundred small requests. The unnamed files are in the data
directory, because the system's temporary directory is in memory on many machines.
"""

from __future__ import annotations

import threading
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

from django.conf import settings

from project import messages
from project.web.limits import NoRoom

IN_MEMORY = 128 * 1024
"""Bytes of one body that are kept in memory."""

RESERVE = 16 * 1024 * 1024
"""Bytes of all bodies together that are kept in memory because the disk is full."""


class Spool:
    """Written once by one thread, then read once."""

    _reserved = 0
    _lock = threading.Lock()

    def __init__(self) -> None:
        self.length = 0
        self._file: Any = BytesIO()
        self._reserved_here = 0

    def write(self, part: bytes) -> None:
        """NoRoom if there is no space on the disk or in memory."""
        try:
            self._write(part)
        except OSError:
            self._keep_in_memory(part)
        self.length += len(part)

    def whole(self) -> IO[bytes]:
        """The whole content, from the beginning."""
        self._file.seek(0)
        file: IO[bytes] = BufferedReader(self._file) if isinstance(self._file, FileIO) else self._file
        return file

    def _write(self, part: bytes) -> None:
        if self._reserved_here:
            self._reserve(len(part))
        elif isinstance(self._file, BytesIO) and self.length + len(part) > IN_MEMORY:
            self._file = _on_disk(self._file.getvalue())
        _put(self._file, part)

    def _keep_in_memory(self, part: bytes) -> None:
        self._reserve(self.length + len(part))
        self._file.seek(0)
        buffer = BytesIO(self._file.read(self.length))
        buffer.seek(self.length)
        buffer.write(part)
        self._file.close()
        self._file = buffer

    def _reserve(self, size: int) -> None:
        with Spool._lock:
            if Spool._reserved + size > RESERVE:
                raise NoRoom(messages.DISK_FULL)
            Spool._reserved += size
        self._reserved_here += size

    def close(self) -> None:
        self._file.close()
        with Spool._lock:
            Spool._reserved -= self._reserved_here
        self._reserved_here = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _on_disk(content: bytes) -> FileIO:
    directory = Path(settings.DATA_DIR)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file: Any = TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115 - closed by its spool
    try:
        _put(file, content)
    except OSError:
        file.close()
        raise
    found: FileIO = file
    return found


def _put(file: Any, part: bytes) -> None:
    """An unbuffered file writes what fits before it fails."""
    rest = memoryview(part)
    while rest:
        rest = rest[file.write(rest) :]
