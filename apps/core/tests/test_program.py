"""Texts and usage lines name the program as it was started."""

from __future__ import annotations

import sys

import pytest

from apps.core.management.program import as_typed_elsewhere, program


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


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A `lockstep` on PATH."""
    found = tmp_path / "lockstep"
    found.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LOCKSTEP_DATA_DIR", raising=False)
    return found


def test_who_found_the_program_on_the_path_is_told_its_name_alone(monkeypatch, installed):
    monkeypatch.setattr(sys, "argv", [str(installed), "run"])
    assert as_typed_elsewhere() == "lockstep"


def test_a_program_off_the_path_is_named_with_its_folder(monkeypatch, installed):
    monkeypatch.setattr(sys, "argv", ["/srv/lockstep/.venv/bin/lockstep", "run"])
    assert as_typed_elsewhere() == "/srv/lockstep/.venv/bin/lockstep"


def test_another_terminal_is_told_the_data_directory_that_was_chosen(monkeypatch, installed):
    monkeypatch.setattr(sys, "argv", [str(installed), "run"])
    monkeypatch.setenv("LOCKSTEP_DATA_DIR", "/srv/my data")
    assert as_typed_elsewhere() == "LOCKSTEP_DATA_DIR='/srv/my data' lockstep"


@pytest.mark.django_db
@pytest.mark.parametrize("started", ["lockstep", "manage.py"])
def test_usage_and_next_steps_name_the_same_program(monkeypatch, manage, started):
    monkeypatch.setattr(sys, "argv", [started])
    assert manage("migration", "show", "--help")[1].startswith(f"usage: {started} migration show ")
    assert manage("migration", "show", 7)[2].endswith(f"See `{started} migration list`.\n")
