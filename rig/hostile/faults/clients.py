"""Slow clients: half a head, half a body, a response that is never read."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rig.ports import LOOPBACK

ESTABLISHED = "01"
SMALL = 4096
"""Receive buffer in bytes of a client that does not read."""


@contextmanager
def unfinished(port: int, opening: bytes, count: int) -> Iterator[list[socket.socket]]:
    """Open connections that send this opening and then nothing."""
    opened = []
    try:
        for _ in range(count):
            connection = socket.create_connection((LOOPBACK, port), timeout=5)
            connection.sendall(opening)
            opened.append(connection)
        yield opened
    finally:
        for connection in opened:
            connection.close()


@contextmanager
def unread(port: int, request: bytes, count: int) -> Iterator[list[socket.socket]]:
    """Open connections that send a request and never read the response."""
    opened = []
    try:
        for _ in range(count):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            connection.connect((LOOPBACK, port))
            connection.sendall(request)
            opened.append(connection)
        yield opened
    finally:
        for connection in opened:
            connection.close()


def closed_within(connections: Sequence[socket.socket], seconds: float, *, drip: bytes = b"") -> int:
    """How many the server closes in that time, while they send `drip` now and then."""
    end = time.monotonic() + seconds
    left = list(connections)
    while left and time.monotonic() < end:
        for connection in list(left):
            if _is_closed(connection, drip):
                left.remove(connection)
        time.sleep(0.25)
    return len(connections) - len(left)


def _is_closed(connection: socket.socket, drip: bytes) -> bool:
    connection.settimeout(0.01)
    try:
        if drip:
            connection.sendall(drip)
        return connection.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def first_line(connection: socket.socket, seconds: float) -> str:
    """The first line of the response; empty without one in time."""
    connection.settimeout(seconds)
    with contextlib.suppress(OSError):
        return connection.recv(200).decode(errors="replace").partition("\r\n")[0]
    return ""


def open_after(port: int, seconds: float) -> int:
    """How many connections the server still has open after that time; returns earlier if there are none.

    Asks the kernel: a client that does not read does not see the other end close.
    """
    end = time.monotonic() + seconds
    while (open_connections := _open_connections(port)) and time.monotonic() < end:
        time.sleep(0.5)
    return open_connections


def _open_connections(port: int) -> int:
    """Connections to this port that the server has not closed."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(each[1].rpartition(":")[2], 16) == port and each[3] == ESTABLISHED for each in lines)
