"""Which surface the present work came in through: a command unless a page or the API says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

COMMAND = "command"

_present: ContextVar[str] = ContextVar("surface", default=COMMAND)


def present() -> str:
    return _present.get()


@contextmanager
def through(name: str) -> Iterator[None]:
    """What is recorded inside came through this surface."""
    token = _present.set(name)
    try:
        yield
    finally:
        _present.reset(token)
