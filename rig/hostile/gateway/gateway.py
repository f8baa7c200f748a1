"""A proxy on loopback in front of a Superset that treats requests as bad networks, gateways and servers do.

A rule acts on a number of requests with a method and a path; rules can be set while a command runs. Requests without a
rule are forwarded. The gateway records what the server really did, whatever the client received.
"""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
import traceback
from collections.abc import Callable
from urllib.parse import urlsplit

from rig.hostile.gateway.exchange import Exchange, Response, Write
from rig.hostile.gateway.rules import GATE_TIMEOUT, Act, Gate, Rule
from rig.hostile.gateway.server import listen
from rig.ports import LOOPBACK

TIMEOUT = 300
HOP_BY_HOP = {"accept-encoding", "connection", "keep-alive", "transfer-encoding", "content-length", "host"}
READS = ("/security/login", "/security/refresh")


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

        self.after_write: Callable[[], object] = lambda: None
        """Called after each request that may have changed the server, before its response leaves."""

        self.server = listen(self)
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
        self.after_write = lambda: None

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
        self.after_write()

    @property
    def succeeded(self) -> list[Write]:
        """Writes that the server carried out."""
        return [write for write in self.writes if write.succeeded]
