# [DEF:project.web.limits:Module]
# @COMPLEXITY: 2
# @PURPOSE: Limits of the size and duration of request bodies, enforced before authentication.
"""Django's own limits apply only when a view reads the body, which by then is in memory or in a file; it does not limit
the duration.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope

from apps.core.api.announced import MEDIA_TYPE, Problem
from project import messages

SILENCE = 10.0
"""Seconds between two pieces of a body."""

WHOLE = 30.0
"""Seconds for the whole body: the largest one needs a connection of 700 kbit/s."""


LINGER = 3.0
"""Seconds for which the rest of a body that is too long is read and dropped, so that its sender sees the refusal."""


class RequestRefused(Exception):
    """A request that ends before its response has begun; the text is for the client."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    more_comes = False
    """Whether its sender may still be sending, and not only be slow."""


class TooMuch(RequestRefused):
    """The body is too long."""

    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large"

    def __init__(self, most: int, *, more_comes: bool = True) -> None:
        super().__init__(messages.BODY_TOO_LARGE.format(limit=most))
        self.more_comes = more_comes


class TooSlow(RequestRefused):
    """The body did not arrive in time."""

    status, code = HTTPStatus.REQUEST_TIMEOUT, "too_slow"


class NoRoom(RequestRefused):
    """There is no space to keep the body or the response until it is complete."""

    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "no_space"


class Limited:
    """An ASGI application that passes requests on to another one if their bodies are at most so many bytes and arrive
    within so many seconds. It responds to `RequestRefused`."""

    def __init__(
        self, application: ASGI3Application, most: int, *, silence: float = SILENCE, whole: float = WHOLE
    ) -> None:
        self._application = application
        self._most = most
        self._silence = silence
        self._whole = whole

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            self._require_short(dict(scope["headers"]).get(b"content-length", b"0"))
            await self._application(scope, self._limited(receive), send)
        except RequestRefused as refusal:
            await _refuse(refusal, receive, send)

    def _require_short(self, declared: bytes) -> None:
        if not declared.isdigit() or int(declared[:20]) > self._most:
            raise TooMuch(self._most)

    def _limited(self, receive: ASGIReceiveCallable) -> Any:
        clock = asyncio.get_running_loop().time
        end, read, complete = clock() + self._whole, 0, False

        async def limited() -> Any:
            nonlocal read, complete
            if complete:  # from then on it is the client that waits
                return await receive()
            try:
                async with asyncio.timeout_at(min(end, clock() + self._silence)):
                    message: Any = await receive()
            except TimeoutError:
                raise TooSlow(messages.BODY_TOO_SLOW) from None
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > self._most:
                raise TooMuch(self._most, more_comes=message["more_body"])
            return message

        return limited


async def _refuse(refusal: RequestRefused, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The connection is closed afterwards. What is still on its way when that happens makes the kernel reset it, and a
    client or proxy that is still sending would lose the response."""
    body = orjson.dumps(Problem(refusal.status, refusal.code, str(refusal)).body())
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode()),
               (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": refusal.more_comes})
    if refusal.more_comes:
        await _drop_the_rest(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drop_the_rest(receive: ASGIReceiveCallable) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            more = True
            while more:
                message: Any = await receive()
                more = message["type"] == "http.request" and message["more_body"]
