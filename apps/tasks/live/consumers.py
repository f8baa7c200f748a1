# [DEF:tasks.live.consumers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Sockets: who may watch, what a client may send, and when a socket is closed. `streams.py` has the messages.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.row_actions

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http import parse_cookie
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from apps.core.row_actions import Text
from apps.tasks.live.client_messages import InvalidMessage, line_filter
from apps.tasks.live.hub import Hub
from apps.tasks.live.streams import TaskRemoved, VisibleTasks, activity_stream, task_stream, with_heartbeats
from apps.tasks.models import Task
from apps.users.models import User
from apps.users.services.language import language_for
from apps.users.services.sessions import user_of_session

logger = logging.getLogger(__name__)

RECHECK = 60.0
"""Seconds between two checks whether the user may still watch; also checked when the session ends."""

SLOW = 30.0
"""Seconds in which a client has to take a message."""

PAUSE = 0.1
"""Seconds between two messages of a client that are read."""


LONGEST_REASON = 123
"""Bytes, by the protocol."""


@dataclass(frozen=True, slots=True)
class Closing:
    code: int
    reason: Text

    def worded(self, language: str) -> str:
        with override(language):
            return str(self.reason).encode()[:LONGEST_REASON].decode(errors="ignore")


DONE = Closing(1000, _("The task has ended."))
FAULT = Closing(1011, _("Server error: see the server's log."))
NOT_UNDERSTOOD = 4000
SIGN_IN = Closing(4001, _("Sign in first."))
PASSWORD_DUE = Closing(4003, _("Change your password first."))
NOT_THERE = Closing(4004, _("No such task, or you may not see it."))
TOO_MANY = Closing(4029, _("Too many open sockets: close some."))


class WatchingConsumer(AsyncWebsocketConsumer):
    """A socket of a user who is signed in and may watch; both are checked again while it is open.

    It is accepted before it is refused: a page gets a closing code only of a socket that was open.
    """

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub
        self._session = ""
        self._language = settings.LANGUAGE_CODE
        self._user: int | None = None
        self._entered = False
        self._closing = False
        self._work: set[asyncio.Task[None]] = set()
        self._pump: asyncio.Task[None] | None = None
        self._main: asyncio.Task[Any] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._main = asyncio.current_task()
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not self._closing:
                raise
        finally:
            for task in self._work:
                task.cancel()
            if self._entered:
                self._hub.leave(self._session, self._user)

    async def connect(self) -> None:
        await self.accept()
        refusal = await self._refused()
        if refusal:
            await self._end(refusal)
        else:
            self._begin(self._stay_allowed())
            self.welcome()

    def refusal(self, user: User) -> Closing | None:
        """Why this user may not watch. Called in the reading thread."""
        raise NotImplementedError

    def welcome(self) -> None:
        """The user may watch."""

    async def _refused(self) -> Closing | None:
        self._session = _session_key(self.scope["headers"])
        if not self._session:
            return SIGN_IN
        if not self._hub.enter(self._session):
            return TOO_MANY
        self._entered = True
        user, refusal = await self._hub.read(self._admission)
        if user and not refusal:
            if not self._hub.register(user.pk):
                return TOO_MANY
            self._user = user.pk
        return refusal

    async def _stay_allowed(self) -> None:
        """Returns when the user may no longer watch."""
        refusal = None
        while not refusal:
            with suppress(TimeoutError):
                async with asyncio.timeout(RECHECK):
                    await self._hub.signed_out(self._session)
            _, refusal = await self._hub.read(self._admission)
        await self._end(refusal)

    def _admission(self) -> tuple[User | None, Closing | None]:
        user = user_of_session(self._session)
        self._language = language_for(user, _header(self.scope["headers"], b"accept-language"))
        if user is None:
            return None, SIGN_IN
        return user, PASSWORD_DUE if user.password_change_due else self.refusal(user)

    def watch(self, stream: AsyncIterator[str]) -> None:
        """Send this stream from now on instead of the one before."""
        if self._pump:
            self._pump.cancel()
        self._pump = self._begin(self._send_all(stream))

    async def _send_all(self, stream: AsyncIterator[str]) -> None:
        try:
            async for text in with_heartbeats(stream):
                async with asyncio.timeout(SLOW):
                    await self.send(text_data=text)
        except TaskRemoved:
            await self._end(NOT_THERE)
        except TimeoutError:
            self._drop()
        else:
            await self._end(DONE)

    def _drop(self) -> None:
        """A client that takes nothing would not take a closing message either."""
        self._closing = True
        if self._main:
            self._main.cancel()

    async def _end(self, closing: Closing) -> None:
        if self._closing:
            return
        self._closing = True
        if self._pump and self._pump is not asyncio.current_task():
            self._pump.cancel()
        try:
            async with asyncio.timeout(SLOW):
                await self.close(closing.code, closing.worded(self._language))
        except TimeoutError:
            self._drop()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, OSError):  # which says that the client is gone
            logger.error("a socket failed", exc_info=error)
            self._begin(self._end(FAULT))


class TaskConsumer(WatchingConsumer):
    """`ws/tasks/<id>/`: the client sends `{"after": 120, "level": ["warning"], "source": […]}` and gets the lines that
    follow; it sends another one for other lines."""

    @property
    def _task(self) -> int:
        number: int = self.scope["url_route"]["kwargs"]["task"]
        return number

    def refusal(self, user: User) -> Closing | None:
        return None if Task.objects.visible_to(user).filter(pk=self._task).exists() else NOT_THERE

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            wanted = line_filter(text_data or bytes_data)
        except InvalidMessage as error:
            await self._end(Closing(NOT_UNDERSTOOD, str(error)))
        else:
            self.watch(task_stream(self._hub, self._task, wanted, self._language))
            await asyncio.sleep(PAUSE)


class ActivityConsumer(WatchingConsumer):
    """`ws/activity/`: what happens to the tasks that the user may see. The client sends nothing."""

    def refusal(self, user: User) -> Closing | None:
        self._visible = VisibleTasks.of(user, self._language)
        return None

    def welcome(self) -> None:
        self.watch(activity_stream(self._hub, lambda: self._visible))

    async def receive(self, **_: Any) -> None:
        await self._end(Closing(NOT_UNDERSTOOD, "This socket accepts no messages."))


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes, joint: str = ", ") -> str:
    return joint.join(value.decode("latin-1") for found, value in headers if found == name)


def _session_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    key = parse_cookie(_header(headers, b"cookie", "; ")).get(settings.SESSION_COOKIE_NAME, "")
    return key if key.isalnum() else ""
