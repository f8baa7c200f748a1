from __future__ import annotations

import io
from unittest import mock

import pytest

from apps.core.errors import LockstepError
from apps.core.management.passwords import read_password

NOTHING = {"password_file": None, "password_stdin": False}


def test_a_password_is_the_first_line_of_a_file(tmp_path):
    (tmp_path / "password").write_text("  with spaces \r\nsecond line\n")
    assert read_password(NOTHING | {"password_file": str(tmp_path / "password")}) == "  with spaces "


def test_a_password_is_the_first_line_of_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    assert read_password(NOTHING | {"password_stdin": True}) == "hunter2"


def test_a_password_is_asked_for_twice(monkeypatch):
    monkeypatch.setattr("sys.stdin", mock.Mock(isatty=lambda: True))
    with mock.patch("getpass.getpass", side_effect=["hunter2", "hunter2"]):
        assert read_password(NOTHING, confirm=True) == "hunter2"
    with (
        mock.patch("getpass.getpass", side_effect=["hunter2", "hunter3"]),
        pytest.raises(LockstepError, match="The two passwords differ"),
    ):
        read_password(NOTHING, confirm=True)


def test_without_a_terminal_the_ways_to_pass_a_password_are_listed(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(LockstepError, match="Use --password-file FILE or --password-stdin"):
        read_password(NOTHING)


@pytest.mark.parametrize(
    ("content", "why"), [(b"\n", "is empty"), (b"\xff\xfe", "is not UTF-8"), (None, "No such file")]
)
def test_a_file_without_a_password_is_refused(tmp_path, content, why):
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LockstepError, match=why):
        read_password(NOTHING | {"password_file": str(file)})
