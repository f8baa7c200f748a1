# [DEF:project.limits:Module]
# @COMPLEXITY: 2
# @PURPOSE: How much a request may send: more is refused before it is read, and so before anybody has to be known.
"""How much a request may send: more is refused before it is read, and so before anybody has to be known.

Django's own limits are asked when a view reads the body, which by then is in memory or in a file of its own.
"""

from __future__ import annotations

from typing import Any

import orjson
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, HTTPScope


class TooMuch(Exception):
    """A body without a declared length has become longer than it may."""


class Limited:
    """An ASGI application that hands requests to another one, if their bodies are no longer than so many bytes."""

    def __init__(self, application: ASGI3Application, most: int) -> None:
        self._application = application
        self._most = most

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared[:20]) > self._most:
            await self._refuse(send)
            return
        read = 0

        async def counted() -> Any:
            nonlocal read
            message: Any = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise TooMuch
            return message

        try:
            await self._application(scope, counted, send)
        except TooMuch:
            await self._refuse(send)

    async def _refuse(self, send: ASGISendCallable) -> None:
        message = f"What was sent is larger than {self._most} bytes."
        body = orjson.dumps({"code": "too_large", "message": message, "fields": {}, "extra": {}})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
                   (b"connection", b"close")]  # fmt: skip
        await send({"type": "http.response.start", "status": 413, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})
