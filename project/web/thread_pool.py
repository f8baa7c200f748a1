# [DEF:project.web.thread_pool:Module]
# @COMPLEXITY: 3
# @PURPOSE: Django's synchronous views behind an asynchronous server: a few long-lived threads that never
#   wait for a client.
# @RELATION DEPENDS_ON -> project.web.spool
# @RELATION DEPENDS_ON -> project.web.limits
"""Django's own ASGI handler gives every request a new thread, and with it a new database connection; under load dozens
of threads compete for the interpreter. Here a request waits for one of a few threads, whose connection is already open.

No thread waits for a client: the request body is complete before a thread takes it, and the response is complete before
its first byte is sent. In both directions the event loop does the waiting.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from http import HTTPStatus
from io import UnsupportedOperation
from typing import IO, Any, ClassVar, cast

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from asgiref.wsgi import WsgiToAsgiInstance

from project import messages
from project.web.limits import RequestRefused
from project.web.spool import Spool

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

CHUNK = 64 * 1024
CHUNK_TIMEOUT = 45.0
"""Seconds that a chunk may wait for the client; our own server drops such a connection earlier."""

BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

logger = logging.getLogger(__name__)


class InvalidHead(RequestRefused):
    """The head of the request is not valid."""

    status, code = HTTPStatus.BAD_REQUEST, "invalid"


class Pool:
    """An ASGI application that runs a WSGI application, each request in the most recently used idle thread.

    GET requests that `is_large` finds by their path run one after the other, and leave the other threads to the small
    ones: since Python runs one thread at a time, two of them at once would end no earlier, and take twice the memory.
    """

    def __init__(
        self, application: WsgiApplication, threads: int, is_large: Callable[[str], object] = lambda _path: False
    ) -> None:
        self._application = application
        self._is_large = is_large
        self._turn = asyncio.Lock()
        self._idle: asyncio.LifoQueue[ThreadPoolExecutor] = asyncio.LifoQueue()
        for number in range(threads):
            self._idle.put_nowait(ThreadPoolExecutor(1, thread_name_prefix=f"request-{number}"))

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        head = cast("HTTPScope", scope)
        with Spool() as body:
            if not await _receive_body(receive, body):
                return
            environ = _environ(head, body)
            takes_turns = head["method"] == "GET" and self._is_large(head["path"])
            if takes_turns and not await _acquired(self._turn, receive):
                return
            try:
                response = await self._response(environ)
            finally:
                if takes_turns:
                    self._turn.release()
        try:
            await response.send(send)
        finally:
            response.close()

    async def _response(self, environ: Environ) -> WsgiResponse:
        thread = await self._idle.get()
        try:
            run = copy_context().run
            return await asyncio.get_running_loop().run_in_executor(
                thread, run, WsgiResponse.of, self._application, environ
            )
        finally:
            self._idle.put_nowait(thread)


class WsgiResponse:
    """The complete response of a view. Its body is a spool, or the file that the view serves."""

    def __init__(self) -> None:
        self._status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        self._headers: list[tuple[bytes, bytes]] = []
        self._spool = Spool()
        self._file: IO[bytes] | None = None

    @classmethod
    def of(cls, application: WsgiApplication, environ: Environ) -> WsgiResponse:
        """Run the application to the end, in a thread of the pool."""
        response = cls()
        try:
            response._run(application, environ)
        except BaseException:  # close the spooled file in any case
            response.close()
            raise
        return response

    def _run(self, application: WsgiApplication, environ: Environ) -> None:
        parts = application(environ, self._start)
        try:
            if environ["REQUEST_METHOD"] == "HEAD" or self._is_file(parts):
                return
            for part in parts:
                self._spool.write(part)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        self._set_length()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        self._status = int(status.split(" ", 1)[0])
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def _is_file(self, parts: Iterable[bytes]) -> bool:
        """If so, the file is opened again: the view's own is closed when its thread is free."""
        if not isinstance(parts, ReadFrom):
            return False
        with suppress(AttributeError, UnsupportedOperation):  # something like a file
            self._file = os.fdopen(os.dup(parts.file.fileno()), "rb")
            self._file.seek(parts.file.tell())
        return self._file is not None

    def _set_length(self) -> None:
        is_set = any(name == b"content-length" for name, _ in self._headers)
        if not is_set and self._status not in BODILESS:
            self._headers.append((b"content-length", str(self._spool.length).encode()))

    async def send(self, send: ASGISendCallable) -> None:
        """Send it chunk by chunk, as fast as the client reads. A client that stops reading does not get the rest."""
        file = self._file or self._spool.whole()
        start: Any = {"type": "http.response.start", "status": self._status, "headers": self._headers}
        await send(start)
        more = True
        try:
            while more:
                chunk = file.read(CHUNK)
                more = len(chunk) == CHUNK
                async with asyncio.timeout(CHUNK_TIMEOUT):
                    await send({"type": "http.response.body", "body": chunk, "more_body": more})
        except TimeoutError:
            logger.info("a client stopped reading its response: the connection is closed")

    def close(self) -> None:
        self._spool.close()
        if self._file:
            self._file.close()


class ReadFrom:
    """WSGI's `file_wrapper`: a view responds with the content of this file."""

    def __init__(self, file: Any, size: int = CHUNK) -> None:
        self.file = file
        self._size = size

    def __iter__(self) -> Iterable[bytes]:
        return iter(lambda: self.file.read(self._size), b"")

    def close(self) -> None:
        self.file.close()


async def _acquired(turn: asyncio.Lock, receive: ASGIReceiveCallable) -> bool:
    """False if the client is gone before its turn: whoever reloads a slow page stands in line once."""
    if not turn.locked():
        return await turn.acquire()
    mine, gone = asyncio.ensure_future(turn.acquire()), asyncio.ensure_future(_disconnected(receive))
    stays = False
    try:
        await asyncio.wait({mine, gone}, return_when=asyncio.FIRST_COMPLETED)
        stays = not gone.done()
    finally:
        gone.cancel()
        if not stays and not mine.cancel():  # it was its turn in the same moment
            turn.release()
    return stays


async def _disconnected(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _receive_body(receive: ASGIReceiveCallable, body: Spool) -> bool:
    """Read the body; False if the client disconnected before its end."""
    more = True
    while more:
        message: Any = await receive()
        if message["type"] != "http.request":
            return False
        body.write(message.get("body", b""))
        more = message.get("more_body", False)
    return True


class _Head(WsgiToAsgiInstance):
    """The only part of asgiref's bridge that is used: its translation of a request head."""

    duplicates: ClassVar = 100

    def __init__(self, scope: HTTPScope) -> None:
        super().__init__(None, self.duplicates)
        self.scope = scope


def _environ(scope: HTTPScope, body: Spool) -> Environ:
    # WSGI does not distinguish `-` from `_`, so a proxy that removes one spelling would let the other pass
    known: Any = {**scope, "headers": [(name, value) for name, value in scope["headers"] if b"_" not in name]}
    try:
        environ: Environ = _Head(known).build_environ(known, body.whole())
    except ValueError:
        raise InvalidHead(messages.HEAD_INVALID) from None
    if body.length:
        environ["CONTENT_LENGTH"] = str(body.length)  # a chunked request has none
    return environ | {"wsgi.file_wrapper": ReadFrom}
