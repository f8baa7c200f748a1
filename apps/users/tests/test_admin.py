from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.users.models import User

LIST = "users/user/"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def pages(author):
    return Pages(author)


def edited(user, **changes):
    fields = {"username": user.username, "is_active": "on"} | ({"is_superuser": "on"} if user.is_superuser else {})
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def test_a_user_is_added_and_it_is_audited_without_the_password(pages, author):
    page = pages.send(f"{LIST}add/", username="grace", password1=PASSWORD, password2=PASSWORD, is_superuser="on")
    grace = User.objects.get(username="grace")
    assert grace.check_password(PASSWORD)
    assert (grace.is_superuser, grace.is_staff) == (True, True)
    assert PASSWORD not in page
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.source) == ("user.add", author, "admin")
    assert PASSWORD not in str(entry.after)


def test_a_weak_password_is_refused(pages):
    assert "too short" in pages.send(f"{LIST}add/", username="grace", password1="12345", password2="12345")
    assert User.objects.count() == 1


def test_what_changed_is_audited(pages):
    grace = User.objects.create_user("grace")
    pages.send(f"{LIST}{grace.pk}/change/", **edited(grace, email="grace@example.com", is_active=None))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_name) == ("user.edit", "grace")
    assert entry.before == {"email": "", "is_active": True}
    assert entry.after == {"email": "grace@example.com", "is_active": False}


@pytest.mark.parametrize("change", [{"is_active": None}, {"is_superuser": None}])
def test_the_last_administrator_keeps_the_keys(pages, author, change):
    page = pages.send(f"{LIST}{author.pk}/change/", **edited(author, **change))
    assert "is the only administrator" in page
    author.refresh_from_db()
    assert author.is_active
    assert author.is_superuser


def test_a_password_change_is_audited_without_the_password(pages):
    grace = User.objects.create_user("grace")
    fields = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD, "set-password": "x"}
    pages.send(f"{LIST}{grace.pk}/password/", **fields)
    grace.refresh_from_db()
    assert grace.check_password(PASSWORD)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == ("user.change_password", None, None)


def test_ones_own_new_password_is_audited(pages, author):
    fields = {"old_password": "only-for-tests", "new_password1": PASSWORD, "new_password2": PASSWORD}
    pages.send("password_change/", **fields)
    author.refresh_from_db()
    assert author.check_password(PASSWORD)
    assert AuditEntry.objects.get().action == "user.change_password"


def test_nobody_is_deleted(pages, author):
    assert pages.client.get(f"/admin/{LIST}{author.pk}/delete/").status_code == 403


def test_every_page_opens(pages, author):
    for path in (LIST, f"{LIST}add/", f"{LIST}{author.pk}/change/", f"{LIST}{author.pk}/password/", "password_change/"):
        assert author.password not in pages.see(path)


def test_the_user_list_takes_the_same_queries_for_any_length(pages, django_assert_num_queries):
    for number in range(5):
        User.objects.create_user(f"user-{number}")
    with django_assert_num_queries(6):
        pages.see(LIST)
