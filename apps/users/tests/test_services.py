from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, LockstepError, NotThere
from apps.core.management.program import worded_for_commands
from apps.users.models import User
from apps.users.services.actor import acting_user, create_admin

PASSWORD = "correct-horse-battery"


@pytest.mark.django_db
def test_an_admin_can_sign_in_and_is_audited():
    admin = create_admin(username="alice", password=PASSWORD)
    assert admin.is_superuser
    assert admin.is_staff
    assert admin.check_password(PASSWORD)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_name, entry.after) == (
        "user.create_admin",
        "alice",
        {"username": "alice", "email": ""},
    )


@pytest.mark.django_db
def test_a_name_that_is_taken_is_refused_in_any_letter_case():
    create_admin(username="alice", password=PASSWORD)
    with pytest.raises(Conflict, match="The user “Alice” already"):
        create_admin(username="Alice", password=PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["hunter2", "12345678901234", "alice-alice-alice"])
def test_a_weak_password_is_refused_and_nobody_is_made(password):
    with pytest.raises(LockstepError, match="The password is not accepted. ") as refused:
        create_admin(username="alice-alice-alice", password=password)
    assert not User.objects.exists()
    assert password not in str(refused.value).replace("alice-alice-alice", "")


def test_the_only_superuser_acts(author):
    User.objects.create_user("viewer")
    User.objects.create_superuser("gone", is_active=False)
    assert acting_user(username=None) == author


def test_a_named_user_acts(author):
    viewer = User.objects.create_user("viewer")
    assert acting_user(username="viewer") == viewer


@pytest.mark.django_db
def test_nobody_acts_where_there_is_no_administrator():
    with pytest.raises(NotThere, match="There is no administrator yet") as refusal:
        acting_user(username=None)
    assert "lockstep" not in str(refusal.value)
    with worded_for_commands():
        assert "Create one with `lockstep create_admin" in str(refusal.value)


def test_among_several_administrators_one_must_be_named(author):
    User.objects.create_superuser("second")
    with pytest.raises(LockstepError) as refusal:
        acting_user(username=None)
    with worded_for_commands():
        assert "(author, second). Choose one with --as" in str(refusal.value)


def test_an_unknown_or_inactive_user_does_not_act(author):
    User.objects.create_user("gone", is_active=False)
    with pytest.raises(NotThere, match="There is no user “nobody”"):
        acting_user(username="nobody")
    with pytest.raises(LockstepError, match="“gone” is inactive"):
        acting_user(username="gone")
