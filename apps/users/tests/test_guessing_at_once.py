"""Many passwords that come at the very same time: no more of them are looked at than if they came one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import TooOften
from apps.users.models import SignInAttempt
from apps.users.services import sign_in
from apps.users.services.sign_in import authenticated_user, require_own_password
from apps.users.tests.test_api_session import ADDRESS, RIGHT, api_of

GUESSES = 12


def at_once(work, number=GUESSES):
    """What each of so many threads got, none of which began before the others were there."""
    ready = Barrier(number)

    def run(nth):
        connection.ensure_connection()
        ready.wait(timeout=20)
        try:
            return work(nth)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def refused():
    return AuditEntry.objects.filter(action="session.refused").count()


@pytest.fixture
def user(transactional_db, author):
    return author


def test_concurrent_wrong_passwords_are_checked_only_up_to_the_limit(user):
    statuses = at_once(lambda n: api_of().post(ADDRESS, RIGHT | {"password": f"wrong {n}"}).status_code)
    assert sorted(statuses) == [401] * 5 + [429] * (GUESSES - 5)
    assert refused() == 5
    assert AuditEntry.objects.filter(action="session.throttled").count() == 1
    assert not SignInAttempt.objects.exists()


def test_simultaneous_guesses_on_the_admin_page_get_no_more_tries(user, client):
    def guess(n):
        answer = type(client)().post("/admin/login/", {"username": "author", "password": f"wrong {n}"})
        return "Too many failed sign-ins" in answer.text

    assert sum(at_once(guess)) == GUESSES - 5
    assert refused() == 5


def test_simultaneous_guesses_for_unknown_names_get_no_more_tries(user, monkeypatch):
    monkeypatch.setattr(sign_in, "FROM_ONE_ADDRESS", 4)
    statuses = at_once(lambda n: api_of().post(ADDRESS, {"username": f"u{n}", "password": "x"}).status_code)
    assert sorted(statuses) == [401] * 4 + [429] * (GUESSES - 4)


def test_simultaneous_guesses_from_many_addresses_get_no_more_tries(user, monkeypatch):
    monkeypatch.setattr(sign_in, "FOR_ONE_ACCOUNT", 6)
    wrong = RIGHT | {"password": "wrong"}
    statuses = at_once(lambda n: api_of().post(ADDRESS, wrong, REMOTE_ADDR=f"192.0.2.{n}").status_code)
    assert sorted(statuses) == [401] * 6 + [429] * (GUESSES - 6)


def test_simultaneous_guesses_of_a_signed_in_user_get_no_more_tries(user):
    def guess(n):
        browser = api_of(user)
        new = "a very long new password"
        return browser.put(reverse("api:session-password"), {"old": f"wrong {n}", "new": new}).status_code

    statuses = at_once(guess)
    assert sorted(statuses) == [400] * 5 + [429] * (GUESSES - 5)


def test_right_passwords_at_once_are_all_let_in(user):
    assert at_once(lambda _: api_of().post(ADDRESS, RIGHT).status_code) == [200] * GUESSES


def test_an_attempt_whose_process_was_killed_counts_for_a_minute(user, monkeypatch):
    monkeypatch.setattr(sign_in, "LONGEST_WAIT", 0)
    SignInAttempt.objects.bulk_create(SignInAttempt(user=user, address="") for _ in range(5))
    with pytest.raises(TooOften, match="Too many people"):
        require_own_password(user=user, password="only-for-tests")
    SignInAttempt.objects.update(at=timezone.now() - timedelta(minutes=2))
    found = authenticated_user(request=None, username="author", password="only-for-tests")
    assert found == user
    assert not SignInAttempt.objects.exists()
