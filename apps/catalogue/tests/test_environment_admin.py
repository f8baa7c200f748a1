from __future__ import annotations

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.catalogue.messages import COUNTS, counted
from apps.catalogue.models import AssetKind
from apps.core.tests.pages import Pages
from apps.environments.models import Environment
from apps.environments.tests.factories import PASSWORD, make_environment
from apps.tasks.models import Task
from apps.users.models import User

LIST = "environments/environment/"
GIVEN = {
    "name": "dev",
    "url": "https://dev.example.com/api/v1/",
    "tier": "dev",
    "approvals_needed": "1",
    "provider": "db",
    "username": "robot",
    "password": PASSWORD,
}


@pytest.fixture
def pages(author):
    return Pages(author)


def edited(environment, **changes):
    fields = {"url": environment.url, "tier": environment.tier, "provider": "db", "username": environment.username}
    return {**fields, "approvals_needed": environment.approvals_needed, "password": "", **changes}


class TestSignIn:
    def test_what_the_server_offers_stands_beside_the_method(self, pages):
        environment = make_environment("dev", sign_in_kinds=["oauth", "api_key"])
        page = pages.see(f"{LIST}{environment.pk}/change/")
        assert "Offered there" in page
        assert "OAuth, which people use; Lockstep needs a token; API key, entered as a token" in page

    def test_what_a_server_does_not_say_is_not_known(self, pages):
        assert "not known" in pages.see(f"{LIST}{make_environment('dev').pk}/change/")
        assert "Offered there" not in pages.see(f"{LIST}add/")


class TestAdding:
    def test_whether_charts_are_asked_after_an_apply_is_on_the_form(self, pages):
        pages.send(f"{LIST}add/", **GIVEN, check_queries="on")
        assert Environment.objects.get().check_queries is True

    def test_an_environment_is_stored_at_once_and_checked_by_a_task(
        self, pages, author, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            page = pages.send(f"{LIST}add/", **GIVEN)
        environment = Environment.objects.get()
        assert (environment.name, environment.url) == ("dev", "https://dev.example.com")
        assert environment.secret.reveal() == PASSWORD
        task = Task.objects.get()
        assert (task.plugin, task.action, task.environment, task.actor) == ("catalogue", "check", environment, author)
        assert "“dev” was added" in page
        assert PASSWORD not in page

    def test_adding_an_environment_is_audited_as_done_in_the_admin(self, pages, author):
        pages.send(f"{LIST}add/", **GIVEN)
        entry = AuditEntry.objects.get(action="environment.add")
        assert (entry.actor, entry.source, entry.os_user) == (author, "admin", "")

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"password": ""}, "A new environment needs a password or token."),
            ({"url": "ftp://dev.example.com"}, "an address starts with http"),
            ({"name": "!!!"}, "needs at least one letter or digit"),
            ({"username": ""}, "Signing in with a password needs a user name"),
            ({"ca_bundle": "/nowhere.pem"}, "is not a file"),
        ],
    )
    def test_what_the_service_refuses_is_reported_in_the_form(self, pages, changes, told):
        page = pages.send(f"{LIST}add/", **(GIVEN | changes))
        assert told in page
        assert PASSWORD not in page
        assert not Environment.objects.exists()
        assert not Task.objects.exists()

    def test_an_address_that_is_taken_is_refused_under_any_spelling(self, pages):
        make_environment("other", url="https://dev.example.com")
        assert "has the same address" in pages.send(f"{LIST}add/", **GIVEN)
        assert Environment.objects.count() == 1


