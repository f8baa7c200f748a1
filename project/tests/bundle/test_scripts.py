"""Installing and upgrading step by step, where any step may fail: nothing is left half done."""

from __future__ import annotations

import pytest

from project.tests.bundle.machine import PASSWORD, SITE
from project.tests.bundle.stub import NEW, OLD, is_as_it_was


def test_a_first_installation_runs_and_is_ready(installed):
    assert is_as_it_was(installed)
    acts = installed.data("acts").splitlines()
    assert [line for line in acts if "doctor --offline" in line] != []
    assert PASSWORD not in installed.data("acts")
    assert installed.acts()[:2] == ["daemon-reload", "is-active lockstep-web lockstep-worker"]


def test_a_second_run_changes_nothing(installed, stub, maker):
    before = installed.times()
    done = installed.install(stub, *maker.trusted)
    assert (done.returncode, f"Lockstep {OLD} is installed already: nothing was changed." in done.stdout) == (0, True)
    assert installed.times() == before


def test_a_refused_password_is_asked_for_again(machine, stub, maker):
    refused = machine.install(stub, *maker.trusted, "--password-file", "-", stdin="short\n")
    assert (refused.returncode, machine.is_running()) == (1, False)
    assert "This password is too short." in refused.stderr
    assert refused.stderr.endswith("put right what is said above, and run the same again.\n")
    done = machine.install(stub, *maker.trusted, "--password-file", "-", stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert "Installing the packages" not in done.stdout
    assert is_as_it_was(machine)


def test_settings_of_the_operator_are_kept(machine, stub, maker):
    settings = machine.root / "etc/lockstep/lockstep.env"
    settings.parent.mkdir(parents=True)
    written = f"LOCKSTEP_DATA_DIR={machine.root}/var/lib/lockstep\nLOCKSTEP_PORT={machine.port}\n"
    settings.write_text(f"{written}LOCKSTEP_BASE_URL=https://{SITE}:8443/\n")
    done = machine.install(stub, *maker.trusted, "--password-file", machine.password_file)
    assert (done.returncode, settings.read_text().count("\n")) == (0, 3), done.stderr


def test_what_fails_before_the_tables_exist_leaves_nothing(machine, maker):
    done = machine.install(maker.stub(OLD, "check"), *maker.trusted, "--password-file", machine.password_file)
    assert done.returncode == 1
    assert done.stderr.endswith("Not installed: what this run made has been removed.\n")
    assert [path for path in machine.files() if (machine.root / path).is_file()] == []


def test_without_start_nothing_runs_and_the_commands_are_named(machine, stub, maker):
    done = machine.install(stub, *maker.trusted, "--password-file", machine.password_file, "--no-start")
    assert (done.returncode, machine.acts(), machine.is_running()) == (0, [], False), done.stderr
    assert f"Nothing was started: ExecStart in {machine.root}/etc/systemd/system has the commands." in done.stdout


def test_another_build_of_the_same_version_is_refused(installed, maker):
    other = maker.stub(OLD, "nothing")
    done = installed.install(other, *maker.trusted)
    assert done.returncode == 1
    assert f"Another build of Lockstep {OLD} is installed." in done.stderr
    assert is_as_it_was(installed)


def test_an_older_installation_is_left_to_upgrade(installed, maker):
    done = installed.install(maker.stub(NEW), *maker.trusted)
    assert done.returncode == 1
    assert done.stderr.endswith(f"Lockstep {OLD} is installed here. To upgrade it to {NEW}, run ./upgrade.sh.\n")
    assert is_as_it_was(installed)


def test_an_upgrade_stops_backs_up_migrates_and_starts(installed, maker):
    done = installed.upgrade(maker.stub(NEW), *maker.trusted)
    assert done.returncode == 0, done.stderr
    assert (installed.version(), installed.data("tables"), installed.is_running()) == (NEW, NEW, True)
    acts = [line for line in installed.data("acts").splitlines() if "instance" in line or line.startswith(NEW)]
    assert acts[0].startswith(f"{OLD} instance backup --into {installed.root}/var/backups/lockstep/lockstep-{OLD}-")
    assert acts[1] == f"{NEW} migrate --no-input --verbosity 0"
    asked = [line for line in installed.acts() if not line.startswith("is-active")]
    both = "lockstep-web lockstep-worker"
    assert asked[-5:] == [f"stop {both}", f"disable {both}", "daemon-reload", f"start {both}", f"enable {both}"]


def test_the_former_version_returns_with_its_backup(installed, maker):
    newer = maker.stub(NEW)
    installed.upgrade(newer, *maker.trusted)
    (installed.root / "var/lib/lockstep/people").write_text("admin later")
    asked = installed.upgrade(newer, *maker.trusted, "--back")
    assert (asked.returncode, "Add --yes to do it." in asked.stderr, installed.version()) == (1, True, NEW)
    back = installed.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert back.returncode == 0, back.stderr
    assert (installed.version(), installed.data("tables"), installed.data("people")) == (OLD, OLD, "admin")
    assert installed.is_running()
    twice = installed.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert (twice.returncode, "there is nothing to return to" in twice.stderr) == (1, True)
    again = installed.upgrade(newer, *maker.trusted)
    assert (again.returncode, installed.version()) == (0, NEW), again.stderr


@pytest.mark.parametrize("fault", ["migrate", "doctor", "web"])
def test_an_upgrade_that_fails_goes_back_by_itself(installed, maker, fault, monkeypatch):
    monkeypatch.setattr(installed, "variables", {"PATIENCE": "3"})
    done = installed.upgrade(maker.stub(NEW, fault), *maker.trusted)
    assert done.returncode == 1
    assert done.stderr.endswith(f"Not upgraded: Lockstep {OLD} is used again, with everything that it had.\n")
    assert is_as_it_was(installed)


def test_an_upgrade_that_is_stopped_goes_back_first(installed, maker):
    done = installed.upgrade(maker.stub(NEW, "stopped"), *maker.trusted)
    assert done.returncode == 130
    assert done.stderr.endswith(f"Not upgraded: Lockstep {OLD} is used again, with everything that it had.\n")
    assert is_as_it_was(installed)


def test_without_a_backup_nothing_is_migrated(machine, maker):
    old = maker.stub(OLD, "backup")
    machine.install(old, *maker.trusted, "--password-file", machine.password_file)
    done = machine.upgrade(maker.stub(NEW), *maker.trusted)
    assert done.returncode == 1
    assert f"{OLD} fails to backup" in done.stderr
    assert done.stderr.endswith(f"Not upgraded: Lockstep {OLD} is as it was.\n")
    assert is_as_it_was(machine)


def test_a_return_that_fails_says_where_the_backup_is(machine, maker):
    machine.install(maker.stub(OLD, "restore"), *maker.trusted, "--password-file", machine.password_file)
    done = machine.upgrade(maker.stub(NEW, "migrate"), *maker.trusted)
    assert done.returncode == 1
    [backup] = (machine.root / "var/backups/lockstep").iterdir()
    assert f"Going back failed, too. The backup is {backup}:" in done.stderr


def test_a_return_that_fails_is_finished_by_the_same_command(machine, maker):
    machine.install(maker.stub(OLD, "restore"), *maker.trusted, "--password-file", machine.password_file)
    newer = maker.stub(NEW)
    machine.upgrade(newer, *maker.trusted)
    failed = machine.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert (failed.returncode, f"{OLD} fails to restore" in failed.stderr) == (1, True)
    assert "run the same again. The backup is " in failed.stderr
    refused = machine.upgrade(newer, *maker.trusted)
    assert (refused.returncode, "run ./upgrade.sh --back --yes first" in refused.stderr) == (1, True)
    (machine.root / "var/lib/lockstep/mended").touch()
    back = machine.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert back.returncode == 0, back.stderr
    assert (machine.version(), machine.data("tables"), machine.is_running()) == (OLD, OLD, True)
    assert machine.upgrade(newer, *maker.trusted).returncode == 0


def test_an_upgrade_that_is_killed_goes_back_by_command(installed, stub, maker):
    killed = installed.upgrade(maker.stub(NEW, "killed"), *maker.trusted)
    assert (killed.returncode, installed.data("tables"), installed.is_running()) == (-9, NEW, False)
    assert installed.acts()[-2] == "disable lockstep-web lockstep-worker"
    newer = maker.stub(NEW)
    for refused in (installed.upgrade(newer, *maker.trusted), installed.install(stub, *maker.trusted)):
        assert refused.returncode == 1
        assert "was interrupted" in refused.stderr
        assert "run ./upgrade.sh --back --yes first" in refused.stderr
    back = installed.upgrade(newer, *maker.trusted, "--back", "--yes")
    assert back.returncode == 0, back.stderr
    assert (installed.version(), installed.data("tables"), installed.is_running()) == (OLD, OLD, True)
    assert installed.upgrade(newer, *maker.trusted).returncode == 0
    assert installed.version() == NEW


def test_an_installation_by_hand_is_left_alone(machine, stub, maker):
    (machine.root / "opt/lockstep/bin").mkdir(parents=True)
    done = machine.install(stub, *maker.trusted, "--password-file", machine.password_file)
    assert (done.returncode, machine.files()) == (1, {"opt", "opt/lockstep", "opt/lockstep/bin"})
    assert done.stderr.startswith(f"A Lockstep that was installed by hand is in {machine.root}/opt/lockstep: stop it")


def test_an_older_bundle_is_no_upgrade(installed, maker, stub):
    installed.upgrade(maker.stub(NEW), *maker.trusted)
    done = installed.upgrade(stub, *maker.trusted)
    assert (done.returncode, installed.version()) == (1, NEW)
    assert f"Lockstep {NEW} is newer than this bundle ({OLD})." in done.stderr
