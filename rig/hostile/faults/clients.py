"""Clients that take their time: half a head, half a body, an answer that they never read."""

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
"""Bytes that the kernel may keep for one who does not read."""


@contextmanager
def unfinished(port: int, opening: bytes, count: int) -> Iterator[list[socket.socket]]:
    """So many connections that begin like this and then say nothing."""
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
    """So many that ask for something and never read the answer."""
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
    """How many the other end closes in that time, while they say this now and then."""
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
    """What it answers first; empty if nothing comes in time."""
    connection.settimeout(seconds)
    with contextlib.suppress(OSError):
        return connection.recv(200).decode(errors="replace").partition("\r\n")[0]
    return ""


def let_go_within(port: int, seconds: float) -> int:
    """How many connections the server there still holds when that time is over, or none earlier.

    Asked of the kernel: whoever does not read does not see that the other end hung up, which is behind the rest.
    """
    end = time.monotonic() + seconds
    while (held := _held(port)) and time.monotonic() < end:
        time.sleep(0.5)
    return held


def _held(port: int) -> int:
    """Connections to this port that its server has not closed."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(each[1].rpartition(":")[2], 16) == port and each[3] == ESTABLISHED for each in lines)
