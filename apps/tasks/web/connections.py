# [DEF:tasks.web.connections:Module]
# @COMPLEXITY: 2
# @PURPOSE: The connections of the web server: for how long each may keep it waiting, and how many there may be.
"""A connection waits for its client while nothing is asked, while a head or a body is incomplete, and while an answer
is not taken. None may wait for long; and where there are too many, the one that has waited longest gives way to the
next that comes. So strangers lock nobody out, from whatever address they come: a request that is quick is there and
gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_TIMEOUT = 10.0
"""Seconds for the head of a request, from the opening of the connection or the answer before."""

BODY_TIMEOUT = 60.0
"""Seconds for its body. What is behind the server has closer limits (`project.web.limits`) and reports them."""

WRITE_TIMEOUT = 30.0
"""Seconds in which a client has to take some of what it is sent."""

LOOK = 1.0
"""Seconds between two looks at a connection."""

MAX_CONNECTIONS = 400
"""Open connections: each may need two files of the thousand that a process usually may open."""

MAX_HEAD, MAX_HEADERS = 64 * 1024, 100

MAX_PIPELINED = 8
"""Requests that a client may send before it has the answers to the ones before."""


class TooMany(Exception):
    """Headers, or requests without an answer: the connection ends."""


class TimedConnection(asyncio.Protocol):
    """What both kinds of connections have in common. `transport` and `loop` are uvicorn's."""

    transport: Any
    loop: asyncio.AbstractEventLoop

    waits_since = 0.0
    """When it began to wait as it does, if it waits."""

    _looking: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether it is the client's turn."""
        return self.patience is not None

    @property
    def patience(self) -> float | None:
        """Seconds for which the client may do nothing; None if it is not its turn."""
        raise NotImplementedError

    def opened(self, all_open: Iterable[object]) -> None:
        self.moved()
        make_room(all_open)
        self._look_again()

    def moved(self) -> None:
        """The client did something, or it is its turn now."""
        self.waits_since = self.loop.time()

    def over(self) -> None:
        if self._looking:
            self._looking.cancel()

    def give_up(self) -> None:
        self.transport.abort()

    def _look_again(self) -> None:
        self._looking = self.loop.call_later(LOOK, self._look)

    def _look(self) -> None:
        self._look_again()
        if self.patience is not None and self.loop.time() - self.waits_since > self.patience:
            self.give_up()


def make_room(connections: Iterable[object]) -> None:
    """Of too many, the one that has waited longest ends: the newest, if none waits but that one."""
    there = [each for each in connections if isinstance(each, TimedConnection)]
    if len(there) > MAX_CONNECTIONS:
        waiting = [each for each in there if each.waits and not each.transport.is_closing()]
        min(waiting or there, key=lambda each: each.waits_since).transport.abort()


class HttpConnection(TimedConnection, HttpToolsProtocol):
    """From request to request, until it is one of a socket."""

    _in_head = True
    _head = 0
    """Bytes of one that is not complete."""

    _ended = False
    """Whether a request came to its end in what was just received."""

    @property
    def patience(self) -> float | None:
        if self.flow.write_paused or self.transport.is_closing():
            return WRITE_TIMEOUT
        if self._answers:
            return BODY_TIMEOUT if self.cycle.more_body else None
        return HEAD_TIMEOUT

    @property
    def _answers(self) -> bool:
        cycle: Any = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.opened(self.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        self.over()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self.over()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        self._ended = False
        super().data_received(data)
        if self._in_head and not self._ended:  # else most of it was of the request before
            self._head += len(data)
            if self._head > MAX_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            raise TooMany

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        if len(self.pipeline) >= MAX_PIPELINED:
            raise TooMany
        self.moved()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = self._ended = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.moved()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self.moved()
        super().pause_writing()

    def resume_writing(self) -> None:
        self.moved()
        super().resume_writing()

    def give_up(self) -> None:
        if self._head and not self._answers and not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            super().give_up()

    def _refuse(self, status: HTTPStatus) -> None:
        if not self.transport.is_closing() and not self._answers:
            head = f"HTTP/1.1 {status} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode())
        self.moved()
        self.transport.close()


class SocketConnection(TimedConnection, WebSocketsSansIOProtocol):
    """Of a WebSocket, once its head is complete. What it says is for its consumer to bound."""

    @property
    def patience(self) -> float | None:
        return WRITE_TIMEOUT if not self.writable.is_set() or self.close_sent or self.transport.is_closing() else None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.opened(self.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        self.over()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self.moved()
        super().pause_writing()

    def resume_writing(self) -> None:
        self.moved()
        super().resume_writing()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.close_sent:
            self.moved()
