from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.users.models import User
from apps.users.services import sign_in
from apps.users.services.tokens import create_token
from conftest import api_of

PASSWORD = "correct-horse-battery"
NOTHING = {"language": "", "theme": "system", "environment": None, "time_zone": ""}


@pytest.fixture
def address():
    return reverse("api:session-preferences")


def test_a_new_account_prefers_nothing(author):
    session = api_of(author).get(reverse("api:session")).json()
    assert session["user"]["preferences"] == NOTHING
    assert session["user"]["must_change_password"] is False
    assert session["version"]


def test_preferences_are_kept_one_at_a_time(author, address):
    api = api_of(author)
    assert api.patch(address, {"language": "ru", "environment": "prod"}).json() == NOTHING | {
        "language": "ru",
        "environment": "prod",
    }
    both = api.patch(address, {"theme": "dark", "time_zone": "Europe/Berlin", "environment": None}).json()
    assert both == {"language": "ru", "theme": "dark", "environment": None, "time_zone": "Europe/Berlin"}
    assert api.get(reverse("api:session")).json()["user"]["preferences"] == both


@pytest.mark.parametrize(
    ("name", "value"),
    [("language", "fr"), ("theme", "pink"), ("time_zone", "Mars/Olympus"), ("environment", "no slug"), ("size", 3)],
)
def test_what_is_no_preference_is_refused_by_name(author, address, name, value):
    answer = api_of(author).patch(address, {name: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


def test_a_token_does_not_set_preferences(author, address):
    _, text = create_token(user=author, name="ci", scope="act", days=1)
    answer = Client(headers={"authorization": f"Bearer {text}"}).patch(
        address, {"theme": "dark"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.fixture
def grace(author):
    grace = User.objects.create_user("grace", password="only-for-tests", is_staff=True)
    sign_in.set_password(actor=author, user=grace, password=PASSWORD, must_change=True)
    return grace


def test_until_the_password_is_changed_nothing_else_is_open(grace):
    api = api_of(grace)
    for name in ("environments", "tasks", "tokens", "users"):
        answer = api.get(reverse(f"api:{name}"))
        assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")
    assert api.get(reverse("api:session")).json()["user"]["must_change_password"] is True
    changed = api.put(reverse("api:session-password"), {"old": PASSWORD, "new": f"{PASSWORD}-2"})
    assert changed.status_code == 204
    api = api_of(User.objects.get(pk=grace.pk))
    assert api.get(reverse("api:tokens")).status_code == 200
    assert api.get(reverse("api:session")).json()["user"]["must_change_password"] is False


def test_a_token_of_the_account_waits_as_well(grace):
    _, text = create_token(user=grace, name="ci", days=1)
    answer = Client(headers={"authorization": f"Bearer {text}"}).get(reverse("api:tasks"))
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")


def test_the_admin_leads_to_the_page_that_changes_it(grace):
    browser = Client()
    browser.force_login(grace)
    assert browser.get(reverse("admin:index")).headers["Location"] == reverse("admin:password_change")
    fields = {"old_password": PASSWORD, "new_password1": f"{PASSWORD}-2", "new_password2": f"{PASSWORD}-2"}
    browser.post(reverse("admin:password_change"), fields)
    assert browser.get(reverse("admin:index")).status_code == 200


def test_whoever_gets_a_password_in_the_admin_has_to_change_it_unless_the_box_is_cleared(author):
    pages = Pages(author)
    given = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true", "set-password": "x"}
    grace = User.objects.create_user("grace", password="only-for-tests")
    address = f"users/user/{grace.pk}/password/"
    assert 'name="must_change_password"' in pages.see(address)
    pages.send(address, **given, must_change_password="on")
    grace.refresh_from_db()
    assert grace.password_change_due
    assert AuditEntry.objects.latest("pk").after == {"must_change_password": True}
    pages.send(address, **given)
    grace.refresh_from_db()
    assert not grace.password_change_due


def test_the_box_is_ticked_where_an_account_is_added(author):
    page = Pages(author).see("users/user/add/")
    assert 'name="must_change_password"' in page
    assert "checked" in page.split('name="must_change_password"')[1].split(">")[0]


def test_the_own_password_is_never_due_after_setting_it(author):
    given = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true", "set-password": "x"}
    Pages(author).send(f"users/user/{author.pk}/password/", **given, must_change_password="on")
    author.refresh_from_db()
    assert not author.password_change_due


def test_an_account_without_a_password_has_none_to_change(author):
    robot = User.objects.create_user("robot")
    answer = api_of(author).patch(reverse("api:user", args=[robot.pk]), {"must_change_password": True})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "no password" in answer.json()["detail"]


def test_the_api_sets_it_with_a_password_only_when_told_to(author):
    grace = User.objects.create_user("grace", password="only-for-tests")
    address = reverse("api:user-password", args=[grace.pk])
    for sent, due in (({"must_change": True}, True), ({}, False)):
        assert api_of(author).put(address, {"new": PASSWORD} | sent).status_code == 204
        grace.refresh_from_db()
        assert grace.password_change_due is due


def test_the_password_that_somebody_else_knows_is_no_new_one(grace):
    answer = api_of(grace).put(reverse("api:session-password"), {"old": PASSWORD, "new": PASSWORD})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["new"])
    browser = Client()
    browser.force_login(grace)
    fields = {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert "Choose another one" in browser.post(reverse("admin:password_change"), fields).content.decode()
    grace.refresh_from_db()
    assert grace.password_change_due


def test_the_health_of_the_worker_waits_for_the_new_password_too(grace, author):
    answer = api_of(grace).get(reverse("api:health"))
    assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")
    assert api_of(author).get(reverse("api:health")).status_code == 200
    assert api_of().get(reverse("api:health")).status_code == 401