class TestEditing:
    def test_an_empty_password_leaves_the_stored_one(self, pages):
        environment = make_environment("dev")
        pages.send(f"{LIST}{environment.pk}/change/", **edited(environment, tier="prod"))
        environment.refresh_from_db()
        assert (environment.tier, environment.secret.reveal()) == ("prod", PASSWORD)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.before, entry.after) == ("environment.edit", {"tier": "other"}, {"tier": "prod"})

    def test_a_new_password_is_stored_and_audited_without_it(self, pages):
        environment = make_environment("dev")
        page = pages.send(f"{LIST}{environment.pk}/change/", **edited(environment, password="new-horse"))
        environment.refresh_from_db()
        assert environment.secret.reveal() == "new-horse"
        assert "new-horse" not in page
        entry = AuditEntry.objects.get(action="environment.update_credentials")
        assert "new-horse" not in str(entry.before) + str(entry.after)

    def test_another_account_needs_its_own_password(self, pages):
        environment = make_environment("dev")
        page = pages.send(f"{LIST}{environment.pk}/change/", **edited(environment, username="other"))
        assert "A different account or way to sign in needs its own" in page
        environment.refresh_from_db()
        assert environment.username == "robot"
        assert not AuditEntry.objects.exists()

    def test_another_server_needs_its_own_password(self, pages):
        environment = make_environment("dev")
        to = f"{LIST}{environment.pk}/change/"
        page = pages.send(to, **edited(environment, url="https://evil.example.com"))
        assert "Provide the account and its password or token" in page
        environment.refresh_from_db()
        assert environment.url == "https://dev.example.com"
        pages.send(to, **edited(environment, url="https://new.example.com", password="new-horse"))
        environment.refresh_from_db()
        assert (environment.url, environment.secret.reveal()) == ("https://new.example.com", "new-horse")

    def test_what_is_refused_changes_nothing(self, pages):
        environment = make_environment("dev")
        make_environment("prod")
        changes = edited(environment, url="https://prod.example.com", password="new-horse")
        assert "Another environment has this address." in pages.send(f"{LIST}{environment.pk}/change/", **changes)
        environment.refresh_from_db()
        assert (environment.url, environment.secret.reveal()) == ("https://dev.example.com", PASSWORD)

    def test_what_lowers_the_protection_waits_until_another_confirms_it(self, pages, author):
        environment = make_environment("prod", protected=True)
        second = User.objects.create_superuser("second", password="only-for-tests")
        fields = edited(environment, protected="", reason="an urgent fix")
        page = pages.send(f"{LIST}{environment.pk}/change/", **fields)
        assert "waiting for confirmation by another user: second." in page
        assert "was changed successfully" not in page
        assert Environment.objects.get().protected
        assert "Confirm: You made this request yourself" in pages.see(f"{LIST}{environment.pk}/change/")
        other = Pages(second)
        asked = other.see(f"{LIST}{environment.pk}/confirm/")
        assert "“author” wants to lower its protection: protected yes → no." in asked
        assert "Reason: an urgent fix" in asked
        page = other.send(f"{LIST}{environment.pk}/confirm/", confirmed="yes")
        assert "Confirmed for “prod”: protected yes → no." in page
        assert not Environment.objects.get().protected

    def test_a_removal_of_a_protected_one_is_declined_by_a_button(self, pages, author):
        environment = make_environment("prod", protected=True)
        other = Pages(User.objects.create_superuser("second", password="only-for-tests"))
        page = pages.send(f"{LIST}{environment.pk}/remove/", confirmed="yes")
        assert "waiting for confirmation by another user: second." in page
        assert "Declined for “prod”: remove it." in other.send(f"{LIST}{environment.pk}/decline/")
        assert Environment.objects.get().protected

    def test_an_environment_is_disabled_and_enabled_by_a_button(self, pages, author):
        environment = make_environment("dev")
        assert "“dev” is now disabled." in pages.send(f"{LIST}{environment.pk}/disable/")
        assert "“dev” is now enabled." in pages.send(f"{LIST}{environment.pk}/enable/")
        actions = AuditEntry.objects.order_by("pk").values_list("action", "source", "actor")
        assert list(actions) == [
            ("environment.disable", "admin", author.pk),
            ("environment.enable", "admin", author.pk),
        ]

    def test_a_button_needs_a_token_against_forged_requests(self, author):
        environment = make_environment("dev")
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(author)
        assert browser.post(f"/admin/{LIST}{environment.pk}/disable/").status_code == 403
        environment.refresh_from_db()
        assert environment.enabled

    def test_looking_at_the_address_of_a_button_does_nothing(self, pages):
        environment = make_environment("dev")
        pages.client.get(f"/admin/{LIST}{environment.pk}/disable/")
        environment.refresh_from_db()
        assert environment.enabled


class TestRemoving:
    def test_an_environment_that_nothing_refers_to_is_removed(self, pages):
        environment = make_environment("dev")
        page = f"{LIST}{environment.pk}/remove/"
        assert "Remove “dev”?" in pages.see(page)
        assert "Removed “dev”." in pages.send(page, confirmed="yes")
        assert not Environment.objects.exists()
        assert AuditEntry.objects.get().action == "environment.remove"


class TestPages:
    def test_no_page_contains_the_secret(self, pages):
        environment = make_environment("dev")
        for path in (LIST, f"{LIST}add/", f"{LIST}{environment.pk}/change/", f"{LIST}{environment.pk}/remove/"):
            page = pages.see(path)
            assert PASSWORD not in page
            assert environment.secret.token not in page

    def test_the_last_error_of_an_environment_is_shown(self, pages):
        environment = make_environment("dev", last_error={"kind": "unreachable", "sentence": "It does not answer."})
        assert "It does not answer." in pages.see(f"{LIST}{environment.pk}/change/")
        assert "unreachable" in pages.see(LIST)

    def test_the_environment_list_takes_the_same_queries_for_any_length(self, pages, django_assert_num_queries):
        make_environment("dev")
        pages.see(LIST)
        for number in range(5):
            make_environment(f"env-{number}")
        with django_assert_num_queries(5):
            pages.see(LIST)

    def test_strangers_are_sent_to_the_sign_in_and_staff_without_a_role_sees_no_environment(self, db):
        staff = User.objects.create_user("staff", password="only-for-tests", is_staff=True)
        environment = make_environment("dev")
        stranger, without = Client(), Pages(staff).client
        for path in (LIST, f"{LIST}add/", f"{LIST}{environment.pk}/change/", f"{LIST}{environment.pk}/sync/"):
            answer = stranger.get(f"/admin/{path}")
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/admin/login/")
            answer = without.get(f"/admin/{path}", follow=True)
            assert answer.status_code == 403 or environment.url not in answer.content.decode()
        for browser in (stranger, without):
            browser.post(f"/admin/{LIST}{environment.pk}/disable/")
        environment.refresh_from_db()
        assert environment.enabled


def test_every_kind_of_asset_can_be_counted():
    assert list(COUNTS) == list(reversed(AssetKind.values))
    assert counted({"chart": 1, "dashboard": 2}) == "2 dashboards, 1 chart"


class TestAnotherConnection:
    def test_another_address_is_tested_at_once(self, pages, django_capture_on_commit_callbacks):
        dev = make_environment("dev")
        with django_capture_on_commit_callbacks(execute=True):
            given = edited(dev, url="https://new.example.com", password=PASSWORD)
            page = pages.send(f"{LIST}{dev.pk}/change/", **given)
        assert "“dev” was changed. A task is testing the connection." in page
        assert Task.objects.get().action == "check"

    def test_another_tier_is_stored_without_a_test(self, pages):
        dev = make_environment("dev")
        assert "was changed successfully" in pages.send(f"{LIST}{dev.pk}/change/", **edited(dev, tier="test"))
        assert not Task.objects.exists()
