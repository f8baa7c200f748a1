"""Writes refused with 429 are sent again, in an apply and in its rollback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from project.tests.real.world import SALES, World
from rig.check.checker import snapshot
from rig.servers.tamper import Proxy

CommandResult = tuple[int, list[tuple[str, str]], bytes]
TOO_MANY = 429


class Limiter(Proxy):
    """Refuses each write with 429 a number of times before it forwards it; reads and sign-in pass."""

    def __init__(self, url: str, times: int) -> None:
        self.times, self.left, self.refused = times, times, 0
        super().__init__(url, None, None)

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> CommandResult:
        if method == "GET" or "/security/" in path:
            return super().forward(method, path, headers, body)
        if self.left:
            self.left, self.refused = self.left - 1, self.refused + 1
            return TOO_MANY, [("Retry-After", "1"), ("Content-Type", "application/json")], b'{"message": "slow down"}'
        self.left = self.times
        return super().forward(method, path, headers, body)


@contextmanager
def limiting(url: str, times: int) -> Iterator[Limiter]:
    proxy = Limiter(url, times)
    thread = threading.Thread(target=proxy.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()
        thread.join()


def test_an_apply_and_its_rollback_succeed_despite_429s(world: World):
    before = snapshot(world.prod)
    with limiting(world.pair.prod.url, times=2) as proxy:
        assert world.register("busy", proxy.url).code == 0
        migration = world.plan(SALES, target="busy").migration
        applied = world.apply(migration)
        assert applied.code == 0, applied
        assert world.check(SALES).differences == []
        seen = proxy.refused
        undone = world.roll_back(migration)
        assert undone.code == 0, undone
    assert 0 < seen < proxy.refused
    assert before.changed(snapshot(world.prod)) == set()
