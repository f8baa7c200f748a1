# [DEF:tasks.live.hub:Module]
# @COMPLEXITY: 3
# @PURPOSE: What all who watch share: one doorbell, one reading thread, and what it has read.
# @RELATION DEPENDS_ON -> users.services.sessions
"""Fifty browsers that look at the same task ask for the same lines at the same time: they are read once, made to a
message once, and each browser gets them when it has taken what it was sent before. Nothing is kept for one that does
not.
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
"""Seconds after which whoever waits looks without a ring, too: a lost one loses nothing."""

KEPT = 16
"""Readings that are kept for others who ask for the same."""

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
    """One that is on its way or done. `rings` is the count of its topic when it began; it holds the topic, so that this
    goes on counting.

    What was read may say of itself that it is `lasting`: the same whenever it is read.
    """

    topic: Topic
    rings: int
    began: float
    future: asyncio.Future[Any]

    def holds(self, now: float) -> bool:
        if self.future.done() and (self.future.cancelled() or self.future.exception()):
            return False
        if self.future.done() and getattr(self.future.result(), "lasting", False):
            return True
        return self.rings == self.topic.count and now - self.began < LOOK


class Hub:
    """One for each process. It listens and reads as long as there are sockets; all of it belongs to one event loop."""

    def __init__(self) -> None:
        self._topics: WeakValueDictionary[str, Topic] = WeakValueDictionary()
        self._readings: OrderedDict[Hashable, SharedRead] = OrderedDict()
        self._doorbell = Doorbell(self._heard)
        self._sessions: Counter[str] = Counter()
        self._users: Counter[int] = Counter()
        self._thread: ThreadPoolExecutor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def enter(self, session: str) -> bool:
        """A socket of this session wants to be served. False, and it is not counted, if there are too many."""
        if self._sessions.total() >= MOST:
            return False
        self._sessions[session] += 1
        self._loop = asyncio.get_running_loop()
        self._doorbell.open()
        return True

    def sit(self, user: int) -> bool:
        """It is this user's. False, and it is not counted, if those are too many."""
        if self._users[user] >= MOST_OF_ONE:
            return False
        self._users[user] += 1
        return True

    def leave(self, session: str, user: int | None) -> None:
        self._sessions -= Counter([session])
        if user is not None:
            self._users -= Counter([user])
        if not self._sessions:
            self._rest()

    def topic(self, name: str) -> Topic:
        """The same for all who ask, as long as somebody holds it."""
        found = self._topics.get(name)
        if found is None:
            self._topics[name] = found = Topic()
        return found

    async def read(self, read: Callable[[], T]) -> T:
        """What this function answers in the reading thread. A database that is away is waited for."""
        return await self._patiently(lambda: self._begin(read))

    async def shared(self, key: Hashable, topic: Topic, read: Callable[[], T]) -> T:
        """As `read`, but whoever asks for the same key before the topic rings again gets the same answer."""
        return await self._patiently(lambda: asyncio.shield(self._reading(key, topic, read).future))

    async def signed_out(self, session: str) -> None:
        """Returns when this session, of a socket that has entered, is over."""
        topic = self.topic(SESSIONS)
        while True:
            rings, read = topic.count, partial(_asked_and_living, frozenset(self._sessions))
            asked, living = await self.shared(SESSIONS, topic, read)
            if session in asked - living:
                return
            await asyncio.sleep(LOOK)
            if session in asked:  # else it has entered after that reading, which is outdated by now
                await topic.rung(since=rings, patience=60 * LOOK)

    async def _patiently(self, begin: Callable[[], asyncio.Future[T]]) -> T:
        while True:
            try:
                return await begin()
            except Error as error:
                logger.warning("what is watched could not be read (%s): tried again in %.0f s", error, LOOK)
                await asyncio.sleep(LOOK)

    def _reading(self, key: Hashable, topic: Topic, read: Callable[[], Any]) -> SharedRead:
        now = asyncio.get_running_loop().time()
        known = self._readings.get(key)
        if known is None or not known.holds(now):
            self._readings[key] = known = SharedRead(topic, topic.count, now, self._begin(read))
            self._readings.move_to_end(key)
        if len(self._readings) > KEPT:
            self._readings.popitem(last=False)
        return known

    def _begin(self, read: Callable[[], T]) -> asyncio.Future[T]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        return asyncio.get_running_loop().run_in_executor(self._thread, _read, read)

    def _rest(self) -> None:
        """Nobody watches: no connection is kept open for them."""
        self._doorbell.close()
        self._readings.clear()
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


def _asked_and_living(sessions: frozenset[str]) -> tuple[frozenset[str], set[str]]:
    return sessions, living_sessions(sessions)


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except Error:
        connection.close()  # the next one gets a fresh connection
        raise
