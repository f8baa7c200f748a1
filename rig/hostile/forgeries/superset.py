"""A Superset that lies: responses of a hostile or broken server in place of lists, exports and pages.

Each lie is a rule for the gateway in front of a real server, so that the rest of the conversation stays real.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

from rig.hostile.gateway.actions import misbehave, respond_with, rewrite, rewrite_json
from rig.hostile.gateway.exchange import Exchange, Response
from rig.hostile.gateway.rules import Act
from rig.ports import LOOPBACK

JSON = {"Content-Type": "application/json"}
PAGE_OF = re.compile(r"page:(\d+)")
ROWS = 100
MEBIBYTE = 2**20
SECONDS = 400.0
"""Longest drip: longer than any client should listen."""


def plain(body: bytes, **headers: str) -> Act:
    return respond_with(Response(200, body, {**JSON, **headers}))


def _rows(change: Callable[[list[Any]], Any]) -> Act:
    """The rows of a list, changed."""

    def spoil(page: dict[str, Any]) -> dict[str, Any]:
        page["result"] = change(page["result"])
        return page

    return rewrite_json(spoil)


def _first_row(**fields: object) -> Act:
    return _rows(lambda rows: [{**rows[0], **fields}, *rows[1:]] if rows else rows)


def _without(name: str) -> Act:
    return _rows(lambda rows: [{key: value for key, value in row.items() if key != name} for row in rows])


def _count(value: str) -> Act:
    return rewrite(lambda body: re.sub(rb'"count":\s*\d+', b'"count": ' + value.encode(), body))


def endless(exchange: Exchange) -> None:
    """Page after page of new rows."""
    page = int(found[1]) if (found := PAGE_OF.search(exchange.path)) else 0
    numbers = range(page * ROWS + 1, (page + 1) * ROWS + 1)
    rows = [_invented(number) for number in numbers]
    exchange.respond(Response.of_json(200, {"count": 10**12, "ids": list(numbers), "result": rows}))


def _invented(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "uuid": str(uuid.UUID(int=number)),
        "dashboard_title": f"Endless {number}",
        "slug": None,
        "published": True,
        "changed_on_utc": "2026-01-01T00:00:00.000000+0000",
    }


LISTS: dict[str, Act] = {
    "it never ends": endless,
    "its count is Infinity": _count("Infinity"),
    "its count is NaN": _count("NaN"),
    "its count is negative": _count("-3"),
    "its count is a text": _count('"many"'),
    "its count is null": _count("null"),
    "its count is 1e400": _count("1e400"),
    "its count is too large": _count("5"),
    "a row is null": _rows(lambda rows: [None, *rows[1:]]),
    "a row is a list": _rows(lambda rows: [[1, 2], *rows[1:]]),
    "a row has no uuid": _without("uuid"),
    "a row has a number as uuid": _first_row(uuid=17),
    "a row has null as uuid": _first_row(uuid=None),
    "a row has an empty uuid": _first_row(uuid=""),
    "a row has a path as uuid": _first_row(uuid="../../etc/passwd"),
    "two rows have one uuid": _rows(lambda rows: [{**row, "uuid": rows[0]["uuid"]} for row in rows]),
    "a row has null as title": _first_row(dashboard_title=None),
    "a row has a list as title": _first_row(dashboard_title=["a", "b"]),
    "a row has a text as id": _first_row(id="one"),
    "a row has a huge id": _first_row(id=2**70),
    "a row has a title of ten megabytes": _first_row(dashboard_title="x" * (10 * MEBIBYTE)),
    "a row was changed at no time": _first_row(changed_on_utc="yesterday"),
    "its rows are a dictionary": _rows(lambda rows: {"a": rows}),
    "its rows are a text": _rows(lambda _: "none"),
    "it has no ids": rewrite_json(lambda page: {key: page[key] for key in page if key != "ids"}),
    "its ids are others than its rows": rewrite_json(lambda page: {**page, "ids": page["ids"][:-1]}),
    "its ids are lists": rewrite_json(lambda page: {**page, "ids": [[each] for each in page["ids"]]}),
    "it is a JSON list": plain(b"[1, 2, 3]"),
    "it is null": plain(b"null"),
    "it is a number": plain(b"17"),
    "it is empty": plain(b""),
    "it is half of its JSON": rewrite(lambda body: body[: len(body) // 2]),
    "it is no UTF-8": plain(b'{"count": 1, "ids": [1], "result": [{"id": 1, "dashboard_title": "\xff\xfe"}]}'),
    "it is nested a hundred thousand deep": plain(
        b'{"count": 1, "ids": [1], "result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ),
    "a row is nested a thousand deep": _first_row(owners=json.loads("[" * 500 + "]" * 500)),
    "it has a number of a million digits": plain(b'{"count": ' + b"9" * 1_000_000 + b', "ids": [], "result": []}'),
    "it is a page": respond_with(Response(200, b"<!doctype html><title>Hello</title>", {"Content-Type": "text/html"})),
    "it is 204": respond_with(Response(204, b"")),
    "it is 418": respond_with(Response(418, b"<h1>teapot</h1>", {"Content-Type": "text/html"})),
    "it is 500": respond_with(Response.of_json(500, {"message": "Fatal error"})),
}


def redirecting(to: str) -> Act:
    return respond_with(Response(302, b"", {"Location": to}))


# --- what happens on the wire


def _send(content: bytes) -> Act:
    return misbehave(lambda connection: connection.sendall(content))


def _dripping(start: bytes, drop: bytes, pause: float) -> Act:
    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            connection.sendall(drop)
            time.sleep(pause)

    return misbehave(drip)


def _silent(connection: socket.socket) -> None:
    connection.settimeout(SECONDS)
    connection.recv(1)  # until the other end hangs up


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
QUICK_WIRE: dict[str, Act] = {
    "gzip of a gigabyte": _send(
        HEAD
        + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"
        + gzip.compress(bytes(1024 * MEBIBYTE // 8), 1) * 8
    ),
    "gzip that is none": _send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
    "endless chunks": _dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n", 0),
    "a chunk of no number": _send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
    "a header of a megabyte": _send(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * MEBIBYTE + b"\r\n\r\n"),
    "headers without end": _dripping(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n" * 1000, 0),
    "a longer body than it has": _send(HEAD + b"Content-Length: 1000000\r\nConnection: close\r\n\r\n{}"),
    "a negative length": _send(HEAD + b"Content-Length: -5\r\nConnection: close\r\n\r\n{}"),
    "no HTTP at all": _send(b"220 mail.example.org ESMTP\r\n"),
    "status 999": _send(b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}"),
    "nothing but the end": _send(b""),
}
SLOW_WIRE: dict[str, Act] = {
    "a byte now and then": _dripping(HEAD + b"Content-Length: 100000000\r\n\r\n", b" ", 0.5),
    "a header now and then": _dripping(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", 0.5),
    "continue, for ever": _dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.5),
    "silence": misbehave(_silent),
}


class Listener:
    """A port that must not be connected to; `visited` says whether it was."""

    def __init__(self) -> None:
        self._socket = socket.create_server((LOOPBACK, 0))
        self._socket.settimeout(0.2)
        self.port = self._socket.getsockname()[1]

    def visited(self) -> bool:
        try:
            connection, _ = self._socket.accept()
        except TimeoutError:
            return False
        connection.close()
        return True

    def close(self) -> None:
        self._socket.close()
