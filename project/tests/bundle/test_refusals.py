"""What does not fit is refused with the next step, and leaves the machine as it was."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.tests.bundle.conftest import Maker
from project.tests.bundle.machine import SITE, Machine, target
from rig.bundle.bundle import PLATFORM
from rig.bundle.target import PYTHONS, Target
from rig.errors import RigError


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def refused(machine: Machine, bundle: Path, maker: Maker, *options: str | Path) -> str:
    done = machine.install(bundle, *maker.trusted, "--password-file", machine.password_file, *options)
    assert done.returncode == 1, done.stdout
    assert machine.files() == set()
    return done.stderr


def test_help_says_what_there_is(machine, stub):
    for script in ("install.sh", "upgrade.sh"):
        shown = machine.run(stub / script, "--help")
        assert (shown.returncode, "--public-key FILE" in shown.stdout, shown.stderr) == (0, True, "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--nonsense", "x"), "'--nonsense' is no option. See ./install.sh --help."),
        (("--site",), "'--site' is no option, or its value is missing."),
        (("--site", "a b|c"), "--site is a host name such as lockstep.example.org, not 'a b|c'."),
        (("--port", "80 0"), "--port is a number from 1024 to 65535, not '80 0'"),
        (("--port", "0"), "--port is a number from 1024 to 65535, not '0'"),
        (("--port", "80"), "--port is a number from 1024 to 65535, not '80': lower ones are for root"),
        (("--port", "65536"), "--port is a number from 1024 to 65535, not '65536'"),
        (("--port", "99999999999999999999"), "--port is a number from 1024 to 65535, not "),
        (("--admin", "-x"), "--admin is a name, not '-x'."),
        (("--password-file", "/nowhere"), "The password file '/nowhere' cannot be read."),
        (("--database-url-file", "/nowhere"), "The file '/nowhere' cannot be read."),
        (("--python", "/bin/true"), f"'/bin/true' is no Python {target().python} with its module venv"),
    ],
)
def test_bad_input_is_refused_by_name(machine, stub, maker, options, told):
    assert refused(machine, stub, maker, *options).startswith(told)


def test_another_machine_is_refused(machine, stub, maker):
    machine.shim("uname", "echo aarch64")
    assert (
        refused(machine, stub, maker)
        == "This bundle is for x86_64, and this machine is aarch64: get the bundle for it.\n"
    )


def test_an_old_system_is_refused(machine, stub, maker):
    machine.shim("getconf", "echo glibc 2.17")
    assert refused(machine, stub, maker).startswith("This bundle needs glibc 2.28, and this machine has 2.17")


def test_a_machine_without_systemd_is_told_of_no_start(machine, stub, maker):
    (machine.shims / "systemctl").unlink()
    for folder in ("/usr/sbin", "/usr/bin"):
        for tool in Path(folder).iterdir():
            if tool.name != "systemctl" and not (machine.shims / tool.name).exists():
                (machine.shims / tool.name).symlink_to(tool)
    words = [stub / "install.sh", "--service", "--root", machine.root, "--site", SITE, *maker.trusted]
    plain = {"PATH": str(machine.shims)}
    done = subprocess.run([str(each) for each in words], env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "There is no systemd here. Add --no-start, and start web and worker yourself.\n"


@pytest.fixture
def small_disk(machine: Machine) -> Iterator[None]:
    """In the mount namespace of these tests alone."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(machine.root)], check=True)
    yield
    subprocess.run(["umount", str(machine.root)], check=True)


@pytest.mark.usefixtures("small_disk")
def test_a_disk_without_room_is_refused_in_numbers(machine, bundle, maker):
    told = refused(machine, bundle, maker)
    assert told.startswith(f"{machine.root} has 20 MB free, and ")
    assert told.endswith(" MB are needed: make room; nothing was installed.\n")


def test_a_database_out_of_reach_leaves_nothing(machine, bundle, maker, tmp_path):
    (tmp_path / "url").write_text("postgres://lockstep@127.0.0.1:1/lockstep")
    own = ("--password-file", machine.password_file, "--database-url-file", tmp_path / "url")
    done = machine.install(bundle, *maker.trusted, *own)
    assert done.returncode == 1, done.stdout
    assert "Check DATABASE_URL and that the server is running." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith("Not installed: what this run made has been removed.\n")
    assert [path for path in machine.files() if (machine.root / path).is_file()] == []


def test_a_port_in_use_is_refused_while_another_can_be_chosen(machine, stub, maker):
    with socket.create_server(("127.0.0.1", machine.port)):
        told = refused(machine, stub, maker)
    assert told == f"Port {machine.port} is in use or invalid. Choose another with --port.\n"


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--database-url-file", "url", "another database than --database-url-file"),
        ("--port", "8123", "LOCKSTEP_PORT={port}, not 8123"),
        ("--site", "other.example.com", f"LOCKSTEP_BASE_URL=https://{SITE}, not other.example.com"),
    ],
)
def test_what_the_settings_have_otherwise_is_refused(machine, stub, maker, tmp_path, option, value, told):
    """Whoever corrects an option after a failure would go on with the old one."""
    (tmp_path / "url").write_text("postgres://lockstep@127.0.0.1:1/lockstep")
    settings = machine.root / "etc/lockstep/lockstep.env"
    settings.parent.mkdir(parents=True)
    lines = (f"DATA_DIR={machine.root}/var/lib/lockstep", f"PORT={machine.port}", f"BASE_URL='https://{SITE}'")
    settings.write_text("".join(f"LOCKSTEP_{line}\n" for line in lines))
    own = ("--password-file", machine.password_file, option, tmp_path / value if value == "url" else value)
    done = machine.install(stub, *maker.trusted, *own)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{settings} exists and has {told.format(port=machine.port)}: leave that option out")
    assert machine.files() == {"etc", "etc/lockstep", "etc/lockstep/lockstep.env"}


def test_without_a_terminal_the_password_needs_a_file(machine, stub, maker):
    done = machine.install(stub, *maker.trusted)
    assert (done.returncode, machine.files()) == (1, set())
    assert done.stderr == "Nobody can be asked for the administrator's password here: add --password-file FILE.\n"


def test_an_upgrade_needs_an_installation(machine, stub, maker):
    done = machine.upgrade(stub, *maker.trusted)
    assert (done.returncode, "Run ./install.sh first." in done.stderr) == (1, True)


@pytest.mark.parametrize(("python", "platform"), [("2.7", PLATFORM), (PYTHONS[0], "win_amd64")])
def test_a_bundle_for_nothing_that_exists_is_refused(python, platform):
    with pytest.raises(RigError, match="TARGET is|PLATFORM is"):
        Target(python, platform)
