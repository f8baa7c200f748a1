"""The list of migrations: what is next, who may, and how it is filtered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalogue.models import AssetPairing
from apps.migrations.models import Decision, Migration, PlannedAsset
from apps.migrations.services.approval import comment, submit
from apps.migrations.tests.factories import BIRTHS
from apps.migrations.tests.situations import Situations
from conftest import api_of

LIST = "/api/v1/migrations"

SOME = ("submitted", "approved_by_one_of_two", "failed_after_writing", "asking", "rejected", "moved", "expired")


@pytest.fixture
def situations(stage, settings):
    return Situations(stage, settings)


@pytest.fixture
def client(situations):
    """The API as one of the people sees it."""
    return lambda name: api_of(situations.people[name])


def numbers(api, **query):
    answer = api.get(LIST, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_row_has_all_that_the_list_shows(situations, client):
    migration = situations.made("submitted")
    (row,) = client("kim").get(LIST).json()["results"]
    assert row["next"] == {"what": "approve", "who": ["ben", "bob"], "sentence": "It needs 1 more approval."}
    assert row["counts"] == migration.plans.get().summary["counts"]
    assert (row["approvals"], row["dashboards"]) == ({"needed": 1, "given": 0}, 1)
    assert datetime.fromisoformat(row["changed"]) == Decision.objects.get().at
    assert row["allowed_actions"]["approve"]["who"] == ["ben", "bob"]
    assert "migrations.approve" in row["allowed_actions"]["approve"]["reason"]
    assert row["allowed_actions"]["comment"] == {"allowed": True, "reason": "", "who": []}


@pytest.mark.parametrize("name", SOME)
def test_the_row_and_the_detail_say_the_same(situations, client, name):
    number = situations.made(name).pk
    for person in situations.people:
        row, detail = client(person).get(LIST).json()["results"][0], client(person).get(f"{LIST}/{number}").json()
        same = ("status", "next", "counts", "allowed_actions")
        assert {key: row[key] for key in same} == {key: detail[key] for key in same}
        assert row["approvals"].items() <= detail["approvals"].items()


def test_mine_is_what_i_planned_or_submitted(situations, client):
    migration = situations.made("planned")
    assert (numbers(client("ann"), mine="true"), numbers(client("eve"), mine="true")) == ([migration.pk], [])
    submit(actor=situations.people["eve"], migration=migration)
    assert numbers(client("eve"), mine="true") == [migration.pk]
    assert numbers(client("eve"), mine="false") == []
    assert numbers(client("ben"), mine="false") == [migration.pk]


def test_what_awaits_me_is_what_i_may_approve(situations, client):
    migration = situations.made("approved_by_one_of_two")
    for name in situations.people:
        allowed = client(name).get(f"{LIST}/{migration.pk}").json()["allowed_actions"]["approve"]["allowed"]
        assert allowed is (name == "bob")
        assert numbers(client(name), awaiting_me="true") == ([migration.pk] if allowed else [])
        assert numbers(client(name), awaiting_me="false") == ([] if allowed else [migration.pk])


def test_what_i_decided_is_what_i_approved_or_rejected_even_if_it_was_planned_again(situations, client):
    rejected, planned = situations.made("rejected"), situations.made("planned")
    judge = Decision.objects.get(migration=rejected, kind="reject").actor
    assert judge
    comment(actor=judge, migration=planned, note="hm")
    for name, person in situations.people.items():
        decided = [rejected.pk] if person == judge else []
        assert numbers(client(name), decided_by_me="true") == decided
        assert numbers(client(name), decided_by_me="false", ordering="id") == (
            [planned.pk] if decided else [rejected.pk, planned.pk]
        )


def test_several_states_are_found_at_once(situations, client):
    rejected, planned = situations.made("rejected"), situations.made("planned")
    kim = client("kim")
    assert numbers(kim, status=["planned", "rejected"], ordering="id") == [rejected.pk, planned.pk]
    assert numbers(kim, status=["planned", "draft"]) == [planned.pk]
    assert kim.get(LIST, {"status": ["planned", "perhaps"]}).status_code == 400


def test_a_migration_is_found_by_its_number(situations, client):
    first, second = situations.made("planned"), situations.made("planned")
    kim = client("kim")
    assert numbers(kim, search=str(first.pk)) == [first.pk]
    assert numbers(kim, search=f"births {second.pk}") == [second.pk]


@pytest.mark.parametrize("wrong", [{"mine": "perhaps"}, {"awaiting_me": ""}, {"asset": "births"}, {"ordering": "next"}])
def test_wrong_filters_are_refused(client, wrong):
    assert client("kim").get(LIST, wrong).status_code == 400


def test_migrations_are_found_by_asset(situations, client):
    migration, kim = situations.made("planned"), client("kim")
    for uuid in migration.plans.get().assets.values_list("uuid", flat=True):
        assert numbers(kim, asset=uuid) == [migration.pk]
    assert numbers(kim, asset=BIRTHS.uuid, target="prod", status="planned", search="births") == [migration.pk]
    assert numbers(kim, asset=BIRTHS.uuid, status="draft") == []
    assert numbers(kim, asset=UUID(int=7)) == []


def test_an_asset_is_found_by_the_one_that_it_is_paired_with_and_an_orphan_is_not(situations, client):
    migration, kim = situations.made("planned"), client("kim")
    names = {"source_name": "Births", "target_name": "Births", "confirmed_by": situations.admin}
    sides = {"source": migration.source, "target": migration.target}
    AssetPairing.objects.create(**sides, **names, kind="dashboard", source_uuid=UUID(int=7), target_uuid=BIRTHS.uuid)
    assert numbers(kim, asset=UUID(int=7)) == [migration.pk]
    orphan = {"kind": "chart", "uuid": UUID(int=8), "name": "Old", "action": "orphan"}
    PlannedAsset.objects.create(plan=migration.plans.get(), **orphan)
    assert numbers(kim, asset=UUID(int=8)) == []


def test_the_list_is_sorted_by_what_was_done_last(situations, client):
    first, second = situations.made("planned"), situations.made("planned")
    kim = client("kim")
    assert numbers(kim, ordering="-changed") == [second.pk, first.pk]
    comment(actor=situations.people["kim"], migration=first, note="hm")
    assert numbers(kim, ordering="-changed") == [first.pk, second.pk]


def test_a_page_costs_the_same_at_any_size_whatever_is_in_it(situations, client):
    def cost(client, **query):
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(LIST, query).json()["results"]) <= int(query["page_size"])
        return len(queries)

    made = ("submitted", "lapsed", "asking", "failed_after_writing", "rejected", "draft", "answered_by_an_approver")
    for name in (*made, *made, "moved"):
        situations.people["ben"].is_active = True
        situations.people["ben"].save()
        situations.made(name)
    for name in ("ann", "ben", "bob", "kim"):
        person = client(name)
        for query in (
            {},
            {"awaiting_me": "true"},
            {"decided_by_me": "true"},
            {"mine": "true"},
            {"asset": BIRTHS.uuid},
            {"ordering": "id"},
        ):
            costs = {cost(person, **query, page_size=str(size)) for size in (2, 5, 50)}
            assert len(costs) == 1, (name, query)
            assert max(costs) <= 20


def test_the_plan_can_be_left_out(situations, client):
    number, kim = situations.made("submitted").pk, client("kim")
    without, alone = kim.get(f"{LIST}/{number}?plan=false").json(), kim.get(f"{LIST}/{number}").json()
    assert "plan" not in without
    assert {**without, "plan": alone["plan"]} == alone
    assert alone["plan"]["changes"]
    assert alone["speculative"] is False
    assert kim.get(f"{LIST}/{number}?plan=perhaps").status_code == 400


def test_a_plan_of_a_format_that_is_not_read_any_more_has_no_counts(situations, client):
    situations.made("planned")
    connection.cursor().execute("UPDATE migrations_planrecord SET summary = NULL")
    (row,) = client("kim").get(LIST).json()["results"]
    assert (row["counts"], row["dashboards"]) == (None, 0)
    assert Migration.objects.count() == 1
