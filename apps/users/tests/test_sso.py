"""Signing in through a provider: who gets in, with what, and for how long."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.users.models import GroupMapping, SsoIdentity, SsoSession, User
from apps.users.services.grants import get_role, grant_role
from apps.users.services.sessions import user_of_session
from apps.users.services.tokens import create_token
from apps.users.tests.evil_provider import EC_KEY, OTHER_RSA_KEY, public, signed
from apps.users.tests.signing import SESSION, begin, refused, sign_in, who
from conftest import api_of

# --- the good paths


def test_a_member_of_a_mapped_group_gets_an_account_and_its_role(browser, idp):
    answer = sign_in(browser, idp)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    told = browser.get(SESSION).json()
    assert told["user"]["username"] == "alice@corp.test"
    assert told["roles"] == [{"slug": "analyst", "title": "Analyst", "where": "dev", "group": "BI-DEV"}]
    assert told["sign_in"] == ["password", "sso"]
    account = User.objects.get()
    assert not account.has_usable_password()
    assert AuditEntry.objects.filter(action="session.sign_in", source="sso", object_name="alice@corp.test").exists()


def test_sign_in_returns_to_the_requested_page_and_to_no_other_site(browser, idp):
    for asked, comes_to in (("/admin/tasks/", "/admin/tasks/"), ("https://evil.example.com/", "/")):
        location = begin(browser, next=asked)
        assert browser.get("/sso/callback", idp.authorise(location))["Location"] == comes_to


def test_the_same_person_has_one_account_whatever_their_mail_address_becomes(browser, idp):
    sign_in(browser, idp)
    idp.claims |= {"email": "new@corp.test", "upn": "alice.b@corp.test", "given_name": "Alice"}
    sign_in(Client(), idp)
    account = User.objects.get()
    assert (account.username, account.email, account.first_name) == ("alice@corp.test", "new@corp.test", "Alice")


@pytest.mark.parametrize(
    "groups",
    [
        {"group": "BI-DEV"},
        {"group": ["OTHER", "bi-dev"]},
        {"groups": ["BI-DEV"]},
        {"role": "BI-DEV"},
        {"http://schemas.xmlsoap.org/claims/Group": ["BI-DEV"]},
    ],
)
def test_groups_are_read_however_they_are_written(groups, browser, idp, settings):
    settings.SSO_GROUP_CLAIMS = [*settings.SSO_GROUP_CLAIMS, "http://schemas.xmlsoap.org/claims/Group"]
    del idp.claims["group"]
    idp.claims |= groups
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"


@pytest.mark.parametrize("group", ["CORP\\BI-OWNERS", "S-1-5-21-1004336348-1177238915-682003330-512", "https://c/g/1"])
def test_a_group_can_be_a_domain_name_a_sid_or_a_uri(group, browser, idp):
    GroupMapping.objects.create(group=group, role=get_role("approver"))
    idp.claims["group"] = group
    sign_in(browser, idp)
    assert browser.get(SESSION).json()["roles"][0]["slug"] == "approver"


def test_leaving_a_group_takes_its_grants_and_leaves_what_people_granted(browser, idp, author):
    GroupMapping.objects.create(group="BI-OWNERS", role=get_role("approver"), staff=True)
    idp.claims["group"] = ["BI-DEV", "BI-OWNERS"]
    sign_in(browser, idp)
    account = User.objects.get(username="alice@corp.test")
    assert account.is_staff
    grant_role(actor=author, user=account, role=get_role("viewer"))
    idp.claims["group"] = "BI-OWNERS"
    sign_in(Client(), idp)
    assert {(grant.role.slug, grant.group) for grant in account.grants.all()} == {
        ("approver", "BI-OWNERS"),
        ("viewer", ""),
    }
    idp.claims["group"] = "BI-DEV"
    sign_in(Client(), idp)
    account.refresh_from_db()
    assert not account.is_staff


def test_an_es256_token_is_accepted(browser, idp):
    idp.sign = lambda claims: signed(claims, EC_KEY, "ES256", "two")
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"


def test_a_new_key_of_the_provider_is_found(browser, idp):
    sign_in(browser, idp)
    idp.keys = [public(OTHER_RSA_KEY, "three")]
    idp.sign = lambda claims: signed(claims, OTHER_RSA_KEY, "RS256", "three")
    sign_in(other := Client(), idp)
    assert who(other) == "alice@corp.test"


def test_groups_that_are_only_in_the_access_token_are_read_from_it(browser, idp, settings):
    settings.SSO_ACCESS_TOKEN_AUDIENCE = "api"
    idp.description = {"access_token_issuer": "http://fs.corp.test/adfs/services/trust"}
    idp.access_claims = {"iss": "http://fs.corp.test/adfs/services/trust", "group": "BI-DEV"}
    del idp.claims["group"]
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"
    idp.access_claims["aud"] = "another"
    refused(Client(), idp, "InvalidAudienceError")


# --- who has no access


@pytest.mark.parametrize("group", [None, [], "OTHER", ["OTHER", 7], {"BI-DEV": True}])
def test_without_a_mapped_group_there_is_no_account_and_a_page_that_helps(group, browser, idp):
    idp.claims["group"] = group
    answer = refused(browser, idp, "None of your groups has access to Lockstep.")
    assert not User.objects.exists()
    assert ("<code>OTHER</code>" in answer.content.decode()) == (group in ("OTHER", ["OTHER", 7]))


def test_leaving_all_groups_ends_roles_and_sessions_at_once(browser, idp):
    sign_in(browser, idp)
    idp.claims["group"] = "OTHER"
    refused(Client(), idp, "None of your groups")
    assert who(browser) is None
    assert not User.objects.get().grants.exists()


def test_a_local_account_is_never_taken_over(browser, idp):
    local = User.objects.create_superuser("alice@corp.test", email="alice@corp.test", password="only-for-tests")
    idp.claims["email"] = "alice@corp.test"
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test-2"
    assert not hasattr(User.objects.get(pk=local.pk), "sso_identity")


def test_the_same_subject_of_another_issuer_is_another_person(browser, idp):
    owner = User.objects.create_user("alice")
    SsoIdentity.objects.create(user=owner, issuer="https://other.test", subject="alice-1", last_sign_in=timezone.now())
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"


def test_an_account_that_was_made_inactive_stays_out(browser, idp):
    sign_in(browser, idp)
    User.objects.update(is_active=False)
    refused(Client(), idp, "This account is inactive")


def test_sessions_and_tokens_end_when_the_last_accepted_sign_in_is_old(browser, idp, settings):
    sign_in(browser, idp)
    account = User.objects.get()
    _, text = create_token(user=account, name="ci", days=300)
    script = api_of()
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert script.get(SESSION).status_code == 200
    SsoIdentity.objects.update(last_sign_in=timezone.now() - timedelta(seconds=settings.SSO_MAX_AGE + 1))
    assert script.get(SESSION).status_code == 401
    session = browser.session
    session["until"] = time.time() - 1
    session.save()
    assert who(browser) is None


# --- the page


def test_without_single_sign_on_the_page_says_so(browser, db):
    assert not django_settings.SSO_ISSUER
    assert "is not configured" in browser.get("/sso/begin").content.decode()
    assert "sso/begin" not in browser.get("/admin/login/").content.decode()


def test_the_sign_in_page_offers_both_ways(browser, idp):
    page = browser.get("/admin/login/?next=/admin/tasks/").content.decode()
    assert "/sso/begin?next=/admin/tasks/" in page
    assert 'name="password"' in page


# --- signing out


def test_signing_out_ends_the_session_here_and_at_the_provider(browser, idp):
    sign_in(browser, idp)
    answer = browser.post("/sso/sign-out")
    assert answer["Location"].startswith(f"{idp.issuer}/end?id_token_hint=")
    assert who(browser) is None


def test_the_provider_can_end_a_session_by_its_name(browser, idp):
    idp.claims["sid"] = "session-7"
    sign_in(browser, idp)
    elsewhere = Client()
    for asked in ({}, {"sid": "other"}, {"sid": "session-7", "iss": "https://evil.example.com"}):
        elsewhere.get("/sso/signed-out", asked)
        assert who(browser) == "alice@corp.test"
    answer = elsewhere.get("/sso/signed-out", {"sid": "session-7", "iss": idp.issuer})
    assert answer.status_code == 200
    assert "X-Frame-Options" not in answer.headers
    assert who(browser) is None


@pytest.mark.parametrize("sid", ["a\0b", "a\nb", "x" * 256, ""])
def test_what_can_be_no_name_of_a_session_is_refused(sid, browser, idp):
    assert browser.get("/sso/signed-out", {"sid": sid}).status_code == 400


@pytest.mark.parametrize("sid", ["a\0b", "x" * 300])
def test_a_session_with_a_name_that_cannot_be_kept_is_one_without(sid, browser, idp):
    idp.claims["sid"] = sid
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"
    assert not SsoSession.objects.exists()


# --- what an end of the account, or trouble with the provider, does


def test_an_account_that_was_made_inactive_is_signed_out_at_once(browser, idp):
    sign_in(browser, idp)
    assert who(browser) == "alice@corp.test"
    key = browser.cookies["lockstep_session"].value
    assert user_of_session(key) == User.objects.get()
    User.objects.update(is_active=False)
    assert user_of_session(key) is None
    assert who(browser) is None


def test_a_token_that_is_refused_is_on_record_and_what_was_not_begun_here_is_not(browser, idp):
    location = begin(browser)
    idp.sign = lambda claims: signed(claims | {"aud": "another"})
    assert browser.get("/sso/callback", idp.authorise(location)).status_code == 403
    entry = AuditEntry.objects.get(action="session.refused")
    assert (entry.source, entry.actor, entry.object_name) == ("sso", None, "an unknown account")
    assert entry.address == "127.0.0.1"
    Client().get("/sso/callback", {"code": "x", "state": "y"})
    Client().get("/sso/callback", {"error": "access_denied"})
    assert AuditEntry.objects.filter(action="session.refused").count() == 1


def test_what_the_provider_refuses_is_on_record(browser, idp):
    back = idp.authorise(begin(browser))
    idp.codes.clear()
    browser.get("/sso/callback", back)
    state = idp.authorise(begin(browser))["state"]
    browser.get("/sso/callback", {"error": "access_denied\0", "state": state})
    browser.get("/sso/callback", {"error": "access_denied", "state": state})
    entries = AuditEntry.objects.filter(action="session.refused").order_by("pk")
    assert [(entry.source, entry.actor, entry.object_name, entry.after) for entry in entries] == [
        ("sso", None, "an unknown account", {"why": "The provider refused this sign-in (400). Start again."}),
        ("sso", None, "an unknown account", {"why": "The provider reports: access_denied."}),
    ]


def test_a_provider_that_does_not_answer_has_refused_nobody(browser, idp):
    back = idp.authorise(begin(browser))
    idp.tokens = lambda _: {"access_token": "x"}
    assert browser.get("/sso/callback", back).status_code == 503
    del idp.tokens
    assert not AuditEntry.objects.filter(action="session.refused").exists()


def test_refusals_of_the_provider_do_not_keep_anybody_from_a_password(browser, idp, author):
    idp.claims["group"] = []
    for _ in range(25):
        assert sign_in(Client(), idp).status_code == 403
    answer = api_of().post(SESSION, {"username": "author", "password": "only-for-tests"})
    assert answer.status_code == 200


@pytest.mark.parametrize("asked", [{"error": "x"}, {"error": "x", "state": "y"}])
def test_nobody_is_signed_out_by_a_link_with_an_error(asked, browser, author, idp):
    browser.force_login(author)
    begin(browser)
    answer = browser.get("/sso/callback", asked)
    assert (answer.status_code, "was not started here" in answer.content.decode()) == (403, True)
    assert who(browser) == "author"


def test_nobody_is_signed_out_by_a_callback_while_single_sign_on_is_not_configured(browser, author):
    browser.force_login(author)
    assert browser.get("/sso/callback", {"error": "x"}).status_code == 403
    assert who(browser) == "author"


def test_an_error_of_the_provider_ends_the_sign_in_and_no_session(browser, author, idp):
    browser.force_login(author)
    back = idp.authorise(begin(browser))
    answer = browser.get("/sso/callback", {"error": "access_denied", "state": back["state"]})
    assert (answer.status_code, "The provider reports: access_denied" in answer.content.decode()) == (403, True)
    assert who(browser) == "author"
    assert browser.get("/sso/callback", back).status_code == 403
    assert who(browser) == "author"


def test_nobody_is_signed_out_by_a_link(browser, idp):
    sign_in(browser, idp)
    User.objects.update(is_staff=True)
    assert browser.get("/admin/logout/").status_code == 405
    assert who(browser) == "alice@corp.test"
    assert browser.post("/admin/logout/")["Location"].startswith(idp.issuer)
    assert who(browser) is None


# --- the command


def test_the_check_lists_what_works(manage, idp):
    code, out, _ = manage("sso", "check")
    assert code == 0, out
    assert "RSA one, EC two" in out


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"keys": []}, "publishes no RSA or P-256 signing key"),
        ({"description": {"code_challenge_methods_supported": ["plain"]}}, "does not support PKCE"),
        ({"down": True}, "responded with 503"),
    ],
)
def test_the_check_lists_what_fails(wrong, told, manage, idp):
    for name, value in wrong.items():
        setattr(idp, name, value)
    code, out, _ = manage("sso", "check")
    assert code == 1
    assert told in out


def test_the_check_says_that_nothing_is_mapped(manage, idp):
    GroupMapping.objects.all().delete()
    assert "No group is mapped" in manage("sso", "check")[1]


def test_the_check_is_for_who_may_see_accounts(manage, idp, viewer):
    code, out, said = manage("sso", "check", "--as", "viewer")
    assert (code, out, "users.view" in said) == (1, "", True)
