"""From the archive to a migrated dashboard between two Supersets, and through upgrades, without a network."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from project.tests.bundle.conftest import Maker
from project.tests.bundle.machine import PASSWORD, SITE, Machine
from project.tests.bundle.wheel import next_version
from rig.check.checker import compare
from rig.check.rest import Superset
from rig.ports import free_ports
from rig.postgres.machine import own_database
from rig.progress import Progress
from rig.servers.examples import EXAMPLES, EXAMPLES_UUID
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID, Pair

VERSION, NEXT, FAILING = "0.1.0", "0.2.0", "0.3.0"
SALES = "04f79081-fb49-7bac-7f14-cc76cd2ad93b"
SOCKET = "postgres://postgres@%2Fvar%2Frun%2Fpostgresql/postgres"
"""PostgreSQL by its socket, which a network namespace does not cut off."""


class Site(Machine):
    """A machine with Lockstep, and what the installer said the first and the second time."""

    def __init__(self, place: Path, bundle: Path, maker: Maker, database_url: str) -> None:
        super().__init__(place)
        self.database_url, self.trusted = database_url, maker.trusted
        options: list[str | Path] = [*maker.trusted, "--admin", "ada"]
        if database_url:
            noted = place / "database_url"
            noted.write_text(database_url)
            options += ["--database-url-file", noted]
        self.refused = self.install(bundle, *options, "--password-file", "-", stdin="short\n")
        self.running_without_administrator = self.is_running()
        self.installed = self.install(bundle, *options, "--password-file", self.password_file)

    def tables(self) -> list[str]:
        """The names of the table that only the next version has."""
        if self.database_url:
            with psycopg.connect(self.database_url) as connection:
                rows = connection.execute("SELECT tablename FROM pg_tables WHERE tablename = 'freezes_next'")
                return [name for (name,) in rows]
        file = self.root / "var/lib/lockstep/lockstep.sqlite3"
        with closing(sqlite3.connect(file)) as opened:
            found = opened.execute("SELECT name FROM sqlite_master WHERE name = 'freezes_next'")
            return [name for (name,) in found]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, bundle: Path, maker: Maker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with ExitStack() as stack:
        database = ""
        if request.param == "postgresql":
            try:
                name = f"lockstep_bundle_{os.getpid()}"
                database = stack.enter_context(own_database(SOCKET, name))
            except psycopg.OperationalError as error:
                if os.environ.get("CI") == "true":
                    raise
                pytest.skip(f"PostgreSQL is unreachable: {error}")
        found = Site(tmp_path_factory.mktemp("site") / "machine", bundle, maker, database)
        stack.callback(found.systemctl, "stop", "lockstep-web", "lockstep-worker")
        yield found


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    dev_port, prod_port = free_ports(2)
    made = Pair(tmp_path_factory.mktemp("servers"), dev_port=dev_port, prod_port=prod_port)
    try:
        made.up(Progress())
        yield made
    finally:
        made.wipe(Progress())


def test_a_refused_password_leaves_the_rest_for_the_next_run(site):
    assert site.refused.returncode == 1
    assert "This password is too short." in site.refused.stderr
    assert site.refused.stderr.endswith("put right what is said above, and run the same again.\n")
    assert not site.running_without_administrator


def test_it_is_installed_started_and_examined(site):
    done = site.installed
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installing the packages" not in done.stdout
    assert re.search(r"^ok +Workers ", done.stdout, re.MULTILINE), done.stdout
    assert f"Installed Lockstep {VERSION}.\nIt listens on http://127.0.0.1:{site.port}." in done.stdout
    assert done.stdout.endswith(f"sign in at https://{SITE}\n")
    assert "daemon-reload" in site.acts()
    assert site.is_running()
    assert site.version() == VERSION
    private = [site.root / "etc/lockstep/lockstep.env", *(site.root / "var/lib/lockstep").iterdir()]
    assert {oct(path.stat().st_mode & 0o077) for path in private} == {"0o0"}
    assert PASSWORD not in done.stdout + done.stderr


def test_a_second_run_changes_nothing_and_says_so(site, bundle):
    before = site.times()
    done = site.install(bundle, *site.trusted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Lockstep {VERSION} is installed already: nothing was changed." in done.stdout
    assert site.times() == before


def test_the_administrator_signs_in(site):
    told = site.session()
    assert told["user"]["username"] == "ada", told


def test_the_units_are_good_for_systemd(site):
    units = sorted((site.root / "etc/systemd/system").glob("*.service"))
    assert len(units) == 2
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_dashboard_is_migrated_between_two_supersets(site, pair):
    pair.reset()
    for server in pair.both:
        stored = ("--username", "admin", "--password-stdin", "--tier", server.name)
        site.lockstep("environment", "add", server.name, server.url, *stored, stdin="admin\n")
    mapped = ("--map-database", f"{EXAMPLES}={WAREHOUSE}")
    wrapper = site.root / "usr/local/sbin/lockstep"
    planned = site.run(wrapper, "migration", "plan", "dev", "prod", "--dashboard", SALES, *mapped, "--queue")
    assert planned.returncode == 2, planned.stdout + planned.stderr
    site.lockstep("migration", "apply", "1", "--yes", "--queue")
    databases = {EXAMPLES_UUID: WAREHOUSE_UUID}
    found = compare(Superset(pair.dev.url), Superset(pair.prod.url), [SALES], databases=databases)
    assert found.equal, found.differences


def test_a_failed_upgrade_goes_back_by_itself(site, maker, wheel, tmp_path):
    failing = maker.bundle(next_version(wheel, FAILING, tmp_path, fails=True))
    site.lockstep("user", "add", "before", "--password-stdin", stdin=f"{PASSWORD}\n")
    done = site.upgrade(failing, *site.trusted)
    assert done.returncode == 1, done.stdout
    assert "this schema migration fails" in done.stderr
    assert done.stderr.endswith(f"Not upgraded: Lockstep {VERSION} is used again, with everything that it had.\n")
    assert (site.version(), site.tables(), site.is_running()) == (VERSION, [], True)
    assert not (site.root / "opt/lockstep/releases" / FAILING).exists()
    assert "before" in site.lockstep("user", "list")
    assert site.lockstep("--version") == f"Lockstep {VERSION}\n"
    assert site.session()["user"]["username"] == "ada"
    site.lockstep("audit", "verify")


def test_an_upgrade_keeps_everything_and_can_be_taken_back(site, maker, wheel, bundle, tmp_path):
    newer = maker.bundle(next_version(wheel, NEXT, tmp_path))
    done = site.upgrade(newer, *site.trusted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Upgraded Lockstep from {VERSION} to {NEXT}." in done.stdout
    assert (site.version(), site.tables(), site.is_running()) == (NEXT, ["freezes_next"], True)
    assert site.session()["user"]["username"] == "ada"
    again = site.upgrade(newer, *site.trusted)
    assert again.returncode == 0
    assert again.stdout.endswith(f"\nLockstep {NEXT} is installed already: nothing was changed.\n")
    older = site.upgrade(bundle, *site.trusted)
    assert (older.returncode, f"Lockstep {NEXT} is newer than this bundle ({VERSION})." in older.stderr) == (1, True)

    site.lockstep("user", "add", "after", "--password-stdin", stdin=f"{PASSWORD}\n")
    asked = site.upgrade(newer, *site.trusted, "--back")
    assert (asked.returncode, "Add --yes to do it." in asked.stderr, site.version()) == (1, True, NEXT)
    back = site.upgrade(newer, *site.trusted, "--back", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (site.version(), site.tables(), site.is_running()) == (VERSION, [], True)
    assert "after" not in site.lockstep("user", "list")
    site.lockstep("audit", "verify")
    backups = list((site.root / "var/backups/lockstep").iterdir())
    assert {oct(path.stat().st_mode & 0o077) for path in backups} == {"0o0"}
