from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.users.access import Access, Permission
from apps.users.models import ApiToken
from conftest import api_of

ADDRESS = "/api/v1/tokens"
SESSION = "/api/v1/session"


@pytest.fixture
def made(api):
    return api.post(ADDRESS, {"name": "ci", "scope": "act"}).json()


def script(text):
    client = api_of()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def test_a_token_is_shown_once_and_signs_a_script_in(api, made):
    assert made["token"].startswith("lockstep_")
    assert script(made["token"]).get(SESSION).json()["user"]["username"] == "author"
    listed = api.get(ADDRESS).json()["results"]
    assert [(row["name"], row["state"]) for row in listed] == [("ci", "valid")]
    assert made["token"] not in str(listed)
    token = ApiToken.objects.get()
    assert token.last_used is not None
    assert made["token"] not in str(vars(token))


def test_neither_the_token_nor_its_hash_is_in_the_audit(made):
    told = str(list(AuditEntry.objects.values("object_name", "after")))
    assert "ci" in told
    assert made["token"] not in told
    assert ApiToken.objects.get().digest not in told


def test_a_token_needs_no_csrf_token(made):
    client = script(made["token"])
    client.handler.enforce_csrf_checks = True
    assert client.post("/api/v1/environments", {}).status_code == 400


def test_a_token_makes_no_token_and_changes_no_password(made):
    client = script(made["token"])
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, {"name": "more"}).status_code == 403
    assert client.put(f"{SESSION}/password", {"old": "only-for-tests", "new": "correct-horse"}).status_code == 403
    assert client.delete("/api/v1/sessions").status_code == 403


@pytest.mark.parametrize("how", ["revoked", "expired", "inactive", "other"])
def test_what_is_not_valid_is_refused_with_401(how, api, made, author):
    text = made["token"]
    if how == "revoked":
        assert api.delete(f"{ADDRESS}/{made['id']}").status_code == 204
        assert api.delete(f"{ADDRESS}/{made['id']}").status_code == 409
    elif how == "expired":
        ApiToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    elif how == "inactive":
        author.is_active = False
        author.save()
    else:
        text += "x"
    answer = script(text).get(SESSION)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_the_token_of_another_is_not_there(made, viewer):
    assert api_of(viewer).delete(f"{ADDRESS}/{made['id']}").status_code == 404


def test_a_token_to_read_only_reads(api):
    text = api.post(ADDRESS, {"name": "report"}).json()["token"]
    told = script(text).get(SESSION).json()
    assert told["permissions"] == [{"what": "*.view", "where": "*"}]


def test_a_token_can_be_for_some_environments_only(api):
    text = api.post(ADDRESS, {"name": "dev", "scope": "act", "where": ["dev", "tier:test"]}).json()["token"]
    told = script(text).get(SESSION).json()
    assert told["permissions"] == [{"what": "*", "where": "dev"}, {"what": "*", "where": "tier:test"}]
    wrong = api.post(ADDRESS, {"name": "x", "where": ["a b"]})
    assert wrong.status_code == 400


def test_as_much_is_left_as_looking_takes():
    access = Access(map(Permission, ("migrations.*", "catalogue.sync", "*.view", "tasks.view")))
    narrowed = access.narrowed(to_read=True, places=())
    assert [each["what"] for each in narrowed.permissions_data()] == ["*.view", "migrations.view", "tasks.view"]
