# [DEF:tasks.live.hub:Module]
# @COMPLEXITY: 3
# @PURPOSE: What all sockets of a process share: one doorbell, one reading thread, and what it has read.
# @RELATION DEPENDS_ON -> users.services.sessions
"""Fifty browsers that watch one task need the same lines at the same time: they are read and encoded once, and each
browser gets them when it has received the message before. Nothing is buffered for a slow one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from django.db import Error, connection, connections

from apps.tasks.live.doorbell import SESSIONS, Doorbell
from apps.users.services.sessions import living_sessions

logger = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds after which a waiting socket looks without a ring, too: a lost ring loses nothing."""

KEPT = 16
"""Reads that are kept for other sockets that need the same."""

MOST, MOST_OF_ONE = 300, 100
"""Sockets of a process, and of one user in it."""

T = TypeVar("T")


class Topic:
    """Something to wait for. `count` is how often it has rung."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def ring(self) -> None:
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def rung(self, *, since: int, patience: float = LOOK) -> None:
        """Returns when it has rung since it was at this count, or after these seconds."""
        if self.count == since:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._event.wait()


@dataclass(frozen=True, slots=True)
class SharedRead:
    """A read that is under way or done. `rings` is the count of its topic when it began; it keeps the topic alive, so
    that the count goes on.

    A result may be marked `final`: it is the same whenever it is read.
    """

    topic: Topic
    rings: int
    began: float
    future: asyncio.Future[Any]

    def is_fresh(self, now: float) -> bool:
        if self.future.done() and (self.future.cancelled() or self.future.exception()):
            return False
        if self.future.done() and getattr(self.future.result(), "final", False):
            return True
        return self.rings == self.topic.count and now - self.began < LOOK


class Hub:
    """One for each process. It listens and reads while there are sockets; all of it belongs to one event loop."""

    def __init__(self) -> None:
        self._topics: WeakValueDictionary[str, Topic] = WeakValueDictionary()
        self._reads: OrderedDict[Hashable, SharedRead] = OrderedDict()
        self._doorbell = Doorbell(self._heard)
        self._sessions: Counter[str] = Counter()
        self._users: Counter[int] = Counter()
        self._thread: ThreadPoolExecutor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self, session: str) -> bool:
        """Count a socket for this session. False if there are too many in all."""
        if self._sessions.total() >= MOST:
            return False
        self._sessions[session] += 1
        self._loop = asyncio.get_running_loop()
        self._doorbell.open()
        return True

    def register(self, user: int) -> bool:
        """Count a socket for this user. False if they have too many."""
        if self._users[user] >= MOST_OF_ONE:
            return False
        self._users[user] += 1
        return True

    def leave(self, session: str, user: int | None) -> None:
        self._sessions -= Counter([session])
        if user is not None:
            self._users -= Counter([user])
        if not self._sessions:
            self._close()

    def topic(self, name: str) -> Topic:
        """The same object for all callers, as long as one of them keeps it."""
        found = self._topics.get(name)
        if found is None:
            self._topics[name] = found = Topic()
        return found

    async def read(self, read: Callable[[], T]) -> T:
        """The result of this function, called in the reading thread. Retries while the database is away."""
        return await self._retried(lambda: self._begin(read))

    async def shared(self, key: Hashable, topic: Topic, read: Callable[[], T]) -> T:
        """As `read`, but all callers with the same key share one result until the topic rings again."""
        return await self._retried(lambda: asyncio.shield(self._shared_read(key, topic, read).future))

    async def signed_out(self, session: str) -> None:
        """Returns when this session, of a socket that has entered, is over."""
        topic = self.topic(SESSIONS)
        while True:
            rings, read = topic.count, partial(_requested_and_living, frozenset(self._sessions))
            requested, living = await self.shared(SESSIONS, topic, read)
            if session in requested - living:
                return
            await asyncio.sleep(LOOK)
            if session in requested:  # else it has entered after that reading, which is outdated by now
                await topic.rung(since=rings, patience=60 * LOOK)

    async def _retried(self, begin: Callable[[], asyncio.Future[T]]) -> T:
        while True:
            try:
                return await begin()
            except Error as error:
                logger.warning("a read for the sockets failed (%s): retrying in %.0f s", error, LOOK)
                await asyncio.sleep(LOOK)

    def _shared_read(self, key: Hashable, topic: Topic, read: Callable[[], Any]) -> SharedRead:
        now = asyncio.get_running_loop().time()
        known = self._reads.get(key)
        if known is None or not known.is_fresh(now):
            self._reads[key] = known = SharedRead(topic, topic.count, now, self._begin(read))
            self._reads.move_to_end(key)
        if len(self._reads) > KEPT:
            self._reads.popitem(last=False)
        return known

    def _begin(self, read: Callable[[], T]) -> asyncio.Future[T]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        return asyncio.get_running_loop().run_in_executor(self._thread, _read, read)

    def _close(self) -> None:
        """Nobody watches: keep no connection open."""
        self._doorbell.close()
        self._reads.clear()
        if self._thread:
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=False)
            self._thread = None

    def _heard(self, topic: str | None) -> None:
        """In the thread of the doorbell."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring, topic)

    def _ring(self, topic: str | None) -> None:
        for each in list(self._topics.values()) if topic is None else [self._topics.get(topic)]:
            if each is not None:
                each.ring()


def _requested_and_living(sessions: frozenset[str]) -> tuple[frozenset[str], set[str]]:
    return sessions, living_sessions(sessions)


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except Error:
        connection.close()  # the next one gets a fresh connection
        raise
