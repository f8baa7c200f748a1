"""Installations of Lockstep for attacks: new ones and copies, each with a data directory and a database of its own."""

from __future__ import annotations

import itertools
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from rig.hostile.trial import MAPPING
from rig.lockstep import Lockstep
from rig.postgres.machine import own_database
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD

BOUNDS = {"LOCKSTEP_OUTCOME_WAIT": "4", "LOCKSTEP_LATE_WRITES": "300"}
"""Seconds, shorter than the defaults, so that an attack sees what happens after them."""


class Installations:
    """In this folder; on PostgreSQL, their databases are on this server. The stack removes what is left of those."""

    def __init__(self, folder: Path, server: str, stack: ExitStack) -> None:
        self._folder, self._server, self._stack = folder, server, stack
        self._numbers = itertools.count()
        self._databases: dict[str, ExitStack] = {}

    def new(self) -> Lockstep:
        number = next(self._numbers)
        return _bounded(Lockstep(self._folder / f"lockstep-{number}", database_url=self._database(number)))

    def copy(self, original: Lockstep) -> Lockstep:
        number = next(self._numbers)
        shutil.copytree(original.data, self._folder / f"lockstep-{number}")
        url = self._database(number, original.database_url)
        return _bounded(Lockstep(self._folder / f"lockstep-{number}", database_url=url))

    def _database(self, number: int, original: str = "") -> str:
        """The URL of a new database on PostgreSQL; empty on SQLite, which is in the data directory."""
        if not self._server:
            return ""
        stack = ExitStack()
        name = f"lockstep_hostile_{os.getpid()}_{id(self) % 9973}_{number}"
        url = stack.enter_context(own_database(self._server, name, like=original))
        self._databases[url] = stack
        self._stack.push(stack)
        return url

    def drop(self, lockstep: Lockstep) -> None:
        """Remove an installation."""
        shutil.rmtree(lockstep.data, ignore_errors=True)
        if stack := self._databases.pop(lockstep.database_url, None):
            stack.close()


def _bounded(lockstep: Lockstep) -> Lockstep:
    lockstep.environment |= BOUNDS
    return lockstep


def register(lockstep: Lockstep, name: str, url: str, *options: str) -> None:
    arguments = ("environment", "add", name, url, "--username", ADMIN, "--password-stdin", *options)
    lockstep.check_output(*arguments, stdin=ADMIN_PASSWORD)


def planned(lockstep: Lockstep, *dashboards: str, carry: str = "") -> int:
    """Plan a migration; its number."""
    chosen = [*(word for each in dashboards for word in ("--dashboard", each)), *(("--carry", carry) if carry else ())]
    result = lockstep.run("migration", "plan", "dev", "prod", *chosen, "--map-database", MAPPING)
    if result.returncode != 2:
        raise RuntimeError(f"no plan: {result.stdout} {result.stderr}")
    return int(lockstep.json("migration", "list")[0]["id"])
