"""One request at the gateway: what the server sent, what the client receives, and what may have been written."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Response:
    """What the client receives, or what the server sent."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, status: int, document: object, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json", **named})


@dataclass(frozen=True)
class Write:
    """A request that may have changed the server, and the real status of its response."""

    method: str
    path: str
    digest: str
    status: int
    at: float

    @property
    def succeeded(self) -> bool:
        return self.status < 300


class Proxy(Protocol):
    """What an exchange needs of the gateway that it passes."""

    def ask(self, exchange: Exchange) -> Response: ...

    def later(self, work: Callable[[], object]) -> None: ...


class Exchange:
    """One request. A rule calls `forward`, `respond` and `drop`, in any order."""

    def __init__(self, gateway: Proxy, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.gateway, self.method, self.path, self.headers, self.body = gateway, method, path, headers, body
        self.socket: socket.socket | None = None
        self.reply: Response | None = None
        self.dropped = False

    def forward(self) -> Response:
        """Send the request to the real server, and record it."""
        return self.gateway.ask(self)

    def respond(self, reply: Response) -> None:
        self.reply = reply

    def drop(self) -> None:
        self.dropped = True
