"""A proxy on loopback in front of a Superset that treats requests as bad networks, gateways and servers do.

A rule acts on a number of requests with a method and a path; rules can be set while a command runs. Requests without a
rule are forwarded. The gateway records what the server really did, whatever the client received.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from rig.ports import LOOPBACK

TIMEOUT = 300
GATE_TIMEOUT = 120.0
HOP_BY_HOP = {"accept-encoding", "connection", "keep-alive", "transfer-encoding", "content-length", "host"}
READS = ("/security/login", "/security/refresh")
FOREVER = 10**9


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


class Exchange:
    """One request. A rule calls `forward`, `respond` and `drop`, in any order."""

    def __init__(self, gateway: Gateway, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
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


class Gateway:
    """A listening proxy, its rules, and a record of what reached the server."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._gates: list[Gate] = []
        self._late: list[threading.Thread] = []
        self.writes: list[Write] = []
        self.seen: list[tuple[str, str]] = []
        self.broken: list[str] = []
        """Rules that raised an exception."""

        self.server = _Server((LOOPBACK, 0), _handler(self))
        self.url = f"http://{LOOPBACK}:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.clear()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    # --- for attacks

    def rule(self, method: str, path: str, act: Act, *, times: int = 1, skip: int = 0) -> None:
        """Let `act` handle the next `times` requests of this kind, after the first `skip` of them."""
        with self._lock:
            self._rules.append(Rule(method, path, act, times, skip))

    def gate(self) -> Gate:
        gate = Gate()
        self._gates.append(gate)
        return gate

    def later(self, work: Callable[[], object]) -> None:
        """Run this in a thread; `settle` waits for it."""
        thread = threading.Thread(target=work, daemon=True)
        self._late.append(thread)
        thread.start()

    def settle(self) -> None:
        """Open every gate, and wait until all delayed requests have ended."""
        for gate in self._gates:
            gate.open()
        for thread in self._late:
            thread.join(GATE_TIMEOUT)
        self._gates, self._late = [], []

    def lift(self) -> None:
        """Remove all rules; requests under way go on."""
        with self._lock:
            self._rules = []

    def clear(self) -> None:
        self.lift()
        self.settle()
        self.writes, self.seen, self.broken = [], [], []

    # --- for the server threads

    def serve(self, exchange: Exchange) -> None:
        with self._lock:
            self.seen.append((exchange.method, exchange.path))
            rule = next((rule for rule in self._rules if rule.meets(exchange.method, exchange.path)), None)
        try:
            if rule:
                rule.act(exchange)
            else:
                exchange.respond(exchange.forward())
        except (OSError, http.client.HTTPException):  # the server closed the connection
            exchange.drop()
        except Exception:  # noqa: BLE001 - a broken rule must not look like an attack that was withstood
            self.broken.append(f"{exchange.method} {exchange.path[:80]}: {traceback.format_exc(limit=-2)}")
            exchange.drop()

    def ask(self, exchange: Exchange) -> Response:
        connection = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=TIMEOUT)
        try:
            saved = {name: value for name, value in exchange.headers.items() if name.lower() not in HOP_BY_HOP}
            plain = {**saved, "Accept-Encoding": "identity"}  # rules read and change the body
            connection.request(exchange.method, exchange.path, exchange.body, plain)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        self._keep(exchange, response.status)
        headers = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
        return Response(response.status, content, headers)

    def _keep(self, exchange: Exchange, status: int) -> None:
        if exchange.method == "GET" or exchange.path.endswith(READS):
            return
        digest = hashlib.sha256(exchange.body).hexdigest() if exchange.body else ""
        write = Write(exchange.method, exchange.path.partition("?")[0], digest, status, time.time())
        with self._lock:
            self.writes.append(write)

    @property
    def succeeded(self) -> list[Write]:
        """Writes that the server carried out."""
        return [write for write in self.writes if write.succeeded]


# --- server


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignored: in many attacks the client is gone."""


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            exchange = Exchange(gateway, self.command, self.path, dict(self.headers.items()), body)
            exchange.socket = self.connection
            gateway.serve(exchange)
            if exchange.dropped or exchange.reply is None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._send(exchange.reply)

        def _send(self, reply: Response) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            with contextlib.suppress(OSError):
                self.end_headers()
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_any  # noqa: N815 - as http.server wants them

        def log_message(self, *_: object) -> None:
            pass

    return Handler
