"""Sign-in through a directory (LDAP), on a real Superset that is bound to a real slapd."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from project.tests.real.world import BIRTHS, EXAMPLES, SALES, CommandResult, World
from rig import paths
from rig.check.rest import Superset
from rig.ports import free_ports
from rig.servers.configuration import write_configuration
from rig.servers.directory import directory, program
from rig.servers.instances import Instance
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID, Pair

API_KEYS = """
FAB_API_KEY_ENABLED = True
FEATURE_FLAGS = {"FAB_API_KEY_ENABLED": True}
"""
NAME, PASSWORD = "lena", "known to the directory alone"


@pytest.fixture(scope="module")
def bound(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A Superset whose users are those of a directory, with the tables of prod."""
    if not program():
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs slapd and python3-ldap, which .ci/run installs")
        pytest.skip("there is no slapd with python-ldap here: apt-get install slapd python3-ldap")
    folder = tmp_path_factory.mktemp("directory")
    slapd, superset = free_ports(2)
    server = Instance("directory", folder / "superset", superset)
    with directory(folder / "slapd", slapd, {NAME: PASSWORD}) as people:
        server.prepare(paths.template() / "bare.db")
        server.put_tables(paths.template() / "examples.db")
        with write_configuration(server.folder, name=server.name).open("a") as settings:
            settings.write(people.settings + API_KEYS)
        initialise(server)
        try:
            server.start(paths.superset_venv())
            server.wait_ready()
            yield server
        finally:
            server.stop()


def register(world: World, url: str, provider: str, password: str = PASSWORD) -> CommandResult:
    options = ("--username", NAME, "--provider", provider, "--password-stdin", "--tier", "prod")
    return world.run("environment", "add", "directory", url, *options, stdin=password)


def initialise(server: Instance) -> None:
    """Give administrators the permissions of what the settings have added: API keys."""
    settings = {"SUPERSET_CONFIG_PATH": str(server.folder / "superset_config.py"), "SUPERSET_HOME": str(server.folder)}
    command = [
        str(paths.superset_venv() / "bin/python"),
        "-c",
        "from superset.cli.main import superset; superset()",
        "init",
    ]
    subprocess.run(command, env={**paths.environment(), **settings}, check=True, capture_output=True)


def warehouse(server: Instance) -> dict[str, str]:
    return {"database_name": WAREHOUSE, "uuid": WAREHOUSE_UUID, "sqlalchemy_uri": server.tables_uri}


def test_an_account_of_a_directory_migrates(world: World, bound: Instance) -> None:
    assert register(world, bound.url, "ldap").code == 0
    checked = world.run("environment", "check", "directory")
    assert checked.code == 0
    assert "a directory (LDAP); API key" in checked.stdout
    server = Superset(bound.url, username=NAME, password=PASSWORD, provider="ldap")
    server.create("database", warehouse(bound))

    planned = world.plan(SALES, target="directory")
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    assert world.plan(SALES, target="directory").code == 0


def test_what_the_directory_refuses_is_said_in_words(world: World, bound: Instance) -> None:
    assert "the user name or the password was refused" in register(world, bound.url, "ldap", "not that").sentence
    other_kind = register(world, bound.url, "db").sentence
    assert "checks passwords in a directory: set the provider to ldap" in other_kind


def test_a_server_that_has_no_directory_says_so(world: World) -> None:
    assert world.run("environment", "remove", "prod", "--yes").code == 0
    refused = register(world, world.pair.prod.url, "ldap").sentence
    assert "checks passwords in its own database: set the provider to db" in refused


def test_an_api_key_signs_in_where_the_server_offers_it(world: World, bound: Instance, tmp_path: Path) -> None:
    server = Superset(bound.url, username=NAME, password=PASSWORD, provider="ldap")
    key = server.post("security/api_keys/", {"name": "lockstep"})["result"]["key"]
    file = tmp_path / "key"
    file.write_text(key)
    added = world.run("environment", "add", "keyed", bound.url, "--token-file", str(file), "--tier", "prod")
    assert added.code == 0, added
    server.create("database", warehouse(bound) | {"uuid": str(uuid4()), "database_name": "by key"})
    planned = world.plan(BIRTHS, target="keyed", mapping=f"{EXAMPLES}=by key")
    assert planned.code == 2, planned
    assert world.apply(planned.migration).code == 0
