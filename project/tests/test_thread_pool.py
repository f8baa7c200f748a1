from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from project.asgi import LARGE
from project.web.limits import Limited
from project.web.thread_pool import Pool

PATIENCE = 10


class Site:
    """A WSGI application whose pages wait until they are let go."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.running = self.most = 0
        self.gate = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        with self._lock:
            self.entered.append(path)
            self.running += path.startswith("/large")
            self.most = max(self.most, self.running)
        if path.startswith("/large"):
            assert self.gate.wait(PATIENCE)
        with self._lock:
            self.running -= path.startswith("/large")
        start("200 OK", [])
        return [path.encode()]


async def _ask(pool: Pool | Limited, path: str, method: str = "GET", gone: asyncio.Event | None = None) -> bytes:
    """What is sent to a client, which leaves once it is `gone`."""
    body: list[bytes] = []
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        if (message := next(messages, None)) is not None:
            return message
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        body.append(message.get("body", b""))

    scope: Any = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"root_path": "", "scheme": "http", "headers": [], "http_version": "1.1", "server": ("127.0.0.1", 80)}
    await pool(scope, receive, send)
    return b"".join(body)


def test_large_requests_take_turns_and_small_ones_pass_them():
    async def story() -> list[bytes]:
        site = Site()
        pool = Pool(site, 2, lambda path: "/large" in path)
        large = [asyncio.create_task(_ask(pool, f"/large/{number}")) for number in range(3)]
        async with asyncio.timeout(PATIENCE):
            while not site.entered:
                await asyncio.sleep(0.01)
            assert await _ask(pool, "/small") == b"/small"
            assert await _ask(pool, "/small/large", "POST") == b"/small/large"
            site.gate.set()
            found = await asyncio.gather(*large)
        assert site.most == 1
        return found

    assert asyncio.run(story()) == [b"/large/0", b"/large/1", b"/large/2"]


def test_a_large_request_that_waits_for_long_is_not_taken_for_a_slow_one():
    """A limit on the silence of a client counts until its request is complete."""

    async def story() -> list[bytes]:
        site = Site()
        pool = Limited(Pool(site, 2, lambda path: "/large" in path), 1000, silence=0.05)
        async with asyncio.timeout(PATIENCE):
            first = asyncio.create_task(_ask(pool, "/large/0"))
            while not site.entered:
                await asyncio.sleep(0.01)
            second = asyncio.create_task(_ask(pool, "/large/1"))
            await asyncio.wait({second}, timeout=0.2)
            site.gate.set()
            return list(await asyncio.gather(first, second))

    assert asyncio.run(story()) == [b"/large/0", b"/large/1"]


def test_a_large_request_whose_client_is_gone_is_not_computed():
    async def story() -> None:
        site, gone = Site(), asyncio.Event()
        pool = Pool(site, 2, lambda path: "/large" in path)
        first = asyncio.create_task(_ask(pool, "/large/0"))
        async with asyncio.timeout(PATIENCE):
            while not site.entered:
                await asyncio.sleep(0.01)
            second = asyncio.create_task(_ask(pool, "/large/1", gone=gone))
            third = asyncio.create_task(_ask(pool, "/large/2"))
            await asyncio.sleep(0)  # they stand in line
            gone.set()
            assert await second == b""
            site.gate.set()
            assert [await first, await third] == [b"/large/0", b"/large/2"]
        assert site.entered == ["/large/0", "/large/2"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "large"),
    [
        ("/api/v1/environments/prod/matrix", True),
        ("/api/v1/environments/prod/assets/dashboard/1b2c", True),
        ("/api/v1/environments/prod/assets", False),
        ("/api/v1/environments/prod", False),
        ("/api/v1/migrations/7/overview", True),
        ("/api/v1/migrations/7/changes", True),
        ("/api/v1/migrations/7/plan.md", True),
        ("/api/v1/migrations/7/rollback/preview", True),
        ("/api/v1/migrations/7", False),
        ("/api/v1/tasks/7/lines", False),
        ("/api/v1/tasks/7/plan", True),
    ],
)
def test_requests_for_whole_catalogues_and_plans_are_large(path, large):
    assert bool(LARGE.fullmatch(path)) is large
