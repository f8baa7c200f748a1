# [DEF:audit.origin:Module]
# @COMPLEXITY: 2
# @PURPOSE: The origin of the current change: a command, unless a page or the API says otherwise.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Origin:
    """The surface, for example `api`; for a request also the client address and the request id."""

    surface: str = COMMAND
    address: str = ""
    request_id: str = ""


BY_COMMAND = Origin()

_current: ContextVar[Origin] = ContextVar("origin", default=BY_COMMAND)


def current_origin() -> Origin:
    return _current.get()


@contextmanager
def acting_through(surface: str, *, address: str = "", request_id: str = "") -> Iterator[None]:
    """Changes recorded inside have this origin."""
    token = _current.set(Origin(surface, address, request_id))
    try:
        yield
    finally:
        _current.reset(token)
