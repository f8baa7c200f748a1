"""A proxy on loopback before one Superset, which can do to any request what networks, gateways and liars do.

Rules say what happens to a request of a method and a path, as often as they say; they can be set while a command runs.
Whatever no rule meets is handed on. What the server really did is kept beside what the asker was told.
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
PATIENCE = 120.0
HOP_BY_HOP = {"accept-encoding", "connection", "keep-alive", "transfer-encoding", "content-length", "host"}
READS = ("/security/login", "/security/refresh")
FOREVER = 10**9


@dataclass(frozen=True)
class Answer:
    """What goes back to the asker, or came from the server."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, status: int, document: object, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(document).encode(), {"Content-Type": "application/json", **named})


@dataclass(frozen=True)
class Write:
    """A request that may have changed the server: what it was, and how the server really answered it."""

    method: str
    path: str
    digest: str
    status: int
    at: float

    @property
    def succeeded(self) -> bool:
        return self.status < 300


class Exchange:
    """One request in hand. What a rule does with it: `forward`, `answer`, `drop`, in whatever order."""

    def __init__(self, gateway: Gateway, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.gateway, self.method, self.path, self.headers, self.body = gateway, method, path, headers, body
        self.socket: socket.socket | None = None
        self.reply: Answer | None = None
        self.dropped = False

    def forward(self) -> Answer:
        """Ask the real server, and keep that it was asked."""
        return self.gateway.ask(self)

    def answer(self, reply: Answer) -> None:
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
        """Whether this request is one of those it is for; counts it."""
        if self.left <= 0 or method != self.method or self.path not in path:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return True


class Gate:
    """Holds whoever comes until it is opened."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def hold(self) -> None:
        self._reached.set()
        self._open.wait(PATIENCE)

    def await_somebody(self, patience: float = PATIENCE) -> bool:
        """Whether somebody came."""
        return self._reached.wait(patience)

    @property
    def reached(self) -> bool:
        return self._reached.is_set()

    def open(self) -> None:
        self._open.set()


class Gateway:
    """Where it listens, its rules, and what really happened behind it."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._gates: list[Gate] = []
        self._late: list[threading.Thread] = []
        self.writes: list[Write] = []
        self.seen: list[tuple[str, str]] = []
        self.broken: list[str] = []
        """Rules that failed: what they were to do was not done."""

        self.server = _Server((LOOPBACK, 0), _handler(self))
        self.url = f"http://{LOOPBACK}:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.clear()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    # --- what attacks say

    def rule(self, method: str, path: str, act: Act, *, times: int = 1, skip: int = 0) -> None:
        """From now on `act` has the next `times` requests of this kind, after the first `skip` of them."""
        with self._lock:
            self._rules.append(Rule(method, path, act, times, skip))

    def gate(self) -> Gate:
        gate = Gate()
        self._gates.append(gate)
        return gate

    def later(self, work: Callable[[], object]) -> None:
        """Do this beside everything else; `settle` waits for it."""
        thread = threading.Thread(target=work, daemon=True)
        self._late.append(thread)
        thread.start()

    def settle(self) -> None:
        """Open every gate, and wait until all that was sent late has come to its end."""
        for gate in self._gates:
            gate.open()
        for thread in self._late:
            thread.join(PATIENCE)
        self._gates, self._late = [], []

    def lift(self) -> None:
        """No rule holds any more; what is under way goes on."""
        with self._lock:
            self._rules = []

    def clear(self) -> None:
        self.lift()
        self.settle()
        self.writes, self.seen, self.broken = [], [], []

    # --- what its threads do

    def serve(self, exchange: Exchange) -> None:
        with self._lock:
            self.seen.append((exchange.method, exchange.path))
            rule = next((rule for rule in self._rules if rule.meets(exchange.method, exchange.path)), None)
        try:
            if rule:
                rule.act(exchange)
            else:
                exchange.answer(exchange.forward())
        except (OSError, http.client.HTTPException):  # the server behind it hung up
            exchange.drop()
        except Exception:  # noqa: BLE001 - a rule that breaks must not look like an attack that was withstood
            self.broken.append(f"{exchange.method} {exchange.path[:80]}: {traceback.format_exc(limit=-2)}")
            exchange.drop()

    def ask(self, exchange: Exchange) -> Answer:
        connection = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=TIMEOUT)
        try:
            kept = {name: value for name, value in exchange.headers.items() if name.lower() not in HOP_BY_HOP}
            plain = {**kept, "Accept-Encoding": "identity"}  # rules read and change what comes back
            connection.request(exchange.method, exchange.path, exchange.body, plain)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self._keep(exchange, answer.status)
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
        return Answer(answer.status, content, headers)

    def _keep(self, exchange: Exchange, status: int) -> None:
        if exchange.method == "GET" or exchange.path.endswith(READS):
            return
        digest = hashlib.sha256(exchange.body).hexdigest() if exchange.body else ""
        write = Write(exchange.method, exchange.path.partition("?")[0], digest, status, time.time())
        with self._lock:
            self.writes.append(write)

    @property
    def succeeded(self) -> list[Write]:
        """Writes that the server really carried out."""
        return [write for write in self.writes if write.succeeded]


