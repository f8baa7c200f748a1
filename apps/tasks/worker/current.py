# [DEF:tasks.worker.current:Module]
# @COMPLEXITY: 2
# @PURPOSE: The task that this process runs, for whoever writes its log.
"""A process of the worker runs one task at a time, and so does a command; so whatever thread writes a record, of the
journal or of the engine, it is about that task. The web server runs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Current:
    """The number of a task, and the name of its environment."""

    task: int | None = None
    environment: str = ""


NOTHING = Current()

_current = [NOTHING]


def current() -> Current:
    return _current[-1]


@contextmanager
def running(task: int, environment: str) -> Iterator[None]:
    _current.append(Current(task, environment))
    try:
        yield
    finally:
        _current.pop()
