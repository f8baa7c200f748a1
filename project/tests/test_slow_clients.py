"""A real web server beside strangers who are slow: whatever they leave unfinished, the others are answered at once."""

from __future__ import annotations

import asyncio
import hashlib
import re
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from apps.tasks.web import connections
from project.tests.served import Served
from project.web import limits

BIG = 20_000_000


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    run = Served(tmp_path_factory.mktemp("served") / "data")
    try:
        run.ask("/api/v1/health")
        yield run
    finally:
        run.kill()


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def head(method: str = "POST", path: str = "/api/v1/session", version: str = "1.1", **headers: str) -> bytes:
    told = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    return f"{method} {path} HTTP/{version}\r\n".encode() + b"".join(
        f"{name.replace('_', '-')}: {value}\r\n".encode() for name, value in told.items()
    )


END = b"\r\n"

UNFINISHED: dict[str, Callable[[Served], bytes]] = {
    "a body of which nothing comes": lambda _: head(Content_Length="2000000") + END,
    "a body that stops half-way": lambda _: head(Content_Length="2000000") + END + b"x" * 1_000_000,
    "a body in pieces that never ends": lambda _: head(Transfer_Encoding="chunked") + END + b"5\r\nhello\r\n",
    "a body that waits to be asked for": lambda _: head(Content_Length="100", Expect="100-continue") + END,
    "a body of the old protocol": lambda _: head(version="1.0", Content_Length="100") + END + b"x",
    "a body from somebody who is known": lambda served: (
        head(path="/api/v1/environments", Content_Length="100", Authorization=f"Bearer {served.token}") + END
    ),
    "a second request whose body does not come": lambda _: (
        head("GET", "/admin/login/") + END + head(Content_Length="100") + END
    ),
}


@pytest.mark.parametrize("kind", UNFINISHED)
def test_bodies_that_do_not_come_keep_nobody_waiting(kind, served, lines):
    for _ in range(20):
        lines.enter_context(served.line(UNFINISHED[kind](served)))
    served.is_quick()


def test_a_body_that_does_not_come_is_given_up_with_a_reason(served):
    with served.line(head(Content_Length="2000") + END + b"x") as line:
        began = time.monotonic()
        answer = to_the_end(line)
        assert limits.SILENCE - 1 < time.monotonic() - began < limits.SILENCE + 5
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"too_slow"' in answer


def test_a_body_that_drips_is_given_up():
    sent = []

    async def receive():
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message):
        sent.append(message)

    async def reads(scope, receive, send):
        while (await receive())["more_body"]:
            pass

    scope: Any = {"type": "http", "headers": []}
    asyncio.run(limits.Limited(reads, 10_000, silence=5, whole=0.1)(scope, receive, send))
    assert [message.get("status") for message in sent] == [408, None]


def test_half_heads_keep_nobody_waiting_and_are_given_up(served, lines):
    open_lines = [lines.enter_context(served.line(said)) for said in [b"", b"GET", head()] * 20]
    served.is_quick()
    began = time.monotonic()
    answers = {to_the_end(each)[:13] for each in open_lines}
    assert time.monotonic() - began < connections.HEAD_TIMEOUT + 5
    assert answers == {b"", b"HTTP/1.1 408 "}


def test_a_head_that_drips_is_given_up(served):
    with served.line(head("GET", "/admin/login/") + END) as line:
        assert line.recv(100_000)  # the second request of a connection is no other
        line.settimeout(1)
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - began < 3 * connections.HEAD_TIMEOUT:
                line.sendall(b"X: y\r\n" if time.monotonic() - began > 1 else b"GET / HTTP/1.1\r\n")
                with suppress(TimeoutError):
                    if not line.recv(100_000) and time.monotonic() - began > 2:
                        break
    assert time.monotonic() - began < connections.HEAD_TIMEOUT + 5


@pytest.mark.parametrize(
    ("said", "status"),
    [(b"GET / HTTP/1.1\r\nX: " + b"x" * 500_000, 431), (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 200, 400)],
    ids=["long", "many"],
)
def test_a_head_has_an_end(said, status, served):
    with served.line() as line:
        with suppress(ConnectionError):
            line.sendall(said)
        with suppress(ConnectionError):
            assert to_the_end(line).startswith(f"HTTP/1.1 {status} ".encode())


def test_requests_that_run_ahead_of_their_answers_are_not_all_kept(served):
    with served.line() as line:
        with suppress(ConnectionError):
            line.sendall((head("GET", "/admin/login/") + END) * 1000)
        with suppress(ConnectionError):
            assert to_the_end(line).count(b"HTTP/1.1 200 OK") <= 3 * connections.MAX_PIPELINED


def test_a_few_requests_at_once_are_answered_in_their_order(served):
    said = [head("GET", "/api/v1/nothing") + END, head("GET", "/admin/login/", Connection="close") + END]
    with served.line(b"".join(said)) as line:
        assert re.findall(rb"HTTP/1.1 (\d+)", to_the_end(line)) == [b"404", b"200"]


