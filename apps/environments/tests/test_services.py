from __future__ import annotations

from datetime import datetime
from unittest.mock import Mock

import pytest
from django.db import DatabaseError

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, LockstepError, NotThere, Refused
from apps.environments import connections
from apps.environments.connections import connected, open_client
from apps.environments.models import Environment
from apps.environments.services import connection, edits, identity, lookup, registration
from apps.environments.services.sign_in import SignIn
from apps.environments.tests.factories import PASSWORD, Servers, make_environment
from apps.superset.errors import AuthRejected, NotConfigured, Unreachable
from apps.superset.http.auth import AccessToken, PasswordLogin
from apps.superset.remote.sign_in_page import SignInKind
from apps.superset.tests.fake_superset import FakeSuperset

REFUSED = AuthRejected("the user name or the password was refused", environment="dev")


@pytest.fixture
def servers(monkeypatch):
    return Servers(dev=FakeSuperset("dev"), prod=FakeSuperset("prod")).install(monkeypatch)


def add(author, name="dev", **changes):
    values = {"url": f"https://{name}.example.com/api/v1/", "sign_in": SignIn(PASSWORD, "robot"), **changes}
    return registration.add_environment(actor=author, name=name, **values)


def test_how_long_a_silent_server_is_waited_for_is_a_setting(author, servers, settings):
    add(author)
    assert (servers.timeouts["dev"].read, servers.timeouts["dev"].bundle_read) == (30, 300)
    settings.RESPONSE_TIMEOUT = 5
    with connected(Environment.objects.get()):
        given = servers.timeouts["dev"]
    assert (given.read, given.total, given.bundle_read, given.bundle_total) == (5, 15, 50, 100)


class TestAdding:
    def test_an_environment_that_answers_is_stored_with_its_release(self, author, servers):
        add(author, tier="prod", protected=True)
        environment = Environment.objects.get()
        assert (environment.name, environment.slug, environment.url) == ("dev", "dev", "https://dev.example.com")
        assert (environment.release, environment.tier, environment.protected) == ("6.1.0", "prod", True)
        assert isinstance(environment.last_contact, datetime)
        assert environment.state == "ok"
        assert environment.secret.reveal() == PASSWORD
        assert servers.closed == servers.opened

    def test_adding_an_environment_is_audited_without_the_secret(self, author, servers):
        add(author)
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.action, entry.object_name) == (author, "environment.add", "dev")
        assert entry.after["url"] == "https://dev.example.com"
        assert PASSWORD not in str(entry.after)
        assert "secret" not in entry.after

    def test_an_environment_that_refuses_the_credentials_is_not_stored(self, author, servers):
        servers.servers["dev"] = REFUSED
        with pytest.raises(AuthRejected):
            add(author)
        assert not Environment.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_an_environment_that_is_down_is_stored_without_a_check(self, author, servers):
        servers.servers["dev"] = REFUSED
        add(author, check=False)
        assert Environment.objects.get().state == "not checked"
        assert servers.opened["dev"] == 0

    def test_a_name_short_name_or_address_that_is_taken_is_refused(self, author, servers):
        add(author)
        for name, changes, what in (
            ("DEV", {}, "name"),
            ("dev!", {"url": "http://superset:8088"}, "short name"),
            ("other", {"url": "https://DEV.example.com/login/"}, "address"),
        ):
            with pytest.raises(Conflict, match=f"The environment “dev” .* has the same {what}"):
                add(author, name, check=False, **changes)

    def test_a_wrong_address_is_refused_under_the_name_of_the_environment(self, author, servers):
        with pytest.raises(NotConfigured, match="^dev: an address starts with http"):
            add(author, url="ftp://dev.example.com")

    def test_a_sign_in_by_password_needs_a_user_name(self, author, servers):
        with pytest.raises(LockstepError, match="needs a user name. Enter one"):
            add(author, sign_in=SignIn(PASSWORD))

    def test_a_name_in_any_script_is_taken_and_one_of_signs_refused(self, author, servers):
        servers.servers["Прод 1"] = FakeSuperset("Прод 1")
        assert add(author, "Прод 1", url="https://prod.example.com").slug == "прод-1"
        with pytest.raises(LockstepError, match="needs at least one letter or digit"):
            add(author, "!!!", url="https://x.example.com")
        with pytest.raises(LockstepError, match="must be one line of printable characters"):
            add(author, "dev\x1b[2J", url="https://x.example.com")

    def test_a_ca_bundle_must_be_there_and_is_given_to_the_client(self, author, servers, tmp_path):
        with pytest.raises(LockstepError, match="The CA bundle “.*nothing.pem” is not a file"):
            add(author, ca_bundle=str(tmp_path / "nothing.pem"))
        (tmp_path / "ca.pem").write_text("PEM")
        add(author, ca_bundle=str(tmp_path / "ca.pem"))
        assert servers.arguments["dev"][2] == str(tmp_path / "ca.pem")


