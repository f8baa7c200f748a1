"""Upgrades and returns that are stopped, killed or lose their terminal: the same command goes on, no work is lost."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from project.tests.bundle.conftest import Maker
from project.tests.bundle.machine import PYTHON, SYSTEMCTL, Machine
from project.tests.bundle.stub import NEW, OLD, is_as_it_was

BOTH = "lockstep-web lockstep-worker"
PLAYED = f'{sys.executable} {SYSTEMCTL} "$@"'


@pytest.fixture
def newer(maker: Maker) -> Path:
    return maker.stub(NEW)


@pytest.fixture
def signalled(installed: Machine, newer: Path, maker: Maker) -> Callable[..., int]:
    """Upgrade, and have the script get `signal` when it has called systemctl `verb`."""

    def run(signal: str, verb: str, *options: str) -> int:
        noted = installed.root / "opt/lockstep/unfinished"
        when = f'[ "$1" = {verb} ] && {{ [ "$1" = disable ] || [ -f {noted} ]; }}'
        installed.shim("systemctl", f"{PLAYED}; code=$?; if {when}; then kill -{signal} $PPID; fi; exit $code")
        done = installed.upgrade(newer, *maker.trusted, *options)
        installed.shim("systemctl", f"exec {PLAYED}")
        return done.returncode

    return run


def test_a_stop_before_the_tables_are_touched_leaves_no_note(installed, newer, maker, signalled):
    assert signalled("TERM", "disable") == 130
    assert is_as_it_was(installed)
    assert installed.upgrade(newer, *maker.trusted).returncode == 0


def test_a_kill_before_the_tables_are_touched_leaves_no_note(installed, newer, maker, signalled):
    """Nothing asks for the backup then, although the old version may have been started again."""
    assert signalled("KILL", "disable") == -9
    assert installed.systemctl("start", *BOTH.split()) == 0
    (installed.root / "var/lib/lockstep/people").write_text("admin newcomer")
    assert installed.upgrade(newer, *maker.trusted).returncode == 0
    assert installed.data("people") == "admin newcomer"


@pytest.mark.parametrize(("signal", "code"), [("KILL", -9), ("TERM", 130)])
def test_an_upgrade_that_ends_while_it_checks_itself_is_finished_by_the_same_command(
    installed, newer, maker, signalled, signal, code
):
    assert signalled(signal, "start") == code
    assert (installed.version(), installed.is_running(), installed.is_enabled()) == (NEW, True, False)
    (installed.root / "var/lib/lockstep/people").write_text("admin newcomer")
    third = installed.upgrade(maker.stub("0.3.0"), *maker.trusted)
    assert third.returncode == 1
    assert f"run the upgrade.sh of Lockstep {NEW} again, which finishes it" in third.stderr
    assert "what was done since then is lost" in third.stderr
    asked = installed.upgrade(newer, *maker.trusted, "--back")
    assert (asked.returncode, "Add --yes to do it." in asked.stderr) == (1, True)
    done = installed.upgrade(newer, *maker.trusted)
    assert done.returncode == 0, done.stderr
    assert f"Upgraded Lockstep from {OLD} to {NEW}." in done.stdout
    assert (installed.data("people"), installed.is_running(), installed.is_enabled()) == ("admin newcomer", True, True)
    back = installed.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert (back.returncode, installed.version(), installed.data("people")) == (0, OLD, "admin"), back.stderr


def test_an_upgrade_that_cannot_be_finished_keeps_the_work(installed, maker, newer, signalled, monkeypatch):
    assert signalled("KILL", "start") == -9
    (installed.root / "var/lib/lockstep/people").write_text("admin newcomer")
    (installed.root / "var/lib/lockstep/tables").write_text("unready")
    monkeypatch.setattr(installed, "variables", {"PATIENCE": "1"})
    done = installed.upgrade(newer, *maker.trusted)
    assert done.returncode == 1
    assert "Run the same again to finish" in done.stderr
    assert (installed.version(), installed.data("people")) == (NEW, "admin newcomer")


def test_a_way_back_after_the_start_says_from_when_work_is_lost(installed, maker):
    done = installed.upgrade(maker.stub(NEW, "doctor"), *maker.trusted)
    assert f"what was done with Lockstep {NEW} since " in done.stderr
    assert is_as_it_was(installed)


@pytest.mark.parametrize("signal", ["KILL", "TERM"])
def test_a_return_that_ends_after_the_backup_is_back_is_finished_without_it(installed, newer, maker, signalled, signal):
    installed.upgrade(newer, *maker.trusted)
    assert signalled(signal, "start", "--back", "--yes") in (-9, 130)
    (installed.root / "var/lib/lockstep/people").write_text("admin newcomer")
    refused = installed.upgrade(newer, *maker.trusted)
    assert (refused.returncode, "run ./upgrade.sh --back, which finishes it" in refused.stderr) == (1, True)
    done = installed.upgrade(newer, *maker.trusted, "--back")
    assert done.returncode == 0, done.stderr
    assert (installed.version(), installed.data("people")) == (OLD, "admin newcomer")
    assert (installed.is_running(), installed.is_enabled()) == (True, True)


def test_the_old_bundle_does_not_take_a_half_migrated_database_for_its_own(installed, stub, maker):
    installed.upgrade(maker.stub(NEW, "killed"), *maker.trusted)
    refused = installed.upgrade(stub, *maker.trusted)
    assert (refused.returncode, "run ./upgrade.sh --back --yes first" in refused.stderr) == (1, True)


def test_a_link_that_cannot_be_moved_restores_nothing(installed, newer, maker):
    installed.upgrade(newer, *maker.trusted)
    installed.shim("mv", '[ "$1" != -T ] || { echo "mv: No space left" >&2; exit 1; }; exec /bin/mv "$@"')
    back = installed.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert (back.returncode, "run the same again" in back.stderr) == (1, True)
    assert (installed.version(), installed.data("tables")) == (NEW, NEW)
    (installed.shims / "mv").unlink()
    assert installed.upgrade(newer, *maker.trusted, "--back", "--yes").returncode == 0


@pytest.mark.parametrize("fault", ["migrate", "stopped"])
def test_an_upgrade_whose_output_is_gone_goes_back(installed, maker, fault):
    words = (maker.stub(NEW, fault) / "upgrade.sh", "--root", installed.root, "--python", PYTHON, *maker.trusted)
    command = " ".join(str(word) for word in words)
    piped = f"set -o pipefail; {command} 2>&1 | grep -m1 'Stopping Lockstep'"
    done = installed.run("/bin/bash", "-c", piped)
    assert (done.returncode, "Stopping" in done.stdout) != (0, True), done.stdout
    assert is_as_it_was(installed)


def test_an_upgrade_whose_terminal_closes_goes_back(installed, maker):
    words = (maker.stub(NEW, "closed") / "upgrade.sh", "--root", installed.root, "--python", PYTHON, *maker.trusted)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(installed.state)
        os.execve(str(words[0]), [str(word) for word in words], installed.environment())
    read = b""
    while b"Migrating" not in read:
        read += os.read(terminal, 4096)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 130
    assert is_as_it_was(installed)
