# [DEF:audit.origin:Module]
# @COMPLEXITY: 2
# @PURPOSE: Where the present work came from: a command unless a page or the API says otherwise.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Origin:
    """The surface, such as `api`; of a request also the address it came from and its own id."""

    surface: str = COMMAND
    address: str = ""
    request_id: str = ""


BY_COMMAND = Origin()

_present: ContextVar[Origin] = ContextVar("origin", default=BY_COMMAND)


def current_origin() -> Origin:
    return _present.get()


@contextmanager
def acting_through(surface: str, *, address: str = "", request_id: str = "") -> Iterator[None]:
    """What is recorded inside came through this surface."""
    token = _present.set(Origin(surface, address, request_id))
    try:
        yield
    finally:
        _present.reset(token)
