"""The audit as scripts read it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.audit import chain, seals
from apps.audit.models import AuditEntry
from apps.audit.origin import acting_through
from apps.audit.services import record
from conftest import api_of

ADDRESS, EXPORT = "/api/v1/audit", "/api/v1/audit/export"


@pytest.fixture
def entries(author, viewer):
    """Of two people, by three surfaces, on two accounts."""
    with acting_through("api", address="192.0.2.7", request_id="request-1"):
        record(actor=author, action="user.edit", target=viewer, before={"email": ""}, after={"email": "v@corp.test"})
    with acting_through("admin", address="2001:db8::1", request_id="request-2"):
        record(actor=viewer, action="user.change_password", target=viewer, after={"password": "sesame-opens"})
    record(actor=author, action="token.create", target=author)
    return AuditEntry.objects.order_by("pk")


def actions(answer):
    assert answer.status_code == 200, answer.content
    return [row["action"] for row in answer.json()["results"]]


def lines(answer):
    assert answer.status_code == 200
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


def test_the_newest_is_first_and_shows_who_what_and_from_where(api, entries):
    answer = api.get(ADDRESS)
    assert actions(answer) == ["token.create", "user.change_password", "user.edit"]
    told = answer.json()["results"][2]
    assert {
        name: told[name] for name in ("actor", "source", "address", "request_id", "object_type", "object_name")
    } == {
        "actor": "author",
        "source": "api",
        "address": "192.0.2.7",
        "request_id": "request-1",
        "object_type": "users.user",
        "object_name": "viewer",
    }
    assert (told["before"], told["after"]) == ({"email": ""}, {"email": "v@corp.test"})


def test_no_secret_is_returned(api, entries):
    assert b"sesame-opens" not in api.get(ADDRESS).content
    assert "sesame-opens" not in json.dumps(lines(api.get(EXPORT)))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"actor": "viewer"}, ["user.change_password"]),
        ({"actor": "nobody"}, []),
        ({"action": "user."}, ["user.edit", "user.change_password"]),
        ({"source": "command"}, ["token.create"]),
        ({"address": "2001:db8::1"}, ["user.change_password"]),
        ({"request_id": "request-1"}, ["user.edit"]),
        ({"object_type": "users.user", "actor": "author"}, ["user.edit", "token.create"]),
        ({"at_before": "2020-01-01T00:00:00Z"}, []),
        ({"search": "viewer"}, ["user.edit", "user.change_password"]),
        ({"search": "author EDIT"}, ["user.edit"]),
        ({"search": "nothing"}, []),
    ],
)
def test_the_list_and_the_export_find_the_same(asked, found, api, entries):
    assert actions(api.get(ADDRESS, asked | {"ordering": "id"})) == found
    assert [line["action"] for line in lines(api.get(EXPORT, asked))] == found


def test_entries_of_one_object_and_of_one_time_are_found(api, entries, viewer):
    assert actions(api.get(ADDRESS, {"object_id": viewer.pk})) == ["user.change_password", "user.edit"]
    middle = entries[1].at.isoformat()
    assert actions(api.get(ADDRESS, {"at_after": middle})) == ["token.create", "user.change_password"]
    assert actions(api.get(ADDRESS, {"at_before": middle})) == ["user.edit"]
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert actions(api.get(ADDRESS, {"at_after": tomorrow})) == []


@pytest.mark.parametrize("address", [ADDRESS, EXPORT])
@pytest.mark.parametrize("asked", [{"at_after": "yesterday"}, {"search": "a\0b"}])
def test_what_cannot_be_read_is_refused_by_its_name(asked, address, api, entries):
    answer = api.get(address, asked)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, list(asked))


def test_the_export_has_all_that_the_hashes_are_over_oldest_first(api, entries):
    chain.seal()
    answer = api.get(EXPORT)
    assert answer["Content-Type"] == "application/x-ndjson"
    assert 'filename="audit.jsonl"' in answer["Content-Disposition"]
    told = lines(answer)
    assert [line["number"] for line in told] == [1, 2, 3]
    last = chain.START
    for line, entry in zip(told, entries.all(), strict=True):
        assert (line["previous"], line["hash"]) == (last, seals.of_place(entry, entry.number, last, entry.sealed_at))
        assert line["mark"] == seals.of_entry(entry)
        assert datetime.fromisoformat(line["at"]) == entry.at.astimezone(UTC)
        assert (line["id"], line["after"]) == (entry.pk, entry.after)
        last = line["hash"]


@pytest.mark.parametrize("address", [ADDRESS, EXPORT])
def test_the_audit_requires_its_permission(address, viewer):
    assert api_of(viewer).get(address).status_code == 403
    assert api_of().get(address).status_code == 401
