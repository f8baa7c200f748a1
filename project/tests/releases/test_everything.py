"""A dashboard that has everything, with all that can be carried, to a target where no number is the same.

Judged by the independent checker, by plain requests for what hangs on it, and by other people's own lists and rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from project.tests.real.world import MAPPING, CommandResult, World
from project.tests.releases import accounts, everything, hanging, numbers
from project.tests.releases.conftest import Installations
from project.tests.releases.everything import Parts
from project.tests.releases.hanging import Found, lists, territories
from project.tests.releases.pairs import ReleasePair
from rig.check.checker import Snapshot, snapshot
from rig.check.releases import parsed
from rig.fidelity import Hanging, save
from rig.lockstep import Lockstep
from rig.servers.pair import Pair

LOSSES = {"themes": "themes"}
"""What a target before 6.0 cannot have, by the loss that the plan names it by."""

SEEN_BY = {"bob", "eve", "sam"}
"""The owner, and who has the role."""


@dataclass(frozen=True)
class Moved:
    """After the dashboard travelled: the migration, both servers before it, and what to copy for a test."""

    planned: CommandResult
    uuid: str
    source: Found
    before: Snapshot
    attached: Mapping[str, Any]
    visible: set[str]
    databases: tuple[Path, Path]
    parts: Parts
    world: World


def plan(world: World, uuid: str) -> CommandResult:
    chosen = ("migration", "plan", "dev", "prod", "--dashboard", uuid, "--map-database", MAPPING)
    return world.run(*chosen, "--carry", "all", "--format", "json")


def lost_between(releases: ReleasePair) -> set[str]:
    return set() if parsed(releases.target) >= numbers.FIRST_WITH_THEMES else set(LOSSES)


def listing(world: World) -> set[str]:
    return {name for name in accounts.PEOPLE if lists(world.prod, name)}


@pytest.fixture(scope="module")
def moved(
    pair: Pair, installations: Installations, registered: Lockstep, tmp_path_factory: pytest.TempPathFactory
) -> Moved:
    pair.reset()
    world = World(pair, installations.copy(registered))
    accounts.add(pair.dev, 300)
    accounts.add(pair.prod, numbers.APART)
    parts = everything.create(world.dev, pair.dev.release)
    hanging.furnish(pair.dev, world.dev, parts)
    numbers.set_further_apart(pair.prod)
    uuid = next(row["uuid"] for row in world.dev.rows("dashboard", "id", "uuid") if row["id"] == parts.dashboard)
    assert numbers.coinciding(pair.dev, pair.prod) == {}
    source, before, attached = hanging.read(world.dev), snapshot(world.prod), hanging.whole(world.prod)
    visible = listing(world)
    planned = plan(world, uuid)
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    kept = tmp_path_factory.mktemp("everything")
    for server in pair.both:
        server.save(kept / f"{server.name}.db")
    databases = kept / "dev.db", kept / "prod.db"
    return Moved(planned, uuid, source, before, attached, visible, databases, parts, world)


@pytest.fixture
def there(pair: Pair, installations: Installations, moved: Moved) -> World:
    """The target as the migration left it."""
    for server, kept in zip(pair.both, moved.databases, strict=True):
        server.restore(kept)
    return World(pair, installations.copy(moved.world.lockstep))


def test_everything_arrives_or_is_announced_as_lost(there: World, moved: Moved, releases: ReleasePair):
    result = there.check(moved.uuid)
    assert result.differences == []
    assert numbers.coinciding(there.pair.dev, there.pair.prod) == {}
    document = moved.planned.document["plan"]
    found = hanging.read(there.prod)
    source = {name: value for name, value in moved.source.items() if name != "themes" or value}
    travelled = {name for name, value in source.items() if found[name] == value}
    losses = {note["kind"]: note for note in document["losses"]}
    save(releases.name, everything=asdict(Hanging.of(source, travelled, result, document["losses"])))
    lost = lost_between(releases) & source.keys()
    assert travelled == source.keys() - lost
    assert {LOSSES[name] for name in lost} <= losses.keys()
    arrived = {row["name"]: row["active"] for row in there.prod.rows("report", "id", "name", "active")}
    assert [arrived[name] for name in ("Monday", "Tuesday")] == [False, False]


def test_those_people_see_it_who_see_it_at_the_source(there: World, moved: Moved, releases: ReleasePair):
    assert moved.visible == set()
    assert {name for name in accounts.PEOPLE if lists(there.dev, name)} == SEEN_BY
    assert listing(there) == SEEN_BY
    for server in (there.dev, there.prod):
        assert territories(server, "sam") == {"EMEA"}
        assert len(territories(server, "zoe")) > 1
    [access] = moved.planned.document["plan"]["access"]
    known = parsed(releases.target) >= (6, 0)
    assert (access["before"], access["after"]) == (([], ["admin", *sorted(SEEN_BY)]) if known else (None, None))


def test_planning_it_again_finds_nothing_to_do(there: World, moved: Moved):
    again = plan(there, moved.uuid)
    assert again.code == 0, again


def test_undo_takes_back_everything_and_all_access(there: World, moved: Moved):
    undone = there.roll_back(moved.planned.migration)
    assert undone.code == 0, undone
    assert moved.before.changed(snapshot(there.prod)) == set()
    assert hanging.whole(there.prod) == moved.attached
    assert listing(there) == moved.visible


def test_a_change_of_what_hangs_on_it_follows_and_is_undone(there: World, moved: Moved, releases: ReleasePair):
    before, content, visible = hanging.whole(there.prod), snapshot(there.prod), listing(there)
    hanging.change(there.pair.dev, there.dev, moved.parts)
    planned = plan(there, moved.uuid)
    assert planned.code == 2, planned
    applied = there.apply(planned.migration)
    assert applied.code == 0, applied
    source, found = hanging.read(there.dev), hanging.read(there.prod)
    assert {name for name in source if found[name] == source[name]} >= moved.source.keys() - lost_between(releases)
    assert listing(there) == {"gus", "eve", "sam"}
    assert territories(there.prod, "sam") == {"APAC"}
    undone = there.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert content.changed(snapshot(there.prod)) == set()
    assert hanging.whole(there.prod) == before
    assert listing(there) == visible
    assert territories(there.prod, "sam") == {"EMEA"}
