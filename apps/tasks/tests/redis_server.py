"""The Redis of this machine, or that of REDIS_URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis


@contextmanager
def own_redis() -> Iterator[str]:
    """A database of this test process alone; skips the test without a Redis."""
    number = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
    url = f"{os.environ.get('REDIS_URL', 'redis://127.0.0.1:6379')}/{number}"
    client = redis.from_url(url)
    try:
        client.flushdb()
    except redis.ConnectionError:
        pytest.skip("needs a Redis on this machine, or REDIS_URL")
    yield url
    client.flushdb()
    client.close()