# --- what a rule can do


def refuse(status: int, document: object | None = None, **headers: str) -> Act:
    """Answer so; the server never hears of it."""
    said = document if document is not None else {"message": f"refused with {status}"}
    return lambda exchange: exchange.answer(Answer.of_json(status, said, **headers))


def say(reply: Answer) -> Act:
    """Answer this in the server's place."""
    return lambda exchange: exchange.answer(reply)


def commit_then_say(reply: Answer) -> Act:
    """The server does it; the asker is told something else."""

    def act(exchange: Exchange) -> None:
        exchange.forward()
        exchange.answer(reply)

    return act


def say_then_commit(reply: Answer, gate: Gate) -> Act:
    """The asker is told this at once; the server gets the request when the gate opens."""

    def act(exchange: Exchange) -> None:
        exchange.answer(reply)
        exchange.gateway.later(lambda: _after(gate, exchange))

    return act


def drop_then_commit(gate: Gate) -> Act:
    """The connection ends at once; the server gets the request when the gate opens."""

    def act(exchange: Exchange) -> None:
        exchange.drop()
        exchange.gateway.later(lambda: _after(gate, exchange))

    return act


def _after(gate: Gate, exchange: Exchange) -> None:
    gate.hold()
    with contextlib.suppress(OSError, http.client.HTTPException):
        exchange.forward()


def hold_then_commit(gate: Gate) -> Act:
    """The request waits at the gate, and then goes on, whether whoever asked still lives or not."""

    def act(exchange: Exchange) -> None:
        done = threading.Event()

        def carry_out() -> None:
            try:
                gate.hold()
                exchange.answer(exchange.forward())
            finally:
                done.set()

        exchange.gateway.later(carry_out)
        done.wait(PATIENCE)

    return act


def commit_then_hold(gate: Gate) -> Act:
    """The server does it at once; its answer waits at the gate."""

    def act(exchange: Exchange) -> None:
        reply = exchange.forward()
        gate.hold()
        exchange.answer(reply)

    return act


def commit_then_drop(exchange: Exchange) -> None:
    exchange.forward()
    exchange.drop()


def drop(exchange: Exchange) -> None:
    exchange.drop()


def commit_then_cut(exchange: Exchange) -> None:
    """Half of the answer, and the end of the connection."""
    reply = exchange.forward()
    _raw(exchange, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n" + reply.body[:5])
    exchange.drop()


def misbehave(script: Callable[[socket.socket], None]) -> Act:
    """Give the bare connection to a script that writes what it likes."""

    def act(exchange: Exchange) -> None:
        assert exchange.socket is not None
        with contextlib.suppress(OSError):
            script(exchange.socket)
        exchange.drop()

    return act


def rewrite(change: Callable[[bytes], bytes]) -> Act:
    """The server's answer with another body."""

    def act(exchange: Exchange) -> None:
        reply = exchange.forward()
        exchange.answer(Answer(reply.status, change(reply.body), reply.headers))

    return act


def rewrite_json(change: Callable[[Any], Any]) -> Act:
    return rewrite(lambda body: json.dumps(change(json.loads(body))).encode())


def _raw(exchange: Exchange, content: bytes) -> None:
    assert exchange.socket is not None
    with contextlib.suppress(OSError):
        exchange.socket.sendall(content)


# --- the server of it


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked may be dead: that is what many attacks are about."""


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

        def _send(self, reply: Answer) -> None:
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
