"""For each pair of releases: two Supersets, and Lockstep after it migrated everything from one to the other.

The releases are those of the servers that the tests start; PAIRS="4.1-6.1 6.1-4.1" chooses some, without it there are
all sixteen.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from project.tests.real.world import CommandResult, World
from project.tests.releases import ledger
from project.tests.releases.numbers import set_apart
from project.tests.releases.pairs import ReleasePair, chosen
from rig.check.checker import Snapshot, snapshot
from rig.check.rest import Superset
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.configuration import write_configuration
from rig.servers.instances import Instance
from rig.servers.pair import Pair

HERE = Path(__file__).parent
FEATURES = (
    "ALERT_REPORTS",
    "DASHBOARD_RBAC",
    "DATASET_FOLDERS",
    "EMBEDDED_SUPERSET",
    "ENABLE_TEMPLATE_PROCESSING",
    "TAGGING_SYSTEM",
)
"""What hangs on a dashboard needs them, folders of a dataset (6.0), and Jinja in SQL. A release ignores those that it
does not have."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.releases)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "releases" in metafunc.fixturenames:
        pairs = chosen(os.environ.get("PAIRS", ""))
        metafunc.parametrize("releases", pairs, ids=[pair.name for pair in pairs], indirect=True, scope="session")


@pytest.fixture(scope="session")
def releases(request: pytest.FixtureRequest) -> ReleasePair:
    pair: ReleasePair = request.param
    return pair


@pytest.fixture(scope="session")
def pair(
    releases: ReleasePair, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """dev with the examples and the ledger, prod without dashboards and with other numbers."""
    dev_port, prod_port = free_ports(2)
    pair = Pair(
        tmp_path_factory.mktemp("servers"),
        dev_port=dev_port,
        prod_port=prod_port,
        dev_release=releases.source,
        prod_release=releases.target,
    )
    for server in pair.both:
        enable_features(server)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            sys.stdout.write("\n")
            pair.up(Progress())
        set_apart(pair.prod)
        ledger.create(Superset(pair.dev.url), releases.source)
        pair.dev.save(pair.dev.fresh)
        yield pair
    finally:
        pair.wipe(Progress())


def enable_features(server: Instance) -> None:
    """Features that are off by default. Call before it starts."""
    server.folder.mkdir(parents=True)
    configuration = write_configuration(server.folder, name=server.name)
    flags = dict.fromkeys(FEATURES, True)
    configuration.write_text(f"{configuration.read_text()}FEATURE_FLAGS = {flags!r}\n")


class Installations:
    """Lockstep in folders of its own, new or copied."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count()

    def new(self) -> Lockstep:
        return Lockstep(self._folder / str(next(self._numbers)))

    def copy(self, original: Lockstep) -> Lockstep:
        copied = self.new()
        shutil.copytree(original.data, copied.data)
        return copied


@pytest.fixture(scope="session")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Installations:
    return Installations(tmp_path_factory.mktemp("lockstep"))


@dataclass(frozen=True)
class Arrival:
    """After all was migrated once: the migration, what the target was before, and what to copy for a test."""

    lockstep: Lockstep
    planned: CommandResult
    before: Snapshot
    metadata: Path


@pytest.fixture(scope="session")
def registered(pair: Pair, installations: Installations) -> Lockstep:
    """With an administrator and both environments."""
    world = World(pair, installations.new())
    world.lockstep.check_output("migrate", "--verbosity", "0")
    world.lockstep.check_output("create_admin", "ada", "--password-stdin", stdin="correct horse battery staple")
    for server in pair.both:
        answer = world.register(server.name, server.url, "--tier", server.name)
        assert answer.code == 0, answer
    return world.lockstep


@pytest.fixture(scope="session")
def arrival(
    pair: Pair, installations: Installations, registered: Lockstep, tmp_path_factory: pytest.TempPathFactory
) -> Arrival:
    pair.reset()
    world = World(pair, installations.copy(registered))
    before = snapshot(world.prod)
    planned = world.plan()
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    metadata = tmp_path_factory.mktemp("kept") / "prod.db"
    pair.prod.save(metadata)
    return Arrival(world.lockstep, planned, before, metadata)


@pytest.fixture
def arrived(pair: Pair, installations: Installations, arrival: Arrival) -> World:
    """All ten dashboards on prod, as the migration left them."""
    pair.reset()
    pair.prod.restore(arrival.metadata)
    return World(pair, installations.copy(arrival.lockstep))
