"""Who is signed in where /me/ refuses a token, as 4.1.4, 5.0.0 and 6.0.0 do; the answers are those of 4.1.4."""

from __future__ import annotations

import base64
import json

import pytest

from apps.superset.account import Account
from apps.superset.checks.rights import rights_on_source, rights_on_target, unseen_databases, whose
from apps.superset.errors import AuthRejected, NotConfigured
from apps.superset.http.auth import AccessToken, account_in
from apps.superset.releases.base import Access
from apps.superset.releases.supported import SUPPORTED
from apps.superset.tests.connecting import Connect
from apps.superset.tests.superset_server import Reply, SupersetServer

OLD = (
    Reply(404, {"errors": [{"message": "404 Not Found"}]}),
    Reply(body=b"<div data-bootstrap='{&#34;version_string&#34;: &#34;4.1.4&#34;}'>"),
)
Permissions = dict[str, list[str] | None]
ADMIN: Permissions = {
    "database": ["can_read", "can_write", "can_export"],
    "dataset": ["can_duplicate", "can_read", "can_write", "can_export"],
    "chart": ["can_write", "can_export", "can_read"],
    "dashboard": ["can_set_embedded", "can_export", "can_read", "can_write"],
    "rowlevelsecurity": ["can_write", "can_read"],
}
ALPHA: Permissions = {**ADMIN, "database": ["can_read"], "rowlevelsecurity": None}
READER: Permissions = {**ALPHA, "rowlevelsecurity": ["can_read"]}
GAMMA: Permissions = {**ALPHA, "dataset": ["can_read"]}


def old(server: SupersetServer, permissions: Permissions) -> None:
    server.script("/version", OLD[0])
    server.script("/login/", OLD[1])
    for resource, found in permissions.items():
        reply = Reply(403, {"message": "Forbidden"}) if found is None else Reply(body={"permissions": found})
        server.script(f"/api/v1/{resource}/_info", *[reply] * 2)


@pytest.mark.parametrize("permissions", [ADMIN, ALPHA, READER, GAMMA], ids=["Admin", "Alpha", "reader", "Gamma"])
def test_an_administrator_is_known_by_what_it_may_change(
    server: SupersetServer, connect: Connect, permissions: Permissions
) -> None:
    old(server, permissions)
    account, is_admin = connect().account(), permissions is ADMIN
    assert (account.id, account.is_admin, account.sees_all_data, account.name) == (1, is_admin, is_admin, "")
    assert server.asked("GET", "/me/") == []


def test_the_rights_are_those_that_each_resource_tells(server: SupersetServer, connect: Connect) -> None:
    old(server, GAMMA)
    account, has = connect().account(), SUPPORTED["4.1"].permissions
    assert [right for right in rights_on_source(has) if not account.may(*right)] == []
    assert [right for right in rights_on_target(has) if not account.may(*right)] == [("can_export", "Dataset")]
    assert not account.may("can_write", "Dataset")


def test_a_view_that_could_not_be_asked_about_is_not_claimed_to_be_missing() -> None:
    account = Account(3, is_admin=False, rights=frozenset(), observed=frozenset({"Chart"}))
    assert account.may("can_import_", "ImportExportRestApi")
    assert not account.may("can_read", "Chart")


def test_an_account_without_a_name_is_shown_by_its_number(server: SupersetServer, connect: Connect) -> None:
    old(server, ALPHA)
    client = connect()
    assert str(whose(client.account(), client)) == (
        "the account with the id 1 of dev (Superset 4.1.4 does not show its name to Lockstep)"
    )
    assert "may see only the databases it was granted" in str(unseen_databases(client))


def test_the_check_of_a_connection_proves_that_the_token_is_accepted(server: SupersetServer, connect: Connect) -> None:
    old(server, ADMIN)
    assert connect().whoami() == {"id": 1}


def test_a_token_that_is_really_refused_is_reported_as_that(server: SupersetServer, connect: Connect) -> None:
    old(server, {})
    server.script("/api/v1/dashboard/_info", *[Reply(401, {"msg": "Token has expired"})] * 2)
    with pytest.raises(AuthRejected, match="Token has expired"):
        connect().account()


def test_a_token_without_an_account_is_an_error(server: SupersetServer, connect: Connect) -> None:
    old(server, ADMIN)
    server.access.add("sst_key")
    client = connect(credentials=AccessToken("sst_key"))
    for ask in (client.account, client.whoami):
        with pytest.raises(NotConfigured, match="does not say whose it is, and Superset 4.1.4"):
            ask()


@pytest.mark.parametrize("sub", ["ada", -1, "1_0", " 10 ", "١", 1.5, True, None, [10], "9" * 5000, 2**63])
def test_what_is_no_number_of_an_account_is_taken_for_none(sub: object) -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"sub": sub}).encode()).decode()
    assert account_in(f"a.{payload}.c") is None


@pytest.mark.parametrize("token", ["", "sst_key", "a.b.c", "a.WzFd.c", "a.ä.c"])
def test_other_tokens_hold_no_account(token: str) -> None:
    assert account_in(token) is None


@pytest.mark.parametrize(
    ("fields", "access"),
    [
        (["dashboard_title", "owners", "roles"], Access.OWNERS),
        (["dashboard_title", "editors", "viewers"], Access.SUBJECTS),
        (["dashboard_title", "owners", "viewers"], Access.UNKNOWN),
        (["owners", "roles", "editors", "viewers"], Access.UNKNOWN),
        ([], Access.UNKNOWN),
    ],
)
def test_the_fields_of_a_dashboard_tell_how_its_access_is_set(
    server: SupersetServer, connect: Connect, fields: list[str], access: Access
) -> None:
    server.script("/version", Reply(body={"version_string": "7.0.0"}))
    server.script("/api/v1/dashboard/_info", Reply(body={"edit_columns": [{"name": each} for each in fields]}))
    client = connect()
    assert client.access() is client.access() is access
    assert [seen.query for seen in server.asked("GET", "_info")] == [{"keys": ["edit_columns"]}]


def test_a_known_release_is_not_probed(server: SupersetServer, connect: Connect) -> None:
    assert connect().access() is Access.OWNERS
    assert server.asked("GET", "_info") == []


class TestDatasetsOfOldReleases:
    def test_the_connection_is_found_by_its_id(self, server: SupersetServer, connect: Connect) -> None:
        old(server, {})
        for row in server.rows["dataset"]:
            row["database"] = {"id": server.rows["database"][0]["id"]}
        uuid = server.rows["database"][0]["uuid"]
        client = connect()
        rows = client.list_rows("dataset", ("id", "uuid", "database.uuid"))
        assert {row["database"]["uuid"] for row in rows} == {uuid}
        newest, _ = client.list_newest("dataset", ("id", "uuid", "database.uuid"), page=0)
        assert {row["database"]["uuid"] for row in newest} == {uuid}
        asked = [seen.query["columns"] for seen in server.asked("GET", "/api/v1/dataset/?")]
        assert asked == [["id", "uuid", "database.id"]] * 2

    def test_a_connection_that_the_account_does_not_see_has_no_uuid(
        self, server: SupersetServer, connect: Connect
    ) -> None:
        old(server, {})
        for row in server.rows["dataset"]:
            row["database"] = {"id": 999}
        rows = connect().list_rows("dataset", ("id", "uuid", "database.uuid"))
        assert {row["database"]["uuid"] for row in rows} == {None}