class TestSigningIn:
    @pytest.mark.django_db
    @pytest.mark.parametrize("provider", ["db", "ldap"])
    def test_a_password_goes_to_the_client_with_its_provider(self, servers, provider):
        open_client(make_environment("dev", provider=provider))
        assert servers.arguments["dev"][1] == PasswordLogin("robot", PASSWORD, provider)

    @pytest.mark.django_db
    def test_a_token_goes_to_the_client_as_it_is(self, servers):
        open_client(make_environment("dev", provider="token"))
        assert servers.arguments["dev"][1] == AccessToken(PASSWORD)

    @pytest.mark.django_db
    def test_a_disabled_environment_is_not_talked_to(self, servers):
        with pytest.raises(LockstepError, match="“dev” is disabled. Enable it"):
            open_client(make_environment("dev", enabled=False))
        assert servers.opened["dev"] == 0

    def test_new_credentials_are_stored_only_where_they_are_accepted(self, author, servers):
        environment = make_environment("dev")
        servers.servers["dev"] = REFUSED
        with pytest.raises(AuthRejected):
            edits.update_credentials(actor=author, environment=environment, sign_in=SignIn("new", "other", "ldap"))
        environment.refresh_from_db()
        assert (environment.secret.reveal(), environment.username) == (PASSWORD, "robot")

        servers.servers["dev"] = FakeSuperset("dev")
        edits.update_credentials(actor=author, environment=environment, sign_in=SignIn("new", "other", "ldap"))
        environment.refresh_from_db()
        assert (environment.secret.reveal(), environment.username, environment.provider) == ("new", "other", "ldap")
        entry = AuditEntry.objects.get()
        assert (entry.before, entry.after) == (
            {"username": "robot", "provider": "db"},
            {"username": "other", "provider": "ldap"},
        )

    def test_a_sign_in_does_not_print_its_secret(self):
        assert "hunter2" not in repr(SignIn("hunter2", "robot"))


