from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse
from rest_framework.test import APIClient

from conftest import api_of

ADDRESS = "/api/v1/session"
RIGHT = {"username": "author", "password": "only-for-tests"}


@pytest.fixture
def browser(db):
    """A client that must send the CSRF token, as a browser must."""
    return APIClient(enforce_csrf_checks=True)


def token(browser) -> str:
    return browser.get(ADDRESS).json()["csrf_token"]


def sign_in(browser, **changes):
    return browser.post(ADDRESS, RIGHT | changes, headers={"X-CSRFToken": token(browser)})


def test_who_is_not_signed_in_gets_a_token_and_no_user(browser):
    answer = browser.get(ADDRESS)
    assert answer.json()["user"] is None
    assert settings.CSRF_COOKIE_NAME in answer.cookies


def test_the_right_password_signs_in(browser, author):
    answer = sign_in(browser)
    assert answer.status_code == 200
    assert answer.json()["user"] == {"username": "author", "name": "", "administrator": True}
    assert browser.get(reverse("api:environments")).status_code == 200


def test_a_wrong_one_does_not_and_says_not_which_of_the_two_was_wrong(browser, author):
    wrong, unknown = sign_in(browser, password="other"), sign_in(browser, username="nobody")
    assert (wrong.status_code, wrong.json()) == (401, unknown.json())
    assert wrong.json()["code"] == "sign_in_refused"
    assert browser.get(ADDRESS).json()["user"] is None


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


def test_guessing_is_slowed_down(db, author):
    statuses = [api_of().post(ADDRESS, RIGHT | {"password": str(number)}).status_code for number in range(21)]
    assert statuses == [401] * 20 + [429]
    refused = api_of().post(ADDRESS, RIGHT)
    assert refused.json()["code"] == "throttled"
    assert int(refused["Retry-After"]) == refused.json()["extra"]["retry_after"] > 0
