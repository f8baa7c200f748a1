"""The commands that docs/backup.md gives: after a restore the audit holds and the stored credentials can be read. With
`instance backup`, and with the tools of the database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from project.tests.package.conftest import PASSWORD, Installed, Operator
from project.tests.package.documents import Machine, blocks
from project.tests.running import free_port
from rig.postgres import machine as postgres

pytestmark = pytest.mark.package

DATABASE = "lockstep_backup"
STOPPED, STARTED = "systemctl stop lockstep-web lockstep-worker", "systemctl start lockstep-web lockstep-worker"
IN_POSTGRESQL = {
    "--format=custom lockstep": f"--format=custom {DATABASE}",
    "--if-exists lockstep": f"--if-exists {DATABASE}",
    "--owner=lockstep --encoding=UTF8 --template=template0 lockstep": f"--template=template0 {DATABASE}",
    "--dbname=lockstep": f"--dbname={DATABASE}",
}
"""The database of the test in the place of the operator's."""

OWN, TOOLS = "Back up", "With the tools of the database"
BACKUPS = {OWN: "var/backups/lockstep", TOOLS: "var/backups/lockstep-tools"}

ANOTHER_ACCOUNT = ("user", "add", "grace", "--password-stdin")


def furnish(machine: Machine) -> Machine:
    """An administrator, and an environment whose password is stored and whose server is down."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    stored = ("--username", "robot", "--no-check", "--password-stdin")
    machine.lockstep("migrate", "--verbosity", "0")
    machine.lockstep("create_admin", "ada", "--password-stdin", stdin=f"{PASSWORD}\n")
    machine.lockstep("environment", "add", "prod", nowhere, *stored, stdin="secret-of-the-robot\n")
    return machine


@pytest.fixture(scope="module")
def original(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("original")
    return furnish(Machine(Operator(installed, place / "home"), place / "machine")).data


@pytest.fixture
def machine(original: Path, operator: Operator, tmp_path: Path) -> Machine:
    found = Machine(operator, tmp_path / "machine")
    shutil.copytree(original, found.data, dirs_exist_ok=True)
    return found


@pytest.fixture
def with_postgresql(operator: Operator, tmp_path: Path) -> Iterator[Machine]:
    if (why := postgres.refusal()) and os.environ.get("CI") != "true":
        pytest.skip(why)
    with postgres.own_database(postgres.url(), DATABASE) as address:
        server = urlsplit(address)
        found = {"PGHOST": server.hostname or "", "PGPORT": str(server.port), "PGUSER": server.username or ""}
        found["PGPASSWORD"] = server.password or ""
        yield furnish(Machine(operator, tmp_path / "machine", DATABASE_URL=address, **found))


def adapted(machine: Machine, script: str) -> str:
    """With the database of the test, or without the lines that the document says to leave out for SQLite."""
    if "DATABASE_URL" not in machine.variables:
        return "".join(line for line in script.splitlines(keepends=True) if not line.startswith("runuser "))
    for written, meant in IN_POSTGRESQL.items():
        script = script.replace(written, meant)
    return script


def back_up(machine: Machine, way: str) -> Path:
    done = machine.run(adapted(machine, blocks("backup.md", way)[0]))
    assert done.returncode == 0, done.stderr
    return machine.place / BACKUPS[way]


def restore(machine: Machine, way: str) -> str:
    """All of it; the check of the environment comes last, and its server is down."""
    if way == OWN:
        looked, act = blocks("backup.md", "Restore")
        script = looked + act
        assert script.endswith("\nlockstep environment check prod\n")
    else:
        script = f"backup=/{BACKUPS[TOOLS]}\n{blocks('backup.md', TOOLS)[1]}lockstep environment check prod\n"
    done = machine.run(adapted(machine, script))
    assert done.returncode == 1, done.stderr
    return done.stdout + done.stderr


def is_restored(machine: Machine, way: str) -> bool:
    """Back up, change something, restore: the change is gone, the audit holds, the credential can be used."""
    backup = back_up(machine, way)
    assert {oct(path.stat().st_mode & 0o077) for path in (backup, *backup.iterdir())} == {"0o0"}
    machine.lockstep(*ANOTHER_ACCOUNT, stdin=f"{PASSWORD}\n")
    told = restore(machine, way)
    assert machine.acts() == ([STOPPED, STARTED] if way == OWN else [STOPPED, STARTED] * 2)
    assert "cannot be reached: the connection was refused" in told
    return "grace" not in machine.lockstep("user", "list").stdout


@pytest.mark.parametrize("way", [OWN, TOOLS])
def test_the_documented_restore_brings_back_sqlite(machine, way):
    assert is_restored(machine, way)


@pytest.mark.parametrize("way", [OWN, TOOLS])
def test_the_documented_restore_brings_back_postgresql(with_postgresql, way):
    assert is_restored(with_postgresql, way)


def test_a_database_older_than_its_data_directory_is_found_and_can_be_accepted(machine):
    back_up(machine, TOOLS)
    machine.lockstep(*ANOTHER_ACCOUNT, stdin=f"{PASSWORD}\n")
    head = (machine.data / "audit_head").read_bytes()
    restore(machine, TOOLS)
    (machine.data / "audit_head").write_bytes(head)
    refused = machine.run("lockstep audit verify")
    assert (refused.returncode, "missing at the end" in refused.stdout + refused.stderr) == (1, True)
    accepted = machine.run(f"{blocks('backup.md', TOOLS)[2]}lockstep audit verify")
    assert accepted.returncode == 0, accepted.stderr


def test_a_credential_cannot_be_read_with_the_key_of_another_installation(machine, operator, tmp_path):
    other = Machine(operator, tmp_path / "other")
    other.lockstep("check")
    shutil.copy(other.data / "encryption_key", machine.data / "encryption_key")
    refused = machine.run("lockstep environment check prod")
    assert "cannot be decrypted with the current encryption key" in refused.stdout + refused.stderr