class TestChecking:
    @pytest.mark.django_db
    def test_an_answer_is_remembered(self, servers):
        environment = make_environment("dev", last_error={"kind": "unreachable"})
        connection.check_connection(environment)
        environment.refresh_from_db()
        assert (environment.release, environment.last_error, environment.state) == ("6.1.0", None, "ok")

    @pytest.mark.django_db
    def test_a_failure_is_remembered_and_raised(self, servers):
        servers.servers["dev"] = Unreachable("no answer", environment="dev")
        environment = make_environment("dev", release="6.1.0")
        with pytest.raises(Unreachable):
            connection.check_connection(environment)
        environment.refresh_from_db()
        assert environment.last_error["kind"] == "unreachable"
        assert environment.last_error["sentence"].startswith("dev: no answer. Check the address")
        assert (environment.state, environment.release, environment.last_contact) == ("unreachable", "6.1.0", None)

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("stated", "api_keys", "kinds"),
        [
            (SignInKind.DB, False, ["db"]),
            (SignInKind.LDAP, True, ["ldap", "api_key"]),
            (SignInKind.OAUTH, False, ["oauth"]),
            (None, True, ["api_key"]),
            (None, False, None),
        ],
    )
    def test_what_the_server_offers_is_remembered(self, servers, stated, api_keys, kinds):
        servers.servers["dev"].sign_in, servers.servers["dev"].api_keys = stated, api_keys
        environment = make_environment("dev", sign_in_kinds=["proxy"])
        connection.check_connection(environment)
        environment.refresh_from_db()
        assert environment.sign_in_kinds == kinds

    @pytest.mark.django_db
    def test_what_a_server_offers_that_refuses_the_account_is_remembered(self, servers, monkeypatch):
        server = servers.servers["dev"]
        server.sign_in = SignInKind.OAUTH
        monkeypatch.setattr(server, "release", Mock(side_effect=REFUSED))
        environment = make_environment("dev")
        with pytest.raises(AuthRejected):
            connection.check_connection(environment)
        environment.refresh_from_db()
        assert environment.sign_in_kinds == ["oauth"]

    @pytest.mark.django_db
    def test_a_server_that_answers_all_but_this_works_as_before(self, servers, monkeypatch):
        unreadable = Mock(side_effect=Unreachable("no answer", environment="dev"))
        monkeypatch.setattr(servers.servers["dev"], "sign_in_kinds", unreadable)
        environment = make_environment("dev", sign_in_kinds=["db"])
        connection.check_connection(environment)
        environment.refresh_from_db()
        assert (environment.state, environment.sign_in_kinds) == ("ok", ["db"])

    def test_what_another_address_offers_is_not_known(self, author, servers):
        environment = make_environment("dev", sign_in_kinds=["db"])
        anew = SignIn(PASSWORD, "robot")
        edits.edit_environment(actor=author, environment=environment, url="https://new.example.com", sign_in=anew)
        assert Environment.objects.get().sign_in_kinds is None

    def test_a_check_before_an_edit_says_nothing_about_the_new_address(self, author, servers):
        environment, edited = make_environment("dev"), Environment.objects.get()
        edits.edit_environment(
            actor=author, environment=edited, url="https://new.example.com", sign_in=SignIn("new", "robot")
        )
        connection.check_connection(environment)
        edited.refresh_from_db()
        assert edited.state == "not checked"

    def test_work_that_went_well_was_a_contact(self, author, servers):
        environment = make_environment("dev", last_error={"kind": "unreachable"})
        with connected(environment) as client:
            client.whoami()
        assert Environment.objects.get().state == "ok"
        assert servers.closed == servers.opened

    def test_work_on_the_old_address_is_no_contact_with_the_new_one(self, author, servers):
        environment, edited = make_environment("dev"), Environment.objects.get()
        with connected(environment):
            anew = SignIn(PASSWORD, "lockstep")
            edits.edit_environment(actor=author, environment=edited, url="https://new.example.com", sign_in=anew)
        assert Environment.objects.get().state == "not checked"

    @pytest.mark.django_db
    def test_a_contact_that_cannot_be_stored_fails_nothing(self, servers, monkeypatch, caplog):
        monkeypatch.setattr(connections, "as_tried", Mock(side_effect=DatabaseError("database is locked")))
        with connected(make_environment("dev")) as client:
            client.whoami()
        assert "that “dev” answered could not be stored: database is locked" in caplog.text

    def test_an_environment_removed_during_a_check_leaves_no_trace(self, author, servers):
        environment = make_environment("dev")
        registration.remove_environment(actor=author, environment=Environment.objects.get())
        connection.check_connection(environment)
        assert not Environment.objects.exists()

    def test_credentials_that_are_not_tried_say_nothing_of_the_connection(self, author, servers):
        environment, checked = make_environment("dev"), Environment.objects.get()
        connection.check_connection(checked)
        sign_in = SignIn("new", "other")
        edits.update_credentials(actor=author, environment=environment, sign_in=sign_in, check=False)
        checked.refresh_from_db()
        assert (checked.username, checked.release) == ("other", "6.1.0")


class TestChanging:
    def test_of_two_edits_of_the_same_the_second_is_a_conflict(self, author):
        first, second = make_environment("dev", tier="dev"), Environment.objects.get()
        edits.edit_environment(actor=author, environment=first, tier="prod")
        with pytest.raises(Conflict, match="“dev” was changed in the meantime"):
            edits.edit_environment(actor=author, environment=second, tier="stage")
        edits.edit_environment(actor=author, environment=second, protected=True)
        first.refresh_from_db()
        assert (first.tier, first.protected) == ("prod", True)

    def test_an_address_that_was_taken_in_the_same_moment_is_a_conflict(self, author, monkeypatch):
        make_environment("prod")
        environment, refuse_taken, looks = make_environment("dev"), identity.refuse_taken, iter([False, True])
        monkeypatch.setattr(edits, "refuse_taken", lambda *given: next(looks) and refuse_taken(*given))
        with pytest.raises(Conflict, match="has the same address"):
            edits.edit_environment(
                actor=author, environment=environment, url="https://prod.example.com", sign_in=SignIn("new", "robot")
            )
        assert not AuditEntry.objects.exists()

    def test_disabling_and_enabling_are_audited_once(self, author):
        environment = make_environment("dev")
        assert edits.set_enabled(actor=author, environment=environment, enabled=False)
        assert not edits.set_enabled(actor=author, environment=environment, enabled=False)
        assert edits.set_enabled(actor=author, environment=environment, enabled=True)
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
        assert actions == ["environment.disable", "environment.enable"]

    def test_only_what_differs_is_changed(self, author):
        environment = make_environment("dev", tier="dev")
        different = edits.edit_environment(
            actor=author, environment=environment, url="https://dev.example.com/api/v1", tier="prod", protected=True
        )
        assert different == {"tier": "prod", "protected": True}
        assert AuditEntry.objects.get().before == {"tier": "dev", "protected": False}
        assert edits.edit_environment(actor=author, environment=environment, tier="prod") == {}

    @pytest.mark.parametrize("url", ["http://127.1:8088", "http://[::1]:8088", "http://localhost.:8088/./login/"])
    def test_another_spelling_of_the_same_address_is_refused(self, author, url):
        make_environment("prod", url="http://localhost:8088")
        with pytest.raises(Conflict, match=r"“prod” \(http://localhost:8088\) has the same address"):
            registration.add_environment(
                actor=author, name="dev", url=url, sign_in=SignIn("lovelace-1815", "robot"), check=False
            )

    def test_environments_stored_with_equal_addresses_can_still_be_edited(self, author):
        make_environment("prod", url="http://localhost:8088")
        environment = make_environment("dev", url="http://127.0.0.1:8088")
        assert edits.edit_environment(actor=author, environment=environment, tier="prod") == {"tier": "prod"}

    def test_a_wrong_change_is_refused(self, author):
        make_environment("prod")
        environment = make_environment("dev")
        with pytest.raises(Conflict, match="has the same address"):
            edits.edit_environment(actor=author, environment=environment, url="https://prod.example.com/")
        environment.refresh_from_db()
        assert environment.url == "https://dev.example.com"

    def test_removing_an_environment_is_audited(self, author):
        registration.remove_environment(actor=author, environment=make_environment("dev"))
        assert not Environment.objects.exists()
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.object_name, entry.before["url"]) == (
            "environment.remove",
            "dev",
            "https://dev.example.com",
        )


