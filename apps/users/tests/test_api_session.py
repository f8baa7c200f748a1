from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from rest_framework.test import APIClient

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.users.hashers import Argon2
from apps.users.services import sign_in as sign_in_service
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

ADDRESS = "/api/v1/session"
RIGHT = {"username": "author", "password": "only-for-tests"}


@pytest.fixture
def browser(db):
    """A client that must send the CSRF token, as a browser must."""
    return APIClient(enforce_csrf_checks=True)


def token(browser) -> str:
    told = browser.get(ADDRESS).json()
    return told["csrf_token"] if "csrf_token" in told else told["extra"]["csrf_token"]


def sign_in(browser, **changes):
    return browser.post(ADDRESS, RIGHT | changes, headers={"X-CSRFToken": token(browser)})


def test_who_is_not_signed_in_gets_a_token_and_the_ways_to_sign_in(browser):
    answer = browser.get(ADDRESS)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.json()["extra"]["sign_in"] == ["password"]
    assert settings.CSRF_COOKIE_NAME in answer.cookies


def test_the_right_password_signs_in(browser, author):
    answer = sign_in(browser)
    assert answer.status_code == 200
    person = {"username": "author", "name": "", "email": "", "administrator": True, "staff": True}
    assert answer.json()["user"].items() >= person.items()
    assert answer.json()["permissions"] == [{"what": "*", "where": "*"}]
    assert browser.get(reverse("api:environments")).status_code == 200


def test_the_session_says_whether_environments_may_be_added_and_who_else_may(browser, author, viewer):
    sign_in(browser)
    assert browser.get(ADDRESS).json()["allowed_actions"] == {
        "add_environment": {"allowed": True, "reason": "", "who": []}
    }
    refused = api_of(viewer).get(ADDRESS).json()["allowed_actions"]["add_environment"]
    assert (refused["allowed"], refused["who"]) == (False, ["author"])
    assert "environments.edit" in refused["reason"]


def test_a_wrong_one_does_not_and_says_not_which_of_the_two_was_wrong(browser, author):
    wrong, unknown = sign_in(browser, password="other"), sign_in(browser, username="nobody")
    assert (wrong.status_code, wrong.json()) == (401, unknown.json())
    assert wrong.json()["code"] == "sign_in_refused"
    assert browser.get(ADDRESS).status_code == 401


def test_an_account_that_is_not_active_is_refused(browser, author):
    author.is_active = False
    author.save()
    assert sign_in(browser).status_code == 401


def test_without_the_token_nobody_is_signed_in(browser, author):
    answer = browser.post(ADDRESS, RIGHT)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_without_the_token_nothing_is_changed_either(browser, author):
    sign_in(browser)
    assert browser.delete(ADDRESS).status_code == 403
    assert browser.post(reverse("api:environments"), {}).status_code == 403


def test_signing_out_ends_the_session(browser, author):
    sign_in(browser)
    answer = browser.delete(ADDRESS, headers={"X-CSRFToken": token(browser)})
    assert answer.status_code == 204
    assert browser.get(reverse("api:environments")).status_code == 401


def test_what_is_missing_is_named(db):
    answer = api_of().post(ADDRESS, {"username": "author"})
    assert list(answer.json()["fields"]) == ["password"]


def guesses(number, **changes):
    return [api_of().post(ADDRESS, RIGHT | {"password": str(n)} | changes).status_code for n in range(number)]


def test_guessing_the_password_of_one_account_is_slowed_down(author):
    assert guesses(6) == [401] * 5 + [429]
    refused = api_of().post(ADDRESS, RIGHT)
    assert refused.json()["code"] == "throttled"
    assert int(refused["Retry-After"]) == refused.json()["extra"]["retry_after"] > 0


def test_the_owner_of_a_guessed_account_can_sign_in_from_another_address(author):
    guesses(6)
    assert api_of().post(ADDRESS, RIGHT, REMOTE_ADDR="127.0.0.2").status_code == 200


def test_guessing_names_from_one_address_is_slowed_down(author):
    assert guesses(21, username="nobody") == [401] * 20 + [429]


def signs_in(address, **changes):
    return api_of().post(ADDRESS, RIGHT | changes, REMOTE_ADDR=address).status_code


def guessed_from(*addresses):
    return [signs_in(address, password="x") for address in addresses]


def test_from_many_addresses_one_account_is_guessed_at_so_often_only(author):
    assert guessed_from(*(f"192.0.2.{n}" for n in range(31))) == [401] * 30 + [429]
    assert signs_in("198.51.100.7") == 429


def test_the_owner_is_not_locked_out_at_a_recent_address_or_on_the_server_itself(author):
    assert signs_in("198.51.100.7") == signs_in("2001:db8:7::1") == 200
    guessed_from(*(f"192.0.2.{n}" for n in range(31)))
    found = {each: signs_in(each) for each in ("198.51.100.7", "2001:db8:7::beef", "127.0.0.1", "::1", "198.51.100.8")}
    assert found == {"198.51.100.7": 200, "2001:db8:7::beef": 200, "127.0.0.1": 200, "::1": 200, "198.51.100.8": 429}


def test_where_the_owner_signed_in_long_ago_is_as_any_other_place(author, monkeypatch):
    monkeypatch.setattr(sign_in_service, "RECENTLY", timedelta(0))
    signs_in("198.51.100.7")
    guessed_from(*(f"192.0.2.{n}" for n in range(31)))
    assert signs_in("198.51.100.7") == 429


