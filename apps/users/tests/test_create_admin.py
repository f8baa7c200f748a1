from __future__ import annotations

import io

import pytest

from apps.users.models import User


@pytest.mark.django_db
def test_an_admin_is_made_from_a_password_on_standard_input(manage, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct-horse-battery\n"))
    assert manage("create_admin", "alice", "--password-stdin") == (0, "Created the administrator “alice”.\n", "")
    assert User.objects.get().check_password("correct-horse-battery")


@pytest.mark.django_db
def test_a_refused_password_is_one_sentence_without_it(manage, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("12345\n"))
    code, said, told = manage("create_admin", "alice", "--password-stdin")
    assert (code, said) == (1, "")
    assert told.startswith("The password is not accepted. This password is too short.")
    assert "12345" not in told


@pytest.mark.django_db
def test_a_name_with_wrong_characters_is_refused(manage, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("correct-horse-battery\n"))
    code, _, told = manage("create_admin", "al ice", "--password-stdin")
    assert code == 1
    assert told.startswith("USERNAME: Enter a valid username.")


def test_no_password_is_taken_from_the_command_line(manage):
    code, _, told = manage("create_admin", "alice", "--password", "hunter2")
    assert code == 1
    assert "usage: " in told
