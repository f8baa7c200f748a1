# [DEF:tasks.broker:Module]
# @COMPLEXITY: 3
# @PURPOSE: Wake-ups over Redis, for installations whose workers should not ask the database for them.
"""Loaded only where it is configured. What waits and what runs is in the rows of `apps.tasks`: while Redis does not
answer, every look for a wake-up counts as one, so workers look for tasks each second.
"""

from __future__ import annotations

import logging
import time
from functools import cache

import redis
from django_q.brokers.redis_broker import Redis
from django_q.tasks import async_task
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

CONNECT, SILENCE = 1.0, 5.0
"""Seconds to wait for a connection, and for an answer."""

LOOK = 1.0
"""Seconds between two looks for tasks while Redis is away."""

SUSPENDED = 5.0
"""Seconds for which a process that could not reach it does not try again: a request must not wait for it each time."""


class _Broker(Redis):
    url = ""

    def get_connection(self, list_key: str | None = None) -> redis.Redis:  # noqa: ARG002
        once = Retry(NoBackoff(), 0)
        return redis.from_url(self.url, socket_connect_timeout=CONNECT, socket_timeout=SILENCE, retry=once)


class RedisWakeUps:
    """Its connections are pooled, and those of a parent are not used in a fork."""

    def __init__(self, url: str) -> None:
        self._broker = type("_Configured", (_Broker,), {"url": url})()
        self._away_until = 0.0

    def wake(self, function: str) -> None:
        """A wake-up that is lost is made up for by a worker's next round."""
        if self._is_away:
            return
        try:
            async_task(function, broker=self._broker)
        except RedisError as error:
            self._note(error)

    def take(self) -> bool:
        """Waits a second for one. True also while Redis is away: there may be work."""
        if not self._is_away:
            try:
                return bool(self._broker.dequeue())
            except RedisError as error:
                self._note(error)
        time.sleep(LOOK)
        return True

    def waits(self) -> bool:
        if not self._is_away:
            try:
                return bool(self._broker.queue_size())
            except RedisError as error:
                self._note(error)
        return True

    def problem(self) -> str:
        """Why it cannot be used; empty if it answers."""
        try:
            self._broker.connection.ping()
        except RedisError as error:
            return str(error).rstrip(".") or type(error).__name__
        return ""

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _note(self, error: RedisError) -> None:
        self._away_until = time.monotonic() + SUSPENDED
        logger.warning("Redis cannot be used, so workers look for tasks each second: %s", error)


@cache
def wake_ups(url: str) -> RedisWakeUps:
    return RedisWakeUps(url)