def test_a_body_longer_than_it_said_is_no_second_request(served):
    body = b'{"username": "x", "password": "y"}'
    with served.line(head(Content_Length=str(len(body))) + END + body + b"\0garbage\r\n\r\n") as line:
        assert re.findall(rb"HTTP/1.1 (\d+)", to_the_end(line))[-1] == b"400"


@pytest.mark.parametrize("size", [1_000, 60_000, 100_000, 1_000_000])
def test_a_large_body_that_comes_in_one_piece_with_its_head_is_read(size, served):
    body = b'{"username": "x", "password": "%s"}' % (b"y" * size)
    with served.line(head(Content_Length=str(len(body)), Connection="close") + END + body) as line:
        answer = to_the_end(line)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b" 431 " not in answer[:20]


def test_another_request_after_a_large_body_is_answered(served):
    body = b'{"username": "x", "password": "%s"}' % (b"y" * 100_000)
    first = head(Content_Length=str(len(body))) + END + body
    with served.line(first * 2 + head("GET", "/api/v1/nothing", Connection="close") + END) as line:
        statuses = re.findall(rb"HTTP/1.1 (\d+)", to_the_end(line))
    assert (len(statuses), statuses[-1]) == (3, b"404")


def test_a_long_address_keeps_nobody_waiting(served):
    with served.line(head("GET", f"/api/v1/{'a' * 15_000}") + END):
        served.is_quick()


def test_a_body_in_pieces_is_read(served):
    body = b'{"username": "ann", "password": "correct horse battery"}'
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:], b""))
    with served.line(head(Transfer_Encoding="chunked", Connection="close") + END + pieces) as line:
        assert b'"parse_error"' not in to_the_end(line)


@pytest.mark.parametrize("declared", ["3000000", "9" * 30, "-1"])
def test_a_body_that_is_too_long_is_refused_before_it_comes(declared, served):
    with served.line(head(Content_Length=declared) + END) as line:
        assert to_the_end(line)[:12] in {b"HTTP/1.1 413", b"HTTP/1.1 400"}


@pytest.mark.parametrize("size", [2_600_000, 12_000_000])
def test_who_sends_too_much_without_looking_reads_why_it_was_refused(size, served):
    """Proxies do: a connection that is reset meanwhile would lose the response, and they would report 502."""
    for _ in range(5):
        with served.line(head(Content_Length=str(size)) + END + b"x" * size) as line:
            assert to_the_end(line).startswith(b"HTTP/1.1 413 ")


def test_a_hundred_large_bodies_are_not_held_in_memory(served, lines):
    before = served.memory()
    for _ in range(100):
        lines.enter_context(served.line(head(Content_Length="2000001") + END + b"x" * 2_000_000))
    served.is_quick()
    assert served.memory() - before < 60


def test_answers_that_nobody_takes_keep_nobody_waiting_and_are_given_up(served, lines):
    before = served.memory()
    asked = head("GET", served.file, Authorization=f"Bearer {served.token}") + END
    untaken = [lines.enter_context(served.line(asked, takes=4096)) for _ in range(20)]
    time.sleep(2)
    served.is_quick()
    assert served.memory() - before < 60
    end = time.monotonic() + connections.WRITE_TIMEOUT + 10
    while connected(served.port) and time.monotonic() < end:
        time.sleep(0.5)
    assert not connected(served.port)
    assert len(untaken) == 20


def watching(served: Served) -> socket.socket:
    """A browser's socket that has asked for 20 MB of lines, and takes nothing after the first bytes."""
    upgrade = {"Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    site = f"127.0.0.1:{served.port}"
    said = head("GET", served.log, Cookie=served.cookie, Host=site, Origin=f"http://{site}", **upgrade)
    everything = b"\x81\x82" + bytes(4) + b"{}"
    line = served.line(said + b"Connection: Upgrade\r\n" + END, takes=4096)
    assert line.recv(13) == b"HTTP/1.1 101 "
    line.sendall(everything)
    return line


def test_sockets_that_nobody_reads_keep_nobody_waiting_and_are_given_up(served, lines):
    before = served.memory()
    unread = [lines.enter_context(watching(served)) for _ in range(40)]
    time.sleep(2)
    served.is_quick()
    assert served.memory() - before < 60
    waited = time.monotonic()
    while connected(served.port) and time.monotonic() - waited < connections.WRITE_TIMEOUT + 10:
        time.sleep(0.5)
    assert not connected(served.port)
    assert time.monotonic() - waited > connections.WRITE_TIMEOUT / 2, "they were not given up for their slowness"
    assert len(unread) == 40


def test_a_large_file_arrives_whole(served):
    content = served.ask(served.file)
    assert hashlib.sha256(content).digest() == hashlib.sha256((b"one" * 10_000_000)[:BIG]).digest()


def test_more_connections_than_there_is_room_for_lock_nobody_out(served, lines):
    resource.setrlimit(resource.RLIMIT_NOFILE, (2000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for _ in range(connections.MAX_CONNECTIONS + 100):
        lines.enter_context(served.line(b"GET / HT"))
    served.is_quick()


def to_the_end(line: socket.socket) -> bytes:
    heard = b""
    with suppress(ConnectionError):
        while part := line.recv(100_000):
            heard += part
    return heard


def connected(port: int) -> int:
    """Connections that the server has open."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)
