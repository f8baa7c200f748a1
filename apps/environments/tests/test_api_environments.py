from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.environments.models import Environment
from apps.environments.tests.factories import PASSWORD, Servers, make_environment

LIST = "/api/v1/environments"
SENT = {
    "name": "Dev",
    "url": "https://dev.example.com/api/v1",
    "tier": "dev",
    "sign_in": {"username": "robot", "secret": PASSWORD},
}


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    return Servers().install(monkeypatch)


@pytest.fixture
def dev(db):
    return make_environment("dev", tier="dev")


class TestAdding:
    def test_an_added_environment_is_stored_and_its_url_returned(self, api):
        answer = api.post(LIST, SENT)
        assert (answer.status_code, answer["Location"]) == (201, f"{LIST}/dev")
        assert (answer.json()["url"], answer.json()["state"]) == ("https://dev.example.com", "not checked")
        assert Environment.objects.get().secret.reveal() == PASSWORD

    def test_no_server_is_asked_in_the_request(self, api, servers):
        api.post(LIST, SENT)
        assert not servers.opened

    def test_adding_an_environment_is_audited_as_done_over_the_api(self, api, author):
        api.post(LIST, SENT)
        entry = AuditEntry.objects.get(action="environment.add")
        assert (entry.actor, entry.source, entry.os_user) == (author, "api", "")

    def test_the_secret_is_in_no_answer(self, api):
        answers = [api.post(LIST, SENT), api.get(LIST), api.get(f"{LIST}/dev")]
        assert all(PASSWORD not in answer.content.decode() for answer in answers)

    def test_what_the_server_offers_is_shown_once_it_is_known(self, api, dev):
        assert api.get(f"{LIST}/dev").json()["sign_in_kinds"] is None
        Environment.objects.update(sign_in_kinds=["oauth", "api_key"])
        assert api.get(f"{LIST}/dev").json()["sign_in_kinds"] == ["oauth", "api_key"]
        assert api.get(LIST).json()["results"][0]["sign_in_kinds"] == ["oauth", "api_key"]

    def test_a_name_that_is_taken_is_a_conflict(self, api, dev):
        answer = api.post(LIST, SENT)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    def test_missing_and_invalid_fields_of_an_environment_are_named(self, api):
        answer = api.post(LIST, SENT | {"tier": "moon", "sign_in": {"username": "robot"}})
        assert set(answer.json()["fields"]) == {"tier", "sign_in.secret"}

    def test_an_address_that_is_none_is_refused(self, api):
        answer = api.post(LIST, SENT | {"url": "ftp://dev.example.com"})
        assert (answer.status_code, answer.json()["code"]) == (422, "not_configured")


class TestReading:
    def test_the_list_is_filtered_searched_and_sorted(self, api, dev):
        make_environment("prod", tier="prod", enabled=False)

        def names(**query):
            return [row["slug"] for row in api.get(LIST, query).json()["results"]]

        assert names() == ["dev", "prod"]
        assert names(ordering="-name") == ["prod", "dev"]
        assert names(tier="prod") == names(enabled="false") == names(search="prod.ex") == ["prod"]
        assert names(page_size=1, page=2) == ["prod"]

    def test_the_details_say_what_can_be_done_and_why_not(self, api, dev):
        actions = api.get(f"{LIST}/dev").json()["allowed_actions"]
        assert actions["disable"] == {"allowed": True, "reason": "", "who": []}
        assert actions["enable"] == {"allowed": False, "reason": "“dev” is already enabled.", "who": []}
        assert set(actions) == {"edit", "update_credentials", "enable", "disable", "remove", "check", "sync"}


class TestMovingToAnotherServer:
    def test_moving_to_another_server_requires_credentials_in_the_same_request(self, api, dev):
        answer = api.patch(f"{LIST}/dev", {"url": "https://evil.example.com"})
        assert (answer.status_code, "Provide the account" in answer.json()["detail"]) == (403, True)
        assert Environment.objects.get().url == "https://dev.example.com"
        sign_in = {"username": "other", "secret": "new-horse"}
        answer = api.patch(f"{LIST}/dev", {"url": "https://new.example.com", "sign_in": sign_in})
        assert (answer.status_code, answer.json()["username"]) == (200, "other")
        assert "new-horse" not in answer.content.decode()
        assert Environment.objects.get().secret.reveal() == "new-horse"


class TestChanging:
    def test_only_what_is_sent_is_changed(self, api, dev):
        answer = api.patch(f"{LIST}/dev", {"protected": True})
        assert (answer.json()["protected"], answer.json()["tier"]) == (True, "dev")

    def test_whether_charts_are_asked_after_an_apply_can_be_set(self, api, dev):
        assert api.get(f"{LIST}/dev").json()["check_queries"] is False
        assert api.patch(f"{LIST}/dev", {"check_queries": True}).json()["check_queries"] is True

    def test_how_many_have_to_approve_is_at_least_one(self, api, dev):
        answer = api.patch(f"{LIST}/dev", {"approvals_needed": 2})
        assert (answer.json()["approvals_needed"], answer.json()["protected"]) == (2, False)
        assert list(api.patch(f"{LIST}/dev", {"approvals_needed": 0}).json()["fields"]) == ["approvals_needed"]

    def test_the_credentials_are_replaced(self, api, dev, servers):
        answer = api.put(f"{LIST}/dev/credentials", {"provider": "token", "secret": "new-token"})
        assert (answer.status_code, answer.json()["provider"]) == (200, "token")
        assert "new-token" not in answer.content.decode()
        dev.refresh_from_db()
        assert (dev.secret.reveal(), servers.opened["dev"]) == ("new-token", 0)

    def test_an_environment_is_disabled_and_enabled_over_the_api(self, api, dev):
        assert api.post(f"{LIST}/dev/disable").json()["state"] == "disabled"
        assert api.post(f"{LIST}/dev/enable").json()["enabled"] is True

    def test_an_environment_is_removed_over_the_api(self, api, dev):
        assert api.delete(f"{LIST}/dev").status_code == 204
        assert api.get(f"{LIST}/dev").status_code == 404
