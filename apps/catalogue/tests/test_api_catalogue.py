from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset, CatalogueSync
from apps.environments.tests.factories import Servers, make_environment
from apps.tasks.models import Task

DEV = "/api/v1/environments/dev"


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    return Servers().install(monkeypatch)


@pytest.fixture
def dev(db):
    return make_environment("dev")


def add_asset(environment, number, name, **fields):
    values = {"kind": "dashboard", "asset_id": number, "seen_at": timezone.now(), **fields}
    return CatalogueAsset.objects.create(environment=environment, uuid=UUID(int=number), name=name, **values)


class TestAssets:
    def test_assets_are_filtered_searched_and_sorted(self, api, dev):
        add_asset(dev, 1, "Sales", slug="sales", status="published", owners=["Ann Lee"])
        add_asset(dev, 2, "Births", status="draft")
        add_asset(dev, 3, "births", kind="dataset")

        def names(**query):
            return [row["name"] for row in api.get(f"{DEV}/assets", query).json()["results"]]

        assert names(kind="dashboard", ordering="-name") == ["Sales", "Births"]
        assert names(kind="dataset") == ["births"]
        assert names(status="published") == names(search="sal les") == ["Sales"]

    def test_assets_are_filtered_by_owners_and_tags(self, api, dev):
        add_asset(dev, 1, "Sales", owners=["Ann Lee", "Анна Ли"], tags=["core"])
        add_asset(dev, 2, "Births", owners=["Ben Ode"], tags=["core", "old"])
        add_asset(dev, 3, "Deaths", owners=["Ann"], tags=[])

        def names(query):
            return [row["name"] for row in api.get(f"{DEV}/assets?{query}").json()["results"]]

        assert names("owner=Ann Lee") == names("owner=Анна Ли") == ["Sales"]
        assert names("owner=Ann Lee&owner=Ben Ode") == names("tag=core") == ["Births", "Sales"]
        assert names("tag=core&owner=Ann Lee&owner=Ann") == ["Sales"]
        assert names("tag=cor") == names("owner=nobody") == []

    def test_the_details_of_an_asset_hold_all_that_is_known(self, api, dev):
        add_asset(dev, 7, "Sales", tags=["core"], content_hash="ab" * 32)
        row = api.get(f"{DEV}/assets").json()["results"][0]
        assert (row["id"], row["uuid"], row["tags"]) == (7, str(UUID(int=7)), ["core"])
        assert row["content_hash"] == "ab" * 32

    def test_assets_of_another_environment_are_not_found(self, api, dev):
        add_asset(make_environment("prod"), 1, "Sales")
        assert api.get(f"{DEV}/assets").json()["count"] == 0

    def test_an_environment_that_does_not_exist_has_none_to_list(self, api, dev):
        assert api.get("/api/v1/environments/nowhere/assets").status_code == 404

    def test_pages_are_stable_where_names_are_equal(self, api, dev):
        for number in range(1, 8):
            add_asset(dev, number, "Same")
        pages = [api.get(f"{DEV}/assets", {"page_size": 3, "page": page}).json()["results"] for page in (1, 2, 3)]
        assert len({row["id"] for page in pages for row in page}) == 7


class TestTheCatalogueItself:
    def test_a_catalogue_that_was_never_synced_says_so(self, api, dev):
        told = api.get(f"{DEV}/catalogue").json()
        assert (told["started"], told["counts"]) == (None, {})
        assert told["allowed_actions"]["sync"] == {"allowed": True, "reason": "", "who": []}

    def test_the_catalogue_reports_a_failed_sync(self, api, dev):
        CatalogueSync.objects.create(environment=dev, started=timezone.now(), error={"kind": "unreachable"})
        assert api.get(f"{DEV}/catalogue").json()["error"] == {"kind": "unreachable"}


class TestWorkForAWorker:
    @pytest.mark.parametrize(("route", "action"), [("check", "check"), ("refresh-ids", "refresh_ids")])
    def test_a_sync_is_started_as_a_task(self, api, dev, servers, author, route, action):
        answer = api.post(f"{DEV}/{route}")
        task = Task.objects.get()
        assert (answer.status_code, answer["Location"]) == (202, f"/api/v1/tasks/{task.pk}")
        assert (answer.json()["state"], answer.json()["id"]) == ("queued", task.pk)
        assert (task.action, task.environment, task.actor) == (action, dev, author)
        assert not servers.opened

    def test_a_full_sync_may_be_requested(self, api, dev):
        api.post(f"{DEV}/sync", {"everything": True})
        assert Task.objects.get().params["everything"] is True

    def test_a_running_sync_is_not_started_again_and_the_verdict_says_why(self, api, dev):
        api.post(f"{DEV}/check")
        reason = f"Task {Task.objects.get().pk} is queued and does the same. Wait until it has ended."
        assert api.get(f"{DEV}/catalogue").json()["allowed_actions"]["check"] == {
            "allowed": False,
            "reason": reason,
            "who": [],
        }
        answer = api.post(f"{DEV}/check")
        assert (answer.status_code, answer.json()["detail"]) == (409, reason)
        assert answer.json()["extra"] == {"task": Task.objects.get().pk}
        assert api.post(f"{DEV}/sync", {}).status_code == 202

    def test_a_disabled_environment_is_left_alone(self, api, dev):
        api.post(f"{DEV}/disable")
        answer = api.post(f"{DEV}/check")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert "disabled" in api.get(f"{DEV}/catalogue").json()["allowed_actions"]["sync"]["reason"]
