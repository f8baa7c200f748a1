"""The fixture of the real-server tests: two Supersets, a Lockstep over them, and its commands."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rig.check.checker import Comparison, compare
from rig.check.exports import Ids
from rig.check.rest import Superset
from rig.lockstep import Lockstep
from rig.servers.examples import EXAMPLES, EXAMPLES_UUID
from rig.servers.instances import Instance
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID, Pair

MAPPING = f"{EXAMPLES}={WAREHOUSE}"

SALES = "04f79081-fb49-7bac-7f14-cc76cd2ad93b"
BIRTHS = "02543e07-662c-46be-bb04-fe5afbe1a86c"
MISC = "b388a396-cbca-4299-a443-3e41e870e2c2"

READS = {("POST", "/api/v1/security/login"), ("POST", "/api/v1/security/refresh")}
WRITTEN = 0.3
"""Seconds until a request is in the access log: its line is written after the response."""

LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<path>[^ ?"]+)\S* HTTP/[\d.]+" (?P<status>\d+)')

Request = tuple[str, str]
"""(method, path) of a request that reached a server."""


class AccessLog:
    """Requests to a server since this was created."""

    def __init__(self, server: Instance) -> None:
        time.sleep(WRITTEN)
        self._path = server.access_log
        self._from = self._path.stat().st_size

    def requests(self) -> list[Request]:
        time.sleep(WRITTEN)
        with self._path.open() as stream:
            stream.seek(self._from)
            found = (LINE.search(line) for line in stream)
            return [(match["method"], match["path"]) for match in found if match]

    def writes(self) -> list[Request]:
        """All requests except reads and sign-ins."""
        return [request for request in self.requests() if request[0] != "GET" and request not in READS]


@dataclass(frozen=True)
class CommandResult:
    """Exit code and output of a command; `document` is its JSON."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    def changes(self, *actions: str) -> dict[str, dict[str, Any]]:
        """The plan's changes of these kinds by the asset's name."""
        changes = self.document["plan"]["changes"]
        return {change["name"]: change for change in changes if change["action"] in actions}

    @property
    def sentence(self) -> str:
        """The sentence of a refusal: the last line of standard error, after the progress."""
        assert self.code == 1, self
        assert "Traceback" not in self.stderr, self
        last = self.stderr.strip().splitlines()[-1]
        assert len(last) < 5000, last
        return last

    @property
    def migration(self) -> int:
        return int(self.document["migration"]["id"])


class World:
    """Two servers with their logs, and the commands of Lockstep."""

    def __init__(self, pair: Pair, lockstep: Lockstep) -> None:
        self.pair = pair
        self.lockstep = lockstep
        self.dev = Superset(pair.dev.url)
        self.prod = Superset(pair.prod.url)

    # --- Lockstep's commands

    def run(self, *arguments: str, stdin: str = "") -> CommandResult:
        done: subprocess.CompletedProcess[str] = self.lockstep.run(*arguments, stdin=stdin)
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def register(self, name: str, url: str, *options: str, password: str = "admin") -> CommandResult:
        arguments = ("environment", "add", name, url, "--username", "admin", "--password-stdin", *options)
        return self.run(*arguments, stdin=password)

    def plan(
        self, *dashboards: str, source: str = "dev", target: str = "prod", mapping: str | None = MAPPING
    ) -> CommandResult:
        chosen = [word for name in dashboards for word in ("--dashboard", name)] or ["--all"]
        mapped = ["--map-database", mapping] if mapping else []
        return self.run("migration", "plan", source, target, *chosen, *mapped, "--format", "json")

    def apply(self, migration: int, *options: str) -> CommandResult:
        return self.run("migration", "apply", str(migration), "--yes", "--format", "json", *options)

    def roll_back(self, migration: int, *options: str) -> CommandResult:
        return self.run("migration", "rollback", str(migration), "--yes", "--format", "json", *options)

    def migrate(self, *dashboards: str, mapping: str | None = MAPPING) -> int:
        """Plan and apply, which both must succeed; the number of the migration."""
        planned = self.plan(*dashboards, mapping=mapping)
        assert planned.code == 2, planned
        applied = self.apply(planned.migration)
        assert applied.code == 0, applied
        return planned.migration

    # --- the servers

    def check(self, *dashboards: str) -> Comparison:
        """The independent comparison of these dashboards, or of all that dev has."""
        uuids = dashboards or tuple(Ids.of(self.dev).uuid_by_id["dashboard"].values())
        databases = {EXAMPLES_UUID: WAREHOUSE_UUID}
        return compare(self.dev, self.prod, uuids, databases=databases, into=self.pair.prod.release)

    def logs(self) -> tuple[AccessLog, AccessLog]:
        return AccessLog(self.pair.dev), AccessLog(self.pair.prod)


def find(server: Superset, resource: str, **wanted: object) -> int:
    """The number of the only asset with these columns."""
    found = [
        row["id"]
        for row in server.rows(resource, "id", *wanted)
        if all(row[name] == value for name, value in wanted.items())
    ]
    assert len(found) == 1, f"{resource} {wanted}: {len(found)} found"
    return int(found[0])


def edit_json(server: Superset, resource: str, pk: int, name: str, change: Callable[[Any], None]) -> None:
    """Change a field that holds JSON as text, in place."""
    value = json.loads(server.one(resource, pk)[name])
    change(value)
    server.update(resource, pk, {name: json.dumps(value)})
