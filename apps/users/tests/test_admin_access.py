"""What people without access to the admin are told when they sign in."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.users.models import Grant, SsoIdentity, User
from apps.users.services.grants import get_role

LOGIN = "/admin/login/"
RIGHT = {"username": "viewer", "password": "only-for-tests"}
TRUTH = "You are signed in as “viewer”, but only staff can use the admin."


def signed_in(client, **given):
    return client.post(LOGIN, RIGHT | given, follow=True)


def test_a_person_who_is_not_staff_is_told_why_the_admin_stays_closed(client, viewer):
    answer = signed_in(client)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert TRUTH in page
    assert "turn on “Staff status” on the page of your account" in page
    assert "staff account" not in page
    assert client.get("/api/v1/session").json()["user"]["username"] == "viewer"
    assert AuditEntry.objects.get().action == "session.sign_in"


@pytest.mark.parametrize("path", ["", "tasks/task/", "users/user/1/change/", "my-sign-in/"])
def test_no_page_of_the_admin_opens_for_a_person_who_is_not_staff(client, viewer, path):
    client.force_login(viewer)
    answer = client.get(f"/admin/{path}", follow=True)
    assert answer.status_code == 403
    assert TRUTH in answer.content.decode()


def test_a_person_from_the_directory_is_sent_to_their_group_mapping(client, viewer):
    SsoIdentity.objects.create(user=viewer, issuer="https://idp.test", subject="1", last_sign_in=timezone.now())
    client.force_login(viewer)
    assert "in the group mapping of one of your groups" in client.get(LOGIN).content.decode()


@pytest.mark.parametrize("name", ["viewer", "staff", "nobody"])
def test_a_wrong_password_says_the_same_for_every_name(name, viewer, staff):
    page = signed_in(Client(), username=name, password="wrong").content.decode()
    assert "Wrong user name or password, or the account is inactive." in page
    assert "staff" not in page.replace('value="staff"', "")


def test_a_person_who_is_not_staff_can_sign_out_and_sign_in_as_another(client, viewer, staff):
    signed_in(client)
    client.post("/admin/logout/")
    assert "Log in" in client.get(LOGIN).content.decode()
    assert signed_in(client, username="staff").status_code == 200


def test_whoever_adds_or_grants_learns_where_the_account_can_sign_in(author, viewer, capsys, tmp_path):
    pages = Pages(author)
    assert "Can sign in to the admin. Without it, the account can only use the API." in pages.see("users/user/add/")
    page = pages.send("users/grant/add/", user=viewer.pk, role=get_role("approver").pk, where="*")
    assert Grant.objects.get().user == viewer
    assert "“viewer” is not staff, so the account can use the API but not the admin." in page
    password = tmp_path / "password"
    password.write_text("correct-horse-battery")
    call_command("user", "add", "grace", "--password-file", str(password))
    assert "“grace” is not staff, so the account can use the API but not the admin." in capsys.readouterr().out
    call_command("user", "add", "linus", "--staff", "--password-file", str(password))
    assert "not staff" not in capsys.readouterr().out
    assert User.objects.get(username="linus").is_staff
