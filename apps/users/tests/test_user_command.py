from __future__ import annotations

import json

import pytest

from apps.audit.models import AuditEntry
from apps.users.models import SsoIdentity, User

PASSWORD = "correct-horse-battery"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def test_a_user_is_added_and_given_a_role(manage, author, file):
    assert manage("user", "add", "grace", "--password-file", file)[0] == 0
    assert User.objects.get(username="grace").check_password(PASSWORD)
    code, said, _ = manage("user", "grant", "grace", "operator", "--where", "tier:dev")
    assert (code, said) == (0, "“grace” has the role “Operator on tier:dev”.\n")
    _, listed, _ = manage("user", "list", "--format", "json")
    told = next(user for user in json.loads(listed) if user["username"] == "grace")
    assert told["roles"] == [{"role": "operator", "where": "tier:dev", "group": ""}]
    assert PASSWORD not in str(list(AuditEntry.objects.values()))


def test_a_role_is_taken_back(manage, author, viewer):
    manage("user", "grant", "viewer", "analyst")
    assert manage("user", "revoke", "viewer", "analyst", "--where", "dev")[0] == 1
    assert manage("user", "revoke", "viewer", "analyst", "--yes")[1] == "“viewer” no longer has the role “Analyst”.\n"
    assert not viewer.grants.exists()


def test_a_password_is_set_and_sessions_are_ended(manage, author, viewer, file):
    assert manage("user", "set-password", "viewer", "--password-file", file)[0] == 0
    viewer.refresh_from_db()
    assert viewer.check_password(PASSWORD)
    assert manage("user", "end-sessions", "viewer")[0] == 0
    viewer.refresh_from_db()
    assert viewer.session_epoch == 1


def test_an_account_of_the_directory_gets_no_password(manage, author, viewer, file, django_user_model):
    SsoIdentity.objects.create(user=viewer, issuer="https://sso.example", subject="s", last_sign_in="2026-01-01T00:00Z")
    code, _, said = manage("user", "set-password", "viewer", "--password-file", file)
    assert (code, "signs in through the directory" in said) == (1, True)


def test_a_weak_password_is_refused(manage, author, viewer, tmp_path):
    (tmp_path / "weak").write_text("12345")
    code, _, said = manage("user", "add", "grace", "--password-file", tmp_path / "weak")
    assert (code, "too short" in said) == (1, True)
    assert not User.objects.filter(username="grace").exists()


def test_a_user_who_may_not_see_accounts_lists_none(manage, viewer):
    code, _, said = manage("user", "list", "--as", "viewer")
    assert (code, "users.view" in said) == (1, True)


def test_a_role_without_a_place_is_said_to_hold_everywhere(manage, author, viewer):
    assert manage("user", "grant", "viewer", "analyst")[1] == ("“viewer” has the role “Analyst” on all environments.\n")


def test_who_added_an_approver_without_access_to_the_admin_can_allow_it(manage, author, file):
    said = manage("user", "add", "grace", "--password-file", file)[1]
    assert "To change that: `lockstep user edit grace --staff`." in said
    assert manage("user", "edit", "grace", "--staff") == (0, "“grace” was changed.\n", "")
    assert User.objects.get(username="grace").is_staff
    assert manage("user", "edit", "grace", "--staff")[1] == "“grace”: nothing to change.\n"
    assert "is not staff" in manage("user", "edit", "grace", "--no-staff")[1]


def test_a_password_from_the_terminal_is_to_be_changed_only_when_told_to(manage, author, viewer, file):
    assert manage("user", "add", "grace", "--password-file", file, "--must-change-password")[0] == 0
    assert User.objects.get(username="grace").password_change_due
    assert manage("user", "set-password", "grace", "--password-file", file)[0] == 0
    assert not User.objects.get(username="grace").password_change_due
    assert manage("user", "set-password", "grace", "--password-file", file, "--must-change-password")[0] == 0
    assert User.objects.get(username="grace").password_change_due
