"""What a rule of the gateway can do with a request: refuse, answer, delay, drop or change it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

from rig.hostile.gateway.exchange import Exchange, Response
from rig.hostile.gateway.rules import GATE_TIMEOUT, Act, Gate


def refuse(status: int, document: object | None = None, **headers: str) -> Act:
    """Respond with this status; the server never receives the request."""
    result = document if document is not None else {"message": f"refused with {status}"}
    return lambda exchange: exchange.respond(Response.of_json(status, result, **headers))


def respond_with(reply: Response) -> Act:
    """Respond in place of the server."""
    return lambda exchange: exchange.respond(reply)


def commit_then_respond(reply: Response) -> Act:
    """The server carries it out; the client receives something else."""

    def act(exchange: Exchange) -> None:
        exchange.forward()
        exchange.respond(reply)

    return act


def respond_then_commit(reply: Response, gate: Gate) -> Act:
    """The client receives this at once; the server receives the request when the gate opens."""

    def act(exchange: Exchange) -> None:
        exchange.respond(reply)
        exchange.gateway.later(lambda: _after(gate, exchange))

    return act


def drop_then_commit(gate: Gate) -> Act:
    """The connection closes at once; the server receives the request when the gate opens."""

    def act(exchange: Exchange) -> None:
        exchange.drop()
        exchange.gateway.later(lambda: _after(gate, exchange))

    return act


def _after(gate: Gate, exchange: Exchange) -> None:
    gate.hold()
    with contextlib.suppress(OSError, http.client.HTTPException):
        exchange.forward()


def hold_then_commit(gate: Gate) -> Act:
    """The request waits at the gate and is then forwarded, even if the client is gone."""

    def act(exchange: Exchange) -> None:
        done = threading.Event()

        def carry_out() -> None:
            try:
                gate.hold()
                exchange.respond(exchange.forward())
            finally:
                done.set()

        exchange.gateway.later(carry_out)
        done.wait(GATE_TIMEOUT)

    return act


def commit_then_hold(gate: Gate) -> Act:
    """The server carries it out at once; its response waits at the gate."""

    def act(exchange: Exchange) -> None:
        reply = exchange.forward()
        gate.hold()
        exchange.respond(reply)

    return act


def silence(gate: Gate) -> Act:
    """The server never receives it, and the client no answer: the connection stays open until the gate does."""

    def act(exchange: Exchange) -> None:
        gate.hold()
        exchange.drop()

    return act


def commit_then_drop(exchange: Exchange) -> None:
    exchange.forward()
    exchange.drop()


def drop(exchange: Exchange) -> None:
    exchange.drop()


def commit_then_cut(exchange: Exchange) -> None:
    """Half of the response, then the connection closes."""
    reply = exchange.forward()
    _raw(exchange, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n" + reply.body[:5])
    exchange.drop()


def misbehave(script: Callable[[socket.socket], None]) -> Act:
    """Hand the raw connection to a script."""

    def act(exchange: Exchange) -> None:
        assert exchange.socket is not None
        with contextlib.suppress(OSError):
            script(exchange.socket)
        exchange.drop()

    return act


def rewrite(change: Callable[[bytes], bytes]) -> Act:
    """The response of the server with a changed body."""

    def act(exchange: Exchange) -> None:
        reply = exchange.forward()
        exchange.respond(Response(reply.status, change(reply.body), reply.headers))

    return act


def rewrite_json(change: Callable[[Any], Any]) -> Act:
    return rewrite(lambda body: json.dumps(change(json.loads(body))).encode())


def _raw(exchange: Exchange, content: bytes) -> None:
    assert exchange.socket is not None
    with contextlib.suppress(OSError):
        exchange.socket.sendall(content)
