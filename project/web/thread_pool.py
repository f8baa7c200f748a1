# [DEF:project.web.thread_pool:Module]
# @COMPLEXITY: 3
# @PURPOSE: Django's synchronous views behind an asynchronous server: a few threads that live as long as the
#   process, and wait for nobody.
# @RELATION DEPENDS_ON -> project.web.spool
# @RELATION DEPENDS_ON -> project.web.limits
"""Django's synchronous views behind an asynchronous server: a few threads that live as long as the process.

Django's own ASGI handler gives every request a new thread, and with it a new database connection; under load dozens of
them fight for the interpreter. Here a request waits for one of a few threads, and its connection is open already.

No thread waits for a client: the body is here before one is taken, and the answer is complete before one byte of it is
sent. Both ways the event loop does the waiting.
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

from project.web.limits import Unanswered
from project.web.spool import Spool

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

CHUNK = 64 * 1024
TAKEN = 45.0
"""Seconds for which a chunk may wait to be taken; our own server drops such a connection before."""

BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

logger = logging.getLogger(__name__)


class NotUnderstood(Unanswered):
    """Its head cannot be told to a view."""

    status, code = HTTPStatus.BAD_REQUEST, "invalid"


class Pool:
    """An ASGI application that runs a WSGI application, request by request, each in the thread used last among the
    idle."""

    def __init__(self, application: WsgiApplication, threads: int) -> None:
        self._application = application
        self._idle: asyncio.LifoQueue[ThreadPoolExecutor] = asyncio.LifoQueue()
        for number in range(threads):
            self._idle.put_nowait(ThreadPoolExecutor(1, thread_name_prefix=f"request-{number}"))

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        head = cast("HTTPScope", scope)
        with Spool() as body:
            if not await _came(receive, body):
                return
            answer = await self._answered(_environ(head, body))
        try:
            await answer.sent(send)
        finally:
            answer.close()

    async def _answered(self, environ: Environ) -> WsgiResponse:
        thread = await self._idle.get()
        try:
            run = copy_context().run
            return await asyncio.get_running_loop().run_in_executor(
                thread, run, WsgiResponse.of, self._application, environ
            )
        finally:
            self._idle.put_nowait(thread)


class WsgiResponse:
    """What a view has answered, all of it: its body is a spool, or the file that it was to be read from."""

    def __init__(self) -> None:
        self._status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        self._headers: list[tuple[bytes, bytes]] = []
        self._spool = Spool()
        self._file: IO[bytes] | None = None

    @classmethod
    def of(cls, application: WsgiApplication, environ: Environ) -> WsgiResponse:
        """In a thread of the pool, to the end of what the application does for it."""
        answer = cls()
        try:
            answer._run(application, environ)
        except BaseException:  # whatever it was, the spooled file is closed
            answer.close()
            raise
        return answer

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
        self._tell_length()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        self._status = int(status.split(" ", 1)[0])
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def _is_file(self, parts: Iterable[bytes]) -> bool:
        """If so, it is opened once more: the view's own is closed when its thread is free."""
        if not isinstance(parts, ReadFrom):
            return False
        with suppress(AttributeError, UnsupportedOperation):  # something like a file
            self._file = os.fdopen(os.dup(parts.file.fileno()), "rb")
            self._file.seek(parts.file.tell())
        return self._file is not None

    def _tell_length(self) -> None:
        told = any(name == b"content-length" for name, _ in self._headers)
        if not told and self._status not in BODILESS:
            self._headers.append((b"content-length", str(self._spool.length).encode()))

    async def sent(self, send: ASGISendCallable) -> None:
        """Chunk by chunk, as fast as they are taken. Whoever takes none for long is left without the rest."""
        file = self._file or self._spool.whole()
        start: Any = {"type": "http.response.start", "status": self._status, "headers": self._headers}
        await send(start)
        more = True
        try:
            while more:
                chunk = file.read(CHUNK)
                more = len(chunk) == CHUNK
                async with asyncio.timeout(TAKEN):
                    await send({"type": "http.response.body", "body": chunk, "more_body": more})
        except TimeoutError:
            logger.info("an answer was not taken: its connection is closed")

    def close(self) -> None:
        self._spool.close()
        if self._file:
            self._file.close()


class ReadFrom:
    """WSGI's `file_wrapper`: a view answers with the content of this file."""

    def __init__(self, file: Any, size: int = CHUNK) -> None:
        self.file = file
        self._size = size

    def __iter__(self) -> Iterable[bytes]:
        return iter(lambda: self.file.read(self._size), b"")

    def close(self) -> None:
        self.file.close()


async def _came(receive: ASGIReceiveCallable, body: Spool) -> bool:
    """Whether all of the body came before the client went."""
    more = True
    while more:
        message: Any = await receive()
        if message["type"] != "http.request":
            return False
        body.write(message.get("body", b""))
        more = message.get("more_body", False)
    return True


class _Head(WsgiToAsgiInstance):
    """Its translation of a head is the only thing of asgiref's bridge that is used."""

    duplicates: ClassVar = 100

    def __init__(self, scope: HTTPScope) -> None:
        super().__init__(None, self.duplicates)
        self.scope = scope


def _environ(scope: HTTPScope, body: Spool) -> Environ:
    # WSGI tells no `-` from `_`: a proxy that removes the one would let the other pass
    known: Any = {**scope, "headers": [(name, value) for name, value in scope["headers"] if b"_" not in name]}
    try:
        environ: Environ = _Head(known).build_environ(known, body.whole())
    except ValueError:
        raise NotUnderstood("The head of this request cannot be understood.") from None
    if body.length:
        environ["CONTENT_LENGTH"] = str(body.length)  # one that came in pieces has told none
    return environ | {"wsgi.file_wrapper": ReadFrom}
