"""Sockets of sessions that end without being deleted."""

from __future__ import annotations

import time

import pytest

from apps.tasks.live import consumers
from apps.tasks.tests.sockets import signed_in
from apps.users.models import User
from apps.users.services.accounts import edit_user
from apps.users.services.sign_in import end_all_sessions, set_password


def end_everywhere(user):
    end_all_sessions(actor=user, user=user)


def give_a_new_password(user):
    set_password(actor=user, user=user, password="correct-horse-battery")


def by_the_page_of_ones_own(user):
    fields = {"old_password": "only-for-tests", "new_password1": "correct-horse-battery"}
    fields["new_password2"] = fields["new_password1"]
    assert signed_in(user).post("/admin/password_change/", fields).status_code == 302


def by_the_page_of_somebody(user):
    fields = {"usable_password": "true", "password1": "correct-horse-battery", "password2": "correct-horse-battery"}
    address = f"/admin/users/user/{user.pk}/password/"
    assert signed_in(user).post(address, fields | {"set-password": "x"}).status_code == 302


def make_inactive(user):
    User.objects.create_superuser("keeper")
    edit_user(actor=User.objects.get(username="keeper"), user=user, is_active=False)


@pytest.mark.parametrize(
    "how", [end_everywhere, give_a_new_password, by_the_page_of_ones_own, by_the_page_of_somebody, make_inactive]
)
def test_what_ends_all_sessions_closes_their_sockets_at_once(how, site, author, viewer):
    watching, other = (site.browser("ws/activity/", signed_in(user)) for user in (author, viewer))
    assert watching.hear()["type"] == "activity"
    began = time.monotonic()
    how(author)
    assert watching.closed[0] == 4001
    assert time.monotonic() - began < consumers.RECHECK / 6
    assert other.hear()["type"] == "activity"
    other.line.ping().wait(5)
