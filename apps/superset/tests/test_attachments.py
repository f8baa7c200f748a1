"""What hangs on the assets of a target is as before, after an apply and after a rollback."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotConfigured, NotFound, NotPermitted, NotVerified, ServerFault
from apps.superset.planning.builder import Planned
from apps.superset.references.serialization import unpack
from apps.superset.releases.base import Endpoint
from apps.superset.remote.attachments import from_document, intended, owners_to_set, to_document
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.test_removal import hide
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World

BOB, EVE = 8, 9
EMPTY = Key(Kind.DASHBOARD, "55555555-5555-4555-8555-555555555555")


@pytest.fixture
def world() -> World:
    """Both have the same; on prod it belongs to Bob, and to Eve."""
    world = World(SALES, BIRTHS)
    document = {"dashboard_title": "Empty", "uuid": EMPTY.uuid, "position": {}, "metadata": {}}
    world.dev.documents[Kind.DASHBOARD][900] = document
    world.dev.members[900] = []
    world.apply(world.plan())
    for kind in (Kind.DATASET, Kind.CHART, Kind.DASHBOARD):
        for found in world.prod.documents[kind].values():
            world.prod.owners[Key(kind, found["uuid"])] = [BOB, EVE]
    world.prod.writes.clear()
    return world


def edited(world: World) -> Planned:
    """A plan that changes one asset of each kind."""
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    world.dev.document(SALES_DATA)["sql"] = "select 1"
    world.dev.document(SALES)["dashboard_title"] = "Sales, new"
    world.dev.document(EMPTY)["dashboard_title"] = "Empty, new"
    return world.plan()


def attached(server: FakeSuperset) -> Any:
    return copy.deepcopy((dict(server.owners), dict(server.roles), server.embeddings, server.rules, server.reports))


def puts(server: FakeSuperset) -> list[str]:
    return sorted(each for each in server.writes if each.startswith("PUT"))


class TestOwners:
    def test_owners_are_as_before_after_an_apply_and_after_its_rollback(self, world: World) -> None:
        before, planned = attached(world.prod), edited(world)
        world.apply(planned)
        assert attached(world.prod) == before
        world.roll_back(planned)
        assert attached(world.prod) == before

    def test_owners_are_restored_with_one_request_per_overwritten_asset(self, world: World) -> None:
        world.apply(edited(world))
        written = [REVENUE, SALES_DATA, SALES, EMPTY]
        assert puts(world.prod) == sorted(f"PUT {key.kind}/{world.prod.id_of(key)}" for key in written)

    def test_an_account_that_was_an_owner_stays_one_and_nothing_is_sent_for_it(self, world: World) -> None:
        for key in list(world.prod.owners):
            world.prod.owners[key] = [BOB, world.prod.account_id]
        world.apply(edited(world))
        assert puts(world.prod) == []
        assert world.prod.owners[REVENUE] == [BOB, world.prod.account_id]

    def test_an_owner_added_meanwhile_stays_and_is_reported(self, world: World, monkeypatch: Any) -> None:
        planned = edited(world)
        original = world.prod.import_bundle

        def meanwhile(endpoint: Endpoint, bundle: bytes) -> None:
            original(endpoint, bundle)
            world.prod.owners[REVENUE].append(4711)

        monkeypatch.setattr(world.prod, "import_bundle", meanwhile)
        with pytest.raises(NotVerified, match="its owners changed"):
            world.apply(planned)
        assert 4711 in world.prod.owners[REVENUE]
        assert world.prod.account_id not in world.prod.owners[REVENUE]

    def test_an_asset_without_owners_has_none_afterwards(self, world: World) -> None:
        world.prod.owners[REVENUE] = []
        world.apply(edited(world))
        assert world.prod.owners[REVENUE] == []

    def test_what_is_created_belongs_to_the_account(self) -> None:
        world = World(SALES)
        world.apply(world.plan())
        assert world.prod.owners[SALES] == [world.prod.account_id]
        assert puts(world.prod) == []

    def test_owners_that_people_changed_since_stay_as_they_made_them(self, world: World) -> None:
        planned = edited(world)
        world.apply(planned)
        world.prod.owners[REVENUE] = [EVE]
        world.roll_back(planned)
        assert world.prod.owners[REVENUE] == [EVE]

    def test_a_rollback_takes_the_account_out_that_an_interrupted_run_left_in(self, world: World) -> None:
        planned = edited(world)
        world.apply(planned)
        world.prod.owners[REVENUE] = [BOB, EVE, world.prod.account_id]
        world.roll_back(planned)
        assert world.prod.owners[REVENUE] == [BOB, EVE]

    def test_an_apply_that_completes_an_interrupted_one_gives_the_owners_back(self, world: World) -> None:
        planned = edited(world)
        world.apply(planned)
        first = unpack(world.ledger.content)
        for key in (REVENUE, SALES_DATA, SALES, EMPTY):  # as it ended before it came to the owners
            world.prod.owners[key].append(world.prod.account_id)
        world.prod.writes.clear()
        world.apply(planned, first=first)
        assert {tuple(owners) for owners in world.prod.owners.values()} == {(BOB, EVE)}
        assert len(puts(world.prod)) == len(world.prod.writes) == 4

    def test_an_owner_who_cannot_be_taken_out_again_makes_the_run_fail_by_name(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planned, update = edited(world), world.prod.update

        def ignoring(kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
            update(kind, asset_id, {name: value for name, value in fields.items() if name != "owners"})

        monkeypatch.setattr(world.prod, "update", ignoring)
        with pytest.raises(NotVerified, match="chart “Total Revenue”: its owners changed from .*account 8, account 9"):
            world.apply(planned)


class TestTheRest:
    def test_roles_embedding_rules_and_reports_stay(self, world: World) -> None:
        give_everything(world.prod)
        before, planned = attached(world.prod), edited(world)
        world.apply(planned)
        assert attached(world.prod) == before
        world.roll_back(planned)
        assert attached(world.prod) == before

    @pytest.mark.parametrize("key", [SALES, EMPTY], ids=["with-charts", "without-charts"])
    def test_a_theme_and_tags_of_the_target_stay_after_an_apply_and_after_its_rollback(
        self, world: World, key: Key
    ) -> None:
        own = {"theme_uuid": "11111111-2222-4333-8444-555555555555", "tags": ["prod-only"]}
        planned = edited(world)
        world.prod.document(key).update(own)
        world.apply(planned)
        assert own.items() <= world.prod.document(key).items()
        world.roll_back(planned)
        assert own.items() <= world.prod.document(key).items()

    def test_a_theme_that_came_after_the_apply_stays_when_it_is_rolled_back(self, world: World) -> None:
        planned = edited(world)
        world.apply(planned)
        world.prod.document(EMPTY)["theme_uuid"] = "11111111-2222-4333-8444-555555555555"
        world.roll_back(planned)
        assert world.prod.document(EMPTY)["theme_uuid"] == "11111111-2222-4333-8444-555555555555"

    @pytest.mark.parametrize(
        "aspect", ["roles", "embedding settings", "alerts and reports", "row level security rules"]
    )
    def test_a_run_after_which_something_is_missing_fails_by_name(
        self, world: World, aspect: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However that came about: an importer of another making, a trigger in the database."""
        give_everything(world.prod)
        planned, imported = edited(world), world.prod.import_bundle

        def import_bundle(endpoint: Endpoint, bundle: bytes) -> None:
            imported(endpoint, bundle)
            kept: dict[str, Any] = {
                "roles": world.prod.roles,
                "embedding settings": world.prod.embeddings,
                "alerts and reports": world.prod.reports,
                "row level security rules": world.prod.rules,
            }
            kept[aspect].clear()

        monkeypatch.setattr(world.prod, "import_bundle", import_bundle)
        with pytest.raises(NotVerified, match=f"its {aspect} changed from .* to none"):
            world.apply(planned)

    @pytest.mark.parametrize("resource", ["report", "rowlevelsecurity"])
    @pytest.mark.parametrize("error", [NotFound, NotPermitted, NotConfigured, ServerFault])
    def test_what_the_account_may_not_see_is_not_held_against_the_run(
        self, world: World, resource: str, error: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hide(world, resource, error, monkeypatch)
        world.apply(edited(world))
        assert world.prod.document(SALES)["dashboard_title"] == "Sales, new"


def give_everything(server: FakeSuperset) -> None:
    server.roles[SALES] = [3, 4]
    server.embeddings[SALES] = {"uuid": "e", "allowed_domains": ["https://shop.example"]}
    server.rules = [
        {"id": 1, "name": "EU", "clause": "r=1", "tables": [{"id": server.id_of(SALES_DATA)}], "roles": [{"name": "g"}]}
    ]
    server.reports = [
        {"id": 1, "name": "Monday", "type": "Report", "active": True, "chart_id": server.id_of(REVENUE)},
        {"id": 2, "name": "Tuesday", "type": "Report", "active": False, "dashboard_id": server.id_of(SALES)},
    ]


def test_few_assets_of_many_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.apply(world.plan())
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    asked: list[str] = []
    planned, whole = world.plan(), world.prod.list_rows

    def list_rows(resource: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        asked.extend(columns)
        return whole(resource, columns)

    monkeypatch.setattr(world.prod, "list_rows", list_rows)
    world.apply(planned)
    assert not [column for column in asked if column.startswith("owners")]


def test_attachments_survive_their_snapshot() -> None:
    found = {REVENUE: {"owners": {"8": "Bob"}, "tags": {}}}
    assert from_document(to_document(found[REVENUE])) == found[REVENUE]


def test_the_account_is_removed_as_owner_only_where_it_was_added() -> None:
    now = {REVENUE: {"owners": {"1": "us", "8": "Bob"}}, SALES: {"owners": {"1": "us"}}}
    first = {REVENUE: {"owners": {"8": "Bob"}}, SALES: {"owners": {"1": "us"}}}
    wanted = intended(now, first, 1)
    assert list(owners_to_set(wanted, 1)) == [(REVENUE, [8])]
    assert intended(now, {}, 1) == now
