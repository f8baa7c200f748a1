import logging
import traceback

import pytest

from apps.superset.errors import AuthRejected, NotConfigured, ServerFault, SupersetError
from apps.superset.http.auth import AccessToken, PasswordLogin, lifetime_of
from apps.superset.releases.base import Endpoint
from apps.superset.tests.connecting import QUICK, Time, connecting
from apps.superset.tests.superset_server import Reply, SupersetServer, jwt


@pytest.fixture
def server():
    with SupersetServer() as running:
        yield running


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def connect(server, time):
    with connecting(server, time) as connect:
        yield connect


def test_one_sign_in_serves_many_requests(server, connect):
    client = connect()
    assert client.whoami()["username"] == "ada"
    client.whoami()
    assert len(server.asked("POST", "/login")) == 1


def test_the_login_names_the_provider_and_asks_for_a_refresh_token(server, connect):
    server.provider = "ldap"
    connect(credentials=PasswordLogin("ada", server.password, "ldap")).whoami()
    (seen,) = server.asked("POST", "/login")
    assert b'"provider": "ldap"' in seen.body
    assert b'"refresh": true' in seen.body


def test_a_ready_access_token_needs_no_login(server, connect):
    token = server.issue(server.access)
    connect(credentials=AccessToken(token)).whoami()
    assert server.asked("POST") == []


def test_a_token_near_its_end_is_refreshed_before_use(server, connect, time):
    client = connect()
    client.whoami()
    time.now += 839
    client.whoami()
    assert server.asked("POST", "/refresh") == []
    time.now += 2
    client.whoami()
    assert len(server.asked("POST", "/refresh")) == 1
    assert len(server.asked("POST", "/login")) == 1


def test_a_token_that_is_refused_is_refreshed_and_the_read_repeated(server, connect):
    client = connect()
    client.whoami()
    server.revoke()
    assert client.whoami()["username"] == "ada"
    assert len(server.asked("POST", "/refresh")) == 1


def test_a_refused_refresh_token_leads_to_one_more_login(server, connect):
    client = connect()
    client.whoami()
    server.revoke(refresh=True)
    client.whoami()
    assert [len(server.asked("POST", path)) for path in ("/refresh", "/login")] == [1, 2]


def test_a_token_refused_even_when_new_ends_the_attempts(server, connect):
    refusal = Reply(401, {"msg": "Token has been revoked"})
    server.script("/api/v1/me/", refusal, refusal)
    with pytest.raises(AuthRejected, match="Token has been revoked"):
        connect().whoami()
    assert len(server.asked("GET", "/me/")) == 2


def test_a_wrong_password_is_reported_as_such_and_not_tried_again(server, connect):
    with pytest.raises(AuthRejected, match="dev: the user name or the password was refused") as refused:
        connect(credentials=PasswordLogin("ada", "byron-1788")).whoami()
    assert refused.value.next_step
    assert len(server.asked("POST")) == 1


def test_a_provider_the_server_does_not_take_is_named(connect, server):
    with pytest.raises(AuthRejected, match="does not accept sign-ins of provider “ldap”"):
        connect(credentials=PasswordLogin("ada", server.password, "ldap")).whoami()


def test_an_access_token_that_expired_asks_for_a_new_one(connect):
    with pytest.raises(AuthRejected, match="has expired or was revoked") as refused:
        connect(credentials=AccessToken(jwt(1))).whoami()
    assert "new access token" in refused.value.next_step


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<html>nothing here</html>", {"Content-Type": "text/html"}),
        Reply(405, b"", {"Content-Type": "text/plain"}),
        Reply(200, b"<html>welcome</html>", {"Content-Type": "text/html"}),
    ],
)
def test_an_address_without_superset_s_login_is_not_a_superset(server, connect, reply):
    server.script("/api/v1/security/login", reply)
    with pytest.raises(NotConfigured, match="there is no Superset sign-in"):
        connect().whoami()


def test_a_login_without_a_token_in_it_is_a_server_fault(server, connect):
    server.script("/api/v1/security/login", Reply(200, {"result": "ok"}))
    with pytest.raises(ServerFault, match="did not return an access token"):
        connect().whoami()


def test_a_login_that_fails_on_the_server_is_repeated_and_then_its_fault(server, connect):
    server.script("/api/v1/security/login", *[Reply(500, {"message": "Fatal error"})] * 5)
    with pytest.raises(ServerFault):
        connect().whoami()
    assert len(server.asked("POST", "/login")) == 5


def test_the_lifetime_is_read_from_the_token():
    assert lifetime_of(jwt(1, lifetime=900)) == 900


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.bnVsbA.c", "a.e30.c"])
def test_a_token_without_a_lifetime_is_used_until_refused(token):
    assert lifetime_of(token) is None


SECRETS = ("lovelace-1815", "signature-", "csrf-token-", "cookie1", "cookie2")


def everything(error: BaseException) -> str:
    """All that a log, a traceback or a report of errors could show of an exception, variables included."""
    parts = [repr(error), str(error), *traceback.format_exception(error)]
    if isinstance(error, SupersetError):
        parts += [str(error.to_json()), repr(vars(error))]
    frame = error.__traceback__
    while frame:
        names = {name: value for name, value in frame.tb_frame.f_locals.items() if name not in {"server", "secrets"}}
        parts += [repr(names)] if "apps/superset/tests" not in frame.tb_frame.f_code.co_filename else []
        frame = frame.tb_next
    linked = [link for link in (error.__cause__, error.__context__) if link]
    return "\n".join(parts + [everything(link) for link in linked])


@pytest.mark.parametrize("method", ["whoami", "import_bundle"])
@pytest.mark.parametrize("trouble", ["refused", "drop", "hang", "fault", "echo", "html"])
def test_no_password_and_no_token_is_in_any_error_repr_or_log(server, connect, caplog, method, trouble):
    caplog.set_level(logging.DEBUG)
    client = connect(timeouts=QUICK)
    server.csrf = {}
    client._session._sign_in.token()
    client._session._fetch_csrf()
    token = next(iter(server.access))
    replies = {
        "refused": Reply(403, {"message": "Forbidden"}),
        "drop": server.drop(),
        "hang": server.hang(),
        "fault": Reply(500, {"message": "Fatal error"}),
        "echo": Reply(403, {"message": f"Forbidden: Bearer {token}"}),
        "html": Reply(200, b"<html>", {"Content-Type": "text/html"}),
    }
    path = "/api/v1/me/" if method == "whoami" else "/api/v1/assets/"
    server.script(path, *[replies[trouble]] * 5)
    with pytest.raises(SupersetError) as raised:
        client.whoami() if method == "whoami" else client.import_bundle(Endpoint.ASSETS, b"PK")
    shown = everything(raised.value) + caplog.text + repr(client) + repr(vars(client))
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize("trouble", ["echo", "drop", "hang", "fault"])
def test_no_password_is_in_the_error_of_a_login_that_fails(server, connect, caplog, trouble):
    caplog.set_level(logging.DEBUG)
    replies = {
        "echo": Reply(422, {"message": f"no such user: {server.password}"}),
        "drop": server.drop(),
        "hang": server.hang(),
        "fault": Reply(500, {"message": f"no such user: {server.password}"}),
    }
    server.script("/api/v1/security/login", *[replies[trouble]] * 5)
    with pytest.raises(SupersetError) as raised:
        connect(timeouts=QUICK).whoami()
    assert "lovelace" not in everything(raised.value) + caplog.text


def test_credentials_hide_their_secret():
    assert "lovelace" not in repr(PasswordLogin("ada", "lovelace-1815"))
    assert "abc" not in repr(AccessToken("abc"))
