"""Content is compared without being there: by a hash free of UUIDs, and by what stands for them."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import pytest

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.content.portable import portable
from apps.superset.inventory import read_inventory
from apps.superset.plan.plan import Action
from apps.superset.protocol import Silent
from apps.superset.references.graph import dependencies
from apps.superset.references.pairing import apply_pairing
from apps.superset.remote.exports import read_closure
from apps.superset.tests.builders import a_chart, a_dashboard, a_dataset, uuid
from apps.superset.tests.world import BIRTHS, REVENUE, World


def content(server) -> Bundle:
    inventory = read_inventory(server)
    return read_closure(server, inventory, inventory.entries, Silent()).symbolic


def unlike(old: str) -> str:
    """Another UUID, in another order."""
    return str(UUID(bytes=sha256(old.encode()).digest()[:16]))


@pytest.fixture(scope="module")
def recorded():
    return content(World().dev)


def test_content_is_the_same_whatever_its_uuids_are(recorded):
    uuids = {asset.uuid: unlike(asset.uuid) for asset in recorded if asset.kind is not Kind.DATABASE}
    for asset in recorded:
        one, other = portable(asset), portable(apply_pairing(asset, uuids))
        assert other.hash == one.hash, asset
        assert other.names == tuple(Key(key.kind, uuids.get(key.uuid, key.uuid)) for key in one.names), asset


def test_the_names_are_what_it_mentions_without_itself_and_databases(recorded):
    for asset in recorded:
        names = portable(asset).names
        assert asset.key not in names
        assert {*dependencies(asset)} - {*names} == {key for key in dependencies(asset) if key.kind is Kind.DATABASE}, (
            asset
        )


def test_a_dataset_is_the_same_on_any_database():
    one, other = (a_dataset(database_uuid=uuid(number)) for number in (1, 9))
    assert portable(one) == portable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (a_dataset(sql="SELECT 1"), a_dataset(sql="SELECT 2")),
        (a_chart("Revenue"), a_chart("Sales")),
        (a_dashboard("Sales"), a_dashboard("Sales", css=".x {}")),
    ],
)
def test_other_content_has_another_hash(one, other):
    assert portable(one).hash != portable(other).hash


def test_a_chart_of_another_dataset_names_that():
    one, other = (portable(a_chart(dataset_uuid=uuid(number))) for number in (2, 7))
    assert one.hash == other.hash
    assert (one.names, other.names) == ((Key(Kind.DATASET, uuid(2)),), (Key(Kind.DATASET, uuid(7)),))


def test_what_a_plan_leaves_unchanged_is_equal_and_nothing_else():
    world = World(BIRTHS)
    world.apply(world.plan())
    world.dev.document(BIRTHS)["dashboard_title"] = "Names"
    chart = next(Key(Kind.CHART, each["uuid"]) for each in world.prod.documents[Kind.CHART].values())
    world.prod.document(chart)["description"] = "edited on prod"
    here, there = content(world.dev), content(world.prod)
    changes = world.plan().plan.changes
    keys = [change.key for change in changes]
    equal = {key for key in keys if portable(here.assets[key]) == portable(there.assets[key])}
    assert equal == {change.key for change in changes if change.action is Action.UNCHANGED}
    assert set(keys) - equal == {BIRTHS, chart}


def test_what_a_plan_leaves_unchanged_through_a_pairing_is_equal():
    world = World()
    world.apply(world.plan())
    other = unlike(REVENUE.uuid)
    for document in (*world.prod.documents[Kind.DASHBOARD].values(), world.prod.document(REVENUE)):
        rename(document, REVENUE.uuid, other)
    pairing = {REVENUE: Key(Kind.CHART, other)}
    unchanged = world.plan(pairing=pairing).plan.with_action(Action.UNCHANGED)
    here, there = content(world.dev), content(world.prod)
    assert pairing[REVENUE] in {change.key for change in unchanged}
    one, same = portable(here.assets[REVENUE]), portable(there.assets[pairing[REVENUE]])
    assert one == same


def rename(value, old, new):
    """In place, wherever the text stands."""
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        if item == old:
            value[name] = new
        elif isinstance(item, dict | list):
            rename(item, old, new)
