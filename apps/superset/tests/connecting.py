"""Clients of the stand-in server whose waiting takes no time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from apps.superset.http.auth import PasswordLogin
from apps.superset.http.limits import Timeouts
from apps.superset.http.pace import Pace
from apps.superset.remote.client import SupersetClient
from apps.superset.tests.superset_server import SupersetServer

LOGIN = PasswordLogin(SupersetServer.username, SupersetServer.password)
QUICK = Timeouts(connect=1, read=0.2, total=0.4, bundle_read=0.2, bundle_total=0.4)

Connect = Callable[..., SupersetClient]


@dataclass
class Time:
    """A clock that only moves when set, or when somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float, check: Callable[[], None]) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def pace(self) -> Pace:
        return Pace(sleep=self.sleep, chance=lambda: 1.0, clock=self.clock)


@contextmanager
def connecting(server: SupersetServer, time: Time) -> Iterator[Connect]:
    """A function that makes clients of this server (`url`, `credentials` and so on may be given); closes them all."""
    with ExitStack() as stack:

        def connect(**given: Any) -> SupersetClient:
            arguments = {"url": server.url, "credentials": LOGIN, "environment": "dev", "pace": time.pace, **given}
            return stack.enter_context(SupersetClient(arguments.pop("url"), arguments.pop("credentials"), **arguments))

        yield connect
