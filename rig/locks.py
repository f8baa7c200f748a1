"""Advisory locks between processes, which the system releases when the holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def _lock_now(stream: TextIO) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def acquire(path: Path, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock; `on_wait` is called once if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        if not _lock_now(stream):
            on_wait()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def try_acquire(path: Path) -> Iterator[bool]:
    """Yield whether the lock was free. While it is held, the file contains the process id of the holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        acquired = _lock_now(stream)
        if acquired:
            os.truncate(path, 0)
            stream.write(str(os.getpid()))
            stream.flush()
        yield acquired
