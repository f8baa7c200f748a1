"""Mappings and pairings over the API, from what the catalogues know."""

from __future__ import annotations

from uuid import UUID

import pytest

from apps.audit.models import AuditEntry
from apps.catalogue.models import AssetPairing, DatabaseMapping
from apps.catalogue.tests.test_api_catalogue import add_asset
from apps.environments.tests.factories import Servers, make_environment
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

MAPPINGS, PAIRINGS = "/api/v1/mappings", "/api/v1/pairings"
BETWEEN = {"source": "dev", "target": "prod"}
COPIED = ("source", "target", "source_name", "target_uuid", "target_name")
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    return Servers().install(monkeypatch)


@pytest.fixture(autouse=True)
def catalogues(db):
    dev, prod = make_environment("dev"), make_environment("prod")
    add_asset(dev, 1, "dwh_dev", kind="database", backend="postgresql")
    add_asset(prod, 2, "dwh_prod", kind="database", backend="postgresql")
    add_asset(prod, 3, "dwh", kind="database", backend="mysql")
    add_asset(dev, 11, "Births", kind="chart")
    add_asset(prod, 12, "Births", kind="chart")


def pairs(source, target):
    return {**BETWEEN, "pairs": [{"source_uuid": str(source), "target_uuid": str(target)}]}


class TestMappings:
    def test_a_suggestion_is_made_from_the_catalogues(self, api, servers):
        (told,) = api.get(f"{MAPPINGS}/suggestions", BETWEEN).json()
        assert (told["source"]["name"], told["target"]["name"]) == ("dwh_dev", "dwh_prod")
        assert [each["target"]["name"] for each in told["candidates"]] == ["dwh_prod"]
        assert (told["confirmed"], not servers.opened) == (None, True)

    def test_a_confirmed_mapping_is_shown_with_the_suggestion(self, api):
        api.post(MAPPINGS, pairs(ONE, THREE))
        (told,) = api.get(f"{MAPPINGS}/suggestions", BETWEEN).json()
        assert told["confirmed"] == str(THREE)

    def test_a_mapping_is_stored_with_the_names_of_the_catalogue(self, api, author):
        answer = api.post(MAPPINGS, pairs(ONE, TWO))
        assert answer.status_code == 201
        row = DatabaseMapping.objects.get()
        assert (row.source_name, row.target_name, row.confirmed_by) == ("dwh_dev", "dwh_prod", author)
        assert answer.json()[0]["id"] == row.pk
        assert AuditEntry.objects.get(action="mapping.set").source == "api"

    def test_what_the_catalogue_does_not_know_is_refused(self, api):
        answer = api.post(MAPPINGS, pairs(ONE, ONE))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_there")
        assert not DatabaseMapping.objects.exists()

    def test_an_empty_mapping_is_refused(self, api):
        answer = api.post(MAPPINGS, {**BETWEEN, "pairs": []})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["pairs"])
        answer = api.post(MAPPINGS, {**BETWEEN, "pairs": [{"source_uuid": "7"}]})
        assert list(answer.json()["fields"]) == ["pairs.0.source_uuid", "pairs.0.target_uuid"]

    def test_mappings_are_listed_filtered_read_and_removed(self, api):
        number = api.post(MAPPINGS, pairs(ONE, TWO)).json()[0]["id"]
        assert api.get(MAPPINGS, BETWEEN).json()["count"] == 1
        assert api.get(MAPPINGS, {"source": "prod"}).json()["count"] == 0
        (row,) = api.get(MAPPINGS).json()["results"]
        assert api.get(f"{MAPPINGS}/{number}").json() == row
        assert api.delete(f"{MAPPINGS}/{number}").status_code == 204
        assert api.delete(f"{MAPPINGS}/{number}").status_code == 404

    def test_a_mapping_is_changed(self, api, author):
        number = api.post(MAPPINGS, pairs(ONE, THREE)).json()[0]["id"]
        told = api.patch(f"{MAPPINGS}/{number}", {"target_uuid": str(TWO)})
        assert (told.status_code, told.json()["id"], told.json()["target_name"]) == (200, number, "dwh_prod")
        row = DatabaseMapping.objects.get()
        assert (row.source_uuid, row.target_uuid, row.confirmed_by) == (ONE, TWO, author)
        assert AuditEntry.objects.filter(action="mapping.set").count() == 2

    def test_a_mapping_is_not_changed_to_what_the_target_does_not_have(self, api):
        number = api.post(MAPPINGS, pairs(ONE, THREE)).json()[0]["id"]
        told = api.patch(f"{MAPPINGS}/{number}", {"target_uuid": str(ONE)})
        assert (told.status_code, told.json()["code"]) == (404, "not_there")
        assert DatabaseMapping.objects.get().target_uuid == THREE

    def test_a_list_tells_who_may_change_its_mappings_with_one_query_for_all(
        self, api, author, viewer, django_assert_max_num_queries
    ):
        number = api.post(MAPPINGS, pairs(ONE, TWO)).json()[0]["id"]
        grant_role(actor=author, user=viewer, role=get_role("viewer"))
        client = api_of(viewer)
        for source in range(20, 25):
            DatabaseMapping.objects.create(
                **{name: getattr(DatabaseMapping.objects.get(pk=number), name) for name in COPIED},
                source_uuid=UUID(int=source),
                confirmed_by=author,
            )
        with django_assert_max_num_queries(7):
            rows = client.get(MAPPINGS).json()["results"]
        assert len(rows) == 6
        for row in rows:
            assert {name: each["allowed"] for name, each in row["allowed_actions"].items()} == {
                "edit": False,
                "remove": False,
            }
            assert row["allowed_actions"]["edit"]["who"] == [author.username]
        assert client.patch(f"{MAPPINGS}/{number}", {"target_uuid": str(THREE)}).status_code == 403

    def test_a_mapping_to_an_unknown_or_the_same_environment_is_refused(self, api):
        answer = api.get(f"{MAPPINGS}/suggestions", {"source": "dev", "target": "nowhere"})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["target"])
        answer = api.get(f"{MAPPINGS}/suggestions", {"source": "dev", "target": "dev"})
        assert (answer.status_code, answer.json()["code"]) == (422, "refused")


class TestPairings:
    def test_a_pairing_is_stored_listed_and_removed(self, api):
        sent = {**pairs(UUID(int=11), UUID(int=12)), "kind": "chart", "reason": "made by hand"}
        (told,) = api.post(PAIRINGS, sent).json()
        assert (told["source_name"], told["reason"]) == ("Births", "made by hand")
        assert api.get(PAIRINGS, {"kind": "chart"}).json()["results"] == [told]
        assert api.get(PAIRINGS, {"kind": "dataset"}).json()["count"] == 0
        assert api.get(f"{PAIRINGS}/{told['id']}").json() == told
        assert api.delete(f"{PAIRINGS}/{told['id']}").status_code == 204
        assert not AssetPairing.objects.exists()

    def test_a_target_that_is_paired_already_is_a_conflict(self, api, catalogues):
        from apps.environments.models import Environment

        add_asset(Environment.objects.get(slug="dev"), 13, "Deaths", kind="chart")
        api.post(PAIRINGS, {**pairs(UUID(int=11), UUID(int=12)), "kind": "chart"})
        answer = api.post(PAIRINGS, {**pairs(UUID(int=13), UUID(int=12)), "kind": "chart"})
        assert answer.status_code == 409
