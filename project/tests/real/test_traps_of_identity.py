"""Connections, slugs and datasets that an import of Superset takes over silently, but a plan never does.

For a silent takeover the same content is first sent by the export and import of Superset, so that each test shows what
it guards against.
"""

from __future__ import annotations

import pytest

from project.tests.real.world import BIRTHS, EXAMPLES, EXAMPLES_UUID, MAPPING, MISC, World, find
from rig.check.checker import snapshot
from rig.check.exports import Ids
from rig.servers.pair import WAREHOUSE_UUID

OTHER_UUID = "00000000-0000-4000-8000-000000000001"


def import_plainly(world: World, dashboard: str) -> None:
    """Export from dev and import into prod by hand, without options."""
    bundle = world.dev.export("dashboard", [find(world.dev, "dashboard", uuid=dashboard)])
    world.prod.upload("dashboard", bundle, overwrite="false")


def connections(world: World) -> dict[str, tuple[str, str]]:
    found = snapshot(world.prod).connections
    return {uuid: (each["database_name"], each["sqlalchemy_uri"]) for uuid, each in found.items()}


@pytest.fixture
def own_examples(world: World) -> World:
    """prod has a connection with the name of one of dev."""
    fields = {"database_name": EXAMPLES, "uuid": OTHER_UUID, "sqlalchemy_uri": world.pair.prod.tables_uri}
    world.prod.create("database", fields)
    return world


# --- trap 1: a connection of the same name is hijacked


def test_1_superset_itself_hijacks_a_connection_of_the_same_name(own_examples: World):
    import_plainly(own_examples, BIRTHS)
    assert connections(own_examples)[EXAMPLES_UUID] == (EXAMPLES, own_examples.pair.dev.tables_uri)
    assert OTHER_UUID not in connections(own_examples)


def test_1_a_connection_of_the_same_name_stays_what_it_is(own_examples: World):
    before = snapshot(own_examples.prod)
    own_examples.migrate(BIRTHS)
    after = snapshot(own_examples.prod)
    assert not [key for key in before.changed(after) if key[0] == "database"]
    assert own_examples.check(BIRTHS).equal


def test_1_without_a_mapping_nothing_is_planned(own_examples: World):
    _, prod = own_examples.logs()
    planned = own_examples.plan(BIRTHS, mapping=None)
    assert planned.code == 1
    assert "take over the target's own connection" in planned.stderr
    assert prod.writes() == []


def test_1_the_connection_of_the_same_name_can_be_chosen(own_examples: World):
    before = connections(own_examples)
    own_examples.migrate(BIRTHS, mapping=f"{EXAMPLES}={EXAMPLES}")
    assert connections(own_examples) == before


# --- trap 2: a dashboard that owns the slug is replaced


@pytest.fixture
def slug_taken(world: World) -> World:
    world.prod.create("dashboard", {"dashboard_title": "Birth certificates", "slug": "births"})
    return world


def test_2_superset_itself_replaces_the_owner_of_a_slug(slug_taken: World):
    import_plainly(slug_taken, BIRTHS)
    titles = [row["dashboard_title"] for row in slug_taken.prod.rows("dashboard", "dashboard_title")]
    assert titles == ["USA Births Names"]


def test_2_a_slug_that_belongs_to_another_dashboard_is_not_taken(slug_taken: World):
    before, (_, prod) = snapshot(slug_taken.prod), slug_taken.logs()
    planned = slug_taken.plan(BIRTHS)
    assert planned.code == 1
    assert "“births”" in planned.stderr
    assert "Birth certificates" in planned.stderr
    assert prod.writes() == []
    assert before.changed(snapshot(slug_taken.prod)) == set()


# --- trap 3: a dataset of the same table is taken over


@pytest.fixture
def table_taken(world: World) -> World:
    """prod has a dataset of its own on the same table and schema."""
    database = find(world.prod, "database", uuid=WAREHOUSE_UUID)
    fields = {"database": database, "schema": "main", "table_name": "birth_names"}
    pk = world.prod.create("dataset", fields)
    world.prod.update("dataset", pk, {"description": "prod's own"})
    return world


def test_3_a_dataset_of_the_same_table_is_not_taken_over(table_taken: World):
    before, (_, prod) = snapshot(table_taken.prod), table_taken.logs()
    planned = table_taken.plan(BIRTHS)
    assert planned.code == 1
    assert "birth_names" in planned.stderr
    assert prod.writes() == []
    assert before.changed(snapshot(table_taken.prod)) == set()


def test_3_a_confirmed_pairing_lets_it_be_overwritten_under_its_own_uuid(table_taken: World):
    own = Ids.of(table_taken.prod).uuid("dataset", find(table_taken.prod, "dataset", table_name="birth_names"))
    theirs = Ids.of(table_taken.dev).uuid("dataset", find(table_taken.dev, "dataset", table_name="birth_names"))
    paired = table_taken.run("mapping", "pair", "dev", "prod", "dataset", f"{theirs}={own}", "--reason", "same table")
    assert paired.code == 0, paired
    table_taken.migrate(BIRTHS)
    ids = Ids.of(table_taken.prod)
    assert list(ids.uuid_by_id["dataset"].values()) == [own]
    charts = table_taken.prod.rows("chart", "datasource_id")
    assert {ids.uuid("dataset", row["datasource_id"]) for row in charts} == {own}
    assert table_taken.plan(BIRTHS).code == 0


# --- trap 4: the first import brings dev's connection


def test_4_superset_itself_brings_the_connection_of_dev_along(world: World):
    import_plainly(world, MISC)
    assert connections(world)[EXAMPLES_UUID] == (EXAMPLES, world.pair.dev.tables_uri)


def test_4_no_connection_is_ever_created(world: World):
    before = connections(world)
    world.migrate(MISC)
    assert connections(world) == before


def test_4_without_a_mapping_the_plan_suggests_one_and_refuses(world: World):
    _, prod = world.logs()
    planned = world.plan(MISC, mapping=None)
    assert planned.code == 1
    assert "“examples” is not mapped" in planned.stderr
    assert prod.writes() == []


def test_a_mapping_to_a_database_that_is_not_there_is_refused(world: World):
    _, prod = world.logs()
    planned = world.plan(MISC, mapping=f"{EXAMPLES}=lake")
    assert planned.code == 1
    assert "lake" in planned.stderr
    assert "warehouse" in planned.stderr, "it lists the existing databases"
    assert prod.writes() == []


def test_the_mapping_can_be_stored_once_and_is_used_from_then_on(world: World):
    assert world.run("mapping", "set", "dev", "prod", MAPPING).code == 0
    world.migrate(MISC, mapping=None)
    assert world.check(MISC).equal
