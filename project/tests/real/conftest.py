"""Real Supersets for the tests: started once, and reset before each test in half a second."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from project.tests.real.world import World
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.postgres.machine import own_database
from rig.progress import Progress
from rig.servers.pair import Pair

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    dev_port, prod_port = free_ports(2)
    pair = Pair(tmp_path_factory.mktemp("servers"), dev_port=dev_port, prod_port=prod_port)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            sys.stdout.write("\n")
            pair.up(Progress())
        yield pair
    finally:
        pair.wipe(Progress())


class Workshop:
    """New or copied installations of Lockstep, on the database of `DATABASE_URL`."""

    def __init__(self, folder: Path, server: str, stack: ExitStack) -> None:
        self._folder, self._server, self._stack = folder, server, stack
        self._numbers = itertools.count()

    def new(self) -> Lockstep:
        number = next(self._numbers)
        return Lockstep(self._folder / str(number), database_url=self._database(number))

    def copy(self, original: Lockstep) -> Lockstep:
        number = next(self._numbers)
        shutil.copytree(original.data, self._folder / str(number))
        return Lockstep(self._folder / str(number), database_url=self._database(number, original.database_url))

    def _database(self, number: int, original: str = "") -> str:
        if not self._server:
            return ""
        name = f"lockstep_real_{os.getpid()}_{number}"
        return self._stack.enter_context(own_database(self._server, name, like=original))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with ExitStack() as stack:
        yield Workshop(tmp_path_factory.mktemp("lockstep"), os.environ.get("DATABASE_URL", ""), stack)


@pytest.fixture(scope="session")
def registered(pair: Pair, workshop: Workshop) -> Lockstep:
    """Lockstep with an administrator and both environments, to copy from."""
    world = World(pair, workshop.new())
    world.lockstep.check_output("migrate", "--verbosity", "0")
    world.lockstep.check_output("create_admin", "ada", "--password-stdin", stdin="correct horse battery staple")
    for server in pair.both:
        answer = world.register(server.name, server.url, "--tier", server.name)
        assert answer.code == 0, answer
    return world.lockstep


@pytest.fixture
def world(pair: Pair, workshop: Workshop, registered: Lockstep) -> World:
    """dev with the examples, prod without dashboards, Lockstep with both."""
    pair.reset()
    return World(pair, workshop.copy(registered))


@pytest.fixture(scope="session")
def all_migrated(
    pair: Pair, workshop: Workshop, registered: Lockstep, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lockstep, Path]:
    """Lockstep and the metadata of prod after the migration of all nine dashboards, to copy from."""
    pair.reset()
    world = World(pair, workshop.copy(registered))
    world.migrate()
    saved = tmp_path_factory.mktemp("kept") / "prod.db"
    pair.prod.save(saved)
    return world.lockstep, saved


@pytest.fixture
def migrated(pair: Pair, workshop: Workshop, all_migrated: tuple[Lockstep, Path]) -> World:
    """dev with the examples, and all nine dashboards in prod."""
    lockstep, prod = all_migrated
    pair.reset()
    pair.prod.restore(prod)
    return World(pair, workshop.copy(lockstep))
