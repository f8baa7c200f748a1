# [DEF:project.web.limits:Module]
# @COMPLEXITY: 2
# @PURPOSE: How much a request may send, and how long that may take: more is refused before anybody has to be known.
"""Django's own limits are asked when a view reads the body, which by then is in memory or in a file of its own; for how
long somebody may send, it has none.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope

SILENCE = 10.0
"""Seconds between two pieces of a body."""

WHOLE = 30.0
"""Seconds for all of it: the largest one comes through a line of 700 kbit/s."""


class Unanswered(Exception):
    """A request that ends before its answer has begun; the text is for whoever sent it."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]


class TooMuch(Unanswered):
    """Its body is longer than it may be."""

    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large"


class TooSlow(Unanswered):
    """Its body did not come, or not in time."""

    status, code = HTTPStatus.REQUEST_TIMEOUT, "too_slow"


class NoRoom(Unanswered):
    """There is no place to keep its body or its answer until it is complete."""

    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "no_space"


class Limited:
    """An ASGI application that hands requests to another one, if their bodies are no longer than so many bytes and come
    within so many seconds. It answers what ends as `Unanswered`."""

    def __init__(
        self, application: ASGI3Application, most: int, *, silence: float = SILENCE, whole: float = WHOLE
    ) -> None:
        self._application = application
        self._most = most
        self._silence = silence
        self._whole = whole

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            self._require_little(dict(scope["headers"]).get(b"content-length", b"0"))
            await self._application(scope, self._limited(receive), send)
        except Unanswered as refusal:
            await _refuse(refusal, send)

    def _require_little(self, declared: bytes) -> None:
        if not declared.isdigit() or int(declared[:20]) > self._most:
            raise self._too_much

    @property
    def _too_much(self) -> TooMuch:
        return TooMuch(f"What was sent is larger than {self._most} bytes.")

    def _limited(self, receive: ASGIReceiveCallable) -> Any:
        clock = asyncio.get_running_loop().time
        end, read = clock() + self._whole, 0

        async def limited() -> Any:
            nonlocal read
            try:
                async with asyncio.timeout_at(min(end, clock() + self._silence)):
                    message: Any = await receive()
            except TimeoutError:
                raise TooSlow("What was to be sent did not come in time: send it again.") from None
            read += len(message.get("body", b""))
            if read > self._most:
                raise self._too_much
            return message

        return limited


async def _refuse(refusal: Unanswered, send: ASGISendCallable) -> None:
    """The connection ends with it: what is still to come is not read."""
    body = orjson.dumps({"code": refusal.code, "message": str(refusal), "fields": {}, "extra": {}})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
               (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})
