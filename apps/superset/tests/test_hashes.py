from hashlib import sha256

import pytest

from apps.superset.assets import Kind
from apps.superset.content.comparable import hash_of
from apps.superset.errors import BundleInvalid, Cancelled, ServerFault
from apps.superset.inventory import read_inventory
from apps.superset.protocol import Silent
from apps.superset.remote.bisection import PATIENCE
from apps.superset.remote.exports import read_closure
from apps.superset.remote.hashes import Hashing
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, SALES, SALES_DATA, examples


class Spoilt(FakeSuperset):
    """Some assets of a server break every export that they are in."""

    def __init__(self, server, ids, error=ServerFault):
        super().__init__(server.environment)
        self.server, self.ids, self.error = server, set(ids), error
        self.exports = 0

    def export(self, kind, ids):
        self.exports += 1
        if self.ids & set(ids):
            raise self.error("it broke", environment=self.environment)
        return self.server.export(kind, ids)


@pytest.fixture(scope="module")
def server():
    return examples()


@pytest.fixture(scope="module")
def inventory(server):
    return read_inventory(server)


@pytest.fixture
def dashboards(inventory):
    return [entry.key for entry in inventory.of_kind(Kind.DASHBOARD)]


def taken(hashing, *kinds):
    batches = [batch for kind in kinds for batch in hashing.batches(kind)]
    hashes = {key: found for batch in batches for key, found in batch.digests.items()}
    return hashes, {key: error for batch in batches for key, error in batch.failed.items()}


def test_the_hash_is_the_one_under_which_a_plan_knows_the_asset(server, inventory):
    hashing = Hashing(server, inventory, inventory.entries, Silent())
    hashes, failed = taken(hashing, *reversed(Kind))
    symbolic = read_closure(server, inventory, inventory.entries, Silent()).symbolic
    assert {key: found.content_hash for key, found in hashes.items()} == {
        asset.key: hash_of(asset) for asset in symbolic
    }
    assert (failed, hashing.wanted) == ({}, set())


def test_the_hashes_are_those_that_earlier_releases_took(server, inventory):
    """Others make all that is stored look changed: change this only together with the normal form."""
    hashes, _ = taken(Hashing(server, inventory, inventory.entries, Silent()), *reversed(Kind))
    lines = sorted(f"{key} {found.content_hash}" for key, found in hashes.items())
    assert sha256("\n".join(lines).encode()).hexdigest() == (
        "32c81d4e99bfbc8641edfada203c7da93354e9df35dea90bae90b2c71838494a"
    )


def test_only_what_is_wanted_is_hashed_and_what_came_along_is_not_asked_for_again(server, inventory):
    watched = Spoilt(server, ())
    hashes, _ = taken(Hashing(watched, inventory, [SALES, SALES_DATA], Silent()), *reversed(Kind))
    assert set(hashes) == {SALES, SALES_DATA}
    assert watched.exports == 1


def test_an_asset_that_spoils_its_batch_is_left_out_alone(server, inventory, dashboards):
    spoilt = Spoilt(server, inventory.ids([BIRTHS]), BundleInvalid)
    hashes, failed = taken(Hashing(spoilt, inventory, dashboards, Silent()), Kind.DASHBOARD)
    assert set(hashes) == set(dashboards) - {BIRTHS}
    assert str(failed[BIRTHS]) == "dev: it broke"


def test_a_server_that_fails_at_everything_is_not_asked_for_every_asset(server, inventory):
    every = Spoilt(server, range(10_000))
    hashing = Hashing(every, inventory, inventory.entries, Silent())
    with pytest.raises(ServerFault):
        taken(hashing, Kind.CHART)
    assert every.exports == PATIENCE + 1


def test_hashing_can_be_stopped_before_each_batch(server, inventory, dashboards):
    class Stopping(Silent):
        def check_cancelled(self):
            raise Cancelled("stop")

    watched = Spoilt(server, ())
    with pytest.raises(Cancelled):
        taken(Hashing(watched, inventory, dashboards, Stopping()), Kind.DASHBOARD)
    assert watched.exports == 0