def test_where_somebody_else_has_signed_in_the_owner_of_the_account_has_not(author, viewer):
    assert signs_in("198.51.100.7", username="viewer") == 200
    guessed_from(*(f"192.0.2.{n}" for n in range(31)))
    assert signs_in("198.51.100.7") == 429


def test_who_guesses_where_the_owner_signs_in_has_to_wait_all_the_same(author):
    assert signs_in("198.51.100.7") == 200
    assert guessed_from(*["198.51.100.7"] * 6) == [401] * 5 + [429]
    assert signs_in("198.51.100.7") == 429


def test_the_addresses_of_one_ipv6_network_count_as_one(author):
    assert guessed_from(*(f"2001:db8:0:7::{n:x}" for n in range(1, 31))) == [401] * 5 + [429] * 25
    assert signs_in("2001:db8:0:7:a:b:c:d") == 429
    assert signs_in("2001:db8:0:8::1") == signs_in("192.0.2.1") == 200
    assert AuditEntry.objects.filter(action="session.throttled").count() == 1


def test_names_that_are_guessed_from_one_ipv6_network_count_together(author):
    statuses = [signs_in(f"2001:db8::{n:x}", username="nobody", password="x") for n in range(1, 23)]
    assert statuses == [401] * 20 + [429] * 2


def test_the_admin_throttles_sign_ins_like_the_api(client, author):
    for _ in range(5):
        client.post("/admin/login/", {"username": "author", "password": "x"})
    page = client.post("/admin/login/", RIGHT).content.decode()
    assert "Too many failed sign-ins" in page
    assert guesses(1) == [429]


def test_every_sign_in_is_on_record_and_no_name_that_nobody_has(author):
    api_of().post(ADDRESS, RIGHT)
    guesses(1)
    guesses(1, username="my-password")
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "object_name", "address"))
    assert told == [
        ("session.sign_in", "author", "127.0.0.1"),
        ("session.refused", "author", "127.0.0.1"),
        ("session.refused", "an unknown account", "127.0.0.1"),
    ]


def test_the_session_has_a_new_key_after_signing_in(browser, author):
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key
    sign_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted


@pytest.mark.parametrize(("setting", "mark"), [("SESSION_IDLE", "seen"), ("SESSION_LIFETIME", "began")])
def test_a_session_ends_when_it_was_idle_or_old(setting, mark, browser, author, settings):
    sign_in(browser)
    browser.get(ADDRESS)
    session = browser.session
    session[mark] -= getattr(settings, setting) - 5
    session.save()
    assert browser.get(ADDRESS).status_code == 200
    session = browser.session
    session[mark] = time.time() - getattr(settings, setting) - 5
    session.save()
    assert browser.get(ADDRESS).status_code == 401


def test_signing_out_everywhere_ends_every_session_but_no_other_account(author, viewer):
    here, there, other = api_of(author), api_of(author), api_of(viewer)
    assert here.delete("/api/v1/sessions").status_code == 204
    assert (here.get(ADDRESS).status_code, there.get(ADDRESS).status_code) == (401, 401)
    assert other.get(ADDRESS).status_code == 200


def test_a_new_password_ends_the_other_sessions(author):
    here, there = api_of(author), api_of(author)
    wrong = here.put(f"{ADDRESS}/password", {"old": "x", "new": "correct-horse-battery"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["old"])
    weak = here.put(f"{ADDRESS}/password", {"old": "only-for-tests", "new": "x"})
    assert (weak.status_code, list(weak.json()["fields"])) == (400, ["new"])
    assert here.put(f"{ADDRESS}/password", {"old": "only-for-tests", "new": "correct-horse-battery"}).status_code == 204
    assert (here.get(ADDRESS).status_code, there.get(ADDRESS).status_code) == (200, 401)


def test_ones_own_password_is_not_guessed_any_faster(author):
    api, pages = api_of(author), Pages(author)
    wrong = {"old": "wrong", "new": "correct-horse-battery"}
    page = {"old_password": "wrong", "new_password1": "correct-horse-battery", "new_password2": "correct-horse-battery"}
    assert [api.put(f"{ADDRESS}/password", wrong).status_code for _ in range(4)] == [400] * 4
    assert "not your current password" in pages.send("password_change/", **page)
    assert api.put(f"{ADDRESS}/password", wrong | {"old": "only-for-tests"}).status_code == 429
    page["old_password"] = "only-for-tests"
    assert "Too many failed sign-ins" in pages.send("password_change/", **page)
    author.refresh_from_db()
    assert author.check_password("only-for-tests")


def test_the_session_lists_what_the_user_may_do(viewer, author):
    grant_role(actor=author, user=viewer, role=get_role("approver"), where="tier:prod")
    told = api_of(viewer).get(ADDRESS).json()
    assert told["roles"] == [{"slug": "approver", "title": "Approver", "where": "tier:prod", "group": ""}]
    assert {"what": "migrations.approve", "where": "tier:prod"} in told["permissions"]


def test_passwords_are_hashed_by_argon2():
    assert Argon2().encode("x", "salt-of-a-test").startswith("argon2$argon2id$v=19$m=7168,t=5,p=1$")