class TestMovingToAnotherServer:
    """Else whoever may edit would have the stored secret sent to a server of their own."""

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example.com",
            "http://dev.example.com",
            "https://dev.example.com:8443",
            "https://dev.example.com.",
        ],
    )
    def test_the_stored_secret_does_not_go_along(self, author, url):
        environment = make_environment("dev")
        with pytest.raises(Refused, match="a different server from https://dev.example.com.* Provide the account"):
            edits.edit_environment(actor=author, environment=environment, url=url, tier="prod")
        stored = Environment.objects.get()
        assert (stored.url, stored.tier) == ("https://dev.example.com", "other")
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        "url",
        ["https://dev.example.com/superset", "https://DEV.example.com:443/login/", "https://dev.example.com/api/v1"],
    )
    def test_another_path_of_the_same_server_keeps_the_secret(self, author, url):
        edits.edit_environment(actor=author, environment=make_environment("dev"), url=url)
        assert Environment.objects.get().secret.reveal() == PASSWORD

    def test_a_token_is_not_carried_over_to_another_server(self, author):
        environment = make_environment("dev", provider="token", username="")
        with pytest.raises(Refused, match="password or token in the same edit"):
            edits.edit_environment(actor=author, environment=environment, url="https://evil.example.com")

    def test_a_new_address_and_its_credentials_are_stored_together_and_audited_without_the_secret(self, author):
        environment = make_environment("dev")
        sign_in = SignIn("new-horse", "other", "ldap")
        edits.edit_environment(actor=author, environment=environment, url="https://new.example.com", sign_in=sign_in)
        stored = Environment.objects.get()
        assert (stored.url, stored.username, stored.provider) == ("https://new.example.com", "other", "ldap")
        assert stored.secret.reveal() == "new-horse"
        entries = AuditEntry.objects.order_by("pk")
        assert [each.action for each in entries] == ["environment.edit", "environment.update_credentials"]
        assert "new-horse" not in str([(each.before, each.after) for each in entries])

    def test_credentials_for_the_old_address_are_not_stored_for_a_new_one(self, author):
        given_for, moved = make_environment("dev"), Environment.objects.get()
        edits.edit_environment(
            actor=author, environment=moved, url="https://evil.example.com", sign_in=SignIn("mine", "robot")
        )
        with pytest.raises(Conflict, match="“dev” was changed in the meantime"):
            edits.update_credentials(
                actor=author, environment=given_for, sign_in=SignIn("precious", "robot"), check=False
            )
        assert Environment.objects.get().secret.reveal() == "mine"


class TestFinding:
    @pytest.mark.django_db
    def test_an_environment_is_found_by_name_or_short_name_in_any_letter_case(self):
        environment = make_environment("Big Prod", slug="big-prod", url="https://p.example.com")
        assert lookup.get_environment("big prod") == lookup.get_environment("BIG-PROD") == environment

    @pytest.mark.django_db
    def test_an_unknown_environment_is_reported_with_those_that_exist(self):
        with pytest.raises(NotThere, match="Add one on the Environments page"):
            lookup.get_environment("dev")
        make_environment("dev")
        with pytest.raises(NotThere, match="There is no environment “prod”. Known environments: dev."):
            lookup.get_environment("prod")
