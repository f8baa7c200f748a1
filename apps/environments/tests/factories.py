"""Environments for tests, and servers in memory behind them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from apps.core.crypto.encryption import Secret
from apps.environments import connections
from apps.environments.models import Environment
from apps.superset.errors import SupersetError
from apps.superset.tests.fake_superset import FakeSuperset

PASSWORD = "correct-horse"


def make_environment(name: str, **fields: Any) -> Environment:
    values = {"slug": name, "url": f"https://{name}.example.com", "username": "robot", "secret": Secret.of(PASSWORD)}
    return Environment.objects.create(name=name, **(values | fields))


class Servers:
    """Stands for every Superset: what clients are opened for, and what they answer.

    Give a FakeSuperset or a SupersetError for each name of an environment.
    """

    def __init__(self, **servers: FakeSuperset | SupersetError) -> None:
        self.servers = servers
        self.opened: Counter[str] = Counter()
        self.closed: Counter[str] = Counter()
        self.rests: dict[str, float] = {}
        self.timeouts: dict[str, Any] = {}
        self.arguments: dict[str, tuple[Any, ...]] = {}

    def install(self, patch: pytest.MonkeyPatch) -> Servers:
        patch.setattr(connections, "SupersetClient", self.open)
        return self

    def open(self, url: str, credentials: Any, *, environment: str, ca_bundle: str, **options: Any) -> Any:
        self.opened[environment] += 1
        self.arguments[environment] = (url, credentials, ca_bundle, options["reporter"])
        self.rests[environment] = options["pace"].rest
        self.timeouts[environment] = options["timeouts"]
        return Opened(self, environment)


class Opened:
    """A client: whatever it is asked goes to the server in memory."""

    def __init__(self, servers: Servers, environment: str) -> None:
        self._servers = servers
        self.environment = environment

    def __getattr__(self, name: str) -> Any:
        server = self._servers.servers[self.environment]
        if isinstance(server, SupersetError):
            raise server
        return getattr(server, name)

    def whoami(self) -> dict[str, Any]:
        self.release()
        return {"username": "robot"}

    def close(self) -> None:
        self._servers.closed[self.environment] += 1
