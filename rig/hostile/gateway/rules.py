"""What attacks give a gateway: rules for the requests of a kind, and gates that hold them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from rig.hostile.gateway.exchange import Exchange

GATE_TIMEOUT = 120.0
FOREVER = 10**9

Act = Callable[[Exchange], None]


@dataclass
class Rule:
    method: str
    path: str
    act: Act
    left: int
    skip: int

    def meets(self, method: str, path: str) -> bool:
        """Whether the rule applies to this request; counts it."""
        if self.left <= 0 or method != self.method or self.path not in path:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return True


class Gate:
    """Holds every request that reaches it until it is opened."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def hold(self) -> None:
        self._reached.set()
        self._open.wait(GATE_TIMEOUT)

    def wait_for_request(self, timeout: float = GATE_TIMEOUT) -> bool:
        """Whether a request came in time."""
        return self._reached.wait(timeout)

    @property
    def reached(self) -> bool:
        return self._reached.is_set()

    def open(self) -> None:
        self._open.set()
