# [DEF:project.pool:Module]
# @COMPLEXITY: 2
# @PURPOSE: Django's synchronous views behind an asynchronous server: a few threads that live as long as the
#   process.
"""Django's synchronous views behind an asynchronous server: a few threads that live as long as the process.

Django's own ASGI handler gives every request a new thread, and with it a new database connection; under load dozens of
them fight for the interpreter. Here a request waits for one of a few threads, and its connection is open already.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope


class Pool:
    """An ASGI application that runs another one, request by request, each in the thread used last among the idle."""

    def __init__(self, application: ASGI3Application, threads: int) -> None:
        self._application = application
        self._idle: asyncio.LifoQueue[ThreadPoolExecutor] = asyncio.LifoQueue()
        for number in range(threads):
            self._idle.put_nowait(ThreadPoolExecutor(1, thread_name_prefix=f"request-{number}"))

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        thread = await self._idle.get()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self._application(scope, receive, send)
        finally:
            self._idle.put_nowait(thread)
