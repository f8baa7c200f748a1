"""Texts and usage lines name the program as it was started."""

from __future__ import annotations

import sys

import pytest

from apps.core.management.program import command_line, program


@pytest.mark.parametrize(
    ("started", "name"),
    [
        ("/srv/lockstep/.venv/bin/lockstep", "lockstep"),
        ("manage.py", "manage.py"),
        ("/srv/manage.py", "manage.py"),
        ("-m", "lockstep"),
    ],
)
def test_a_command_is_named_after_the_program_that_was_started(monkeypatch, started, name):
    monkeypatch.setattr(sys, "argv", [started, "check"])
    assert program() == name


@pytest.mark.django_db
@pytest.mark.parametrize("started", ["lockstep", "manage.py"])
def test_usage_and_next_steps_name_the_same_program(monkeypatch, manage, started):
    monkeypatch.setattr(sys, "argv", [started])
    assert manage("migration", "show", "--help")[1].startswith(f"usage: {started} migration show ")
    assert manage("migration", "show", 7)[2].endswith(f"See `{started} migration list`.\n")


def test_the_command_for_another_terminal_is_as_short_as_works_there(monkeypatch, tmp_path):
    installed = tmp_path / "lockstep"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(installed), "run"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert command_line() == str(installed)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_line() == "lockstep"
    monkeypatch.setattr(sys, "argv", ["manage.py", "run"])
    assert command_line().endswith("/manage.py")
    assert command_line().startswith(sys.executable)
