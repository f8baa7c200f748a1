"""What a start finds: who can still sign in, which environments there are, and how far the newest migration is."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from rig import paths
from rig.errors import RigError
from rig.lockstep import TIMEOUT, Lockstep
from rig.servers.pair import Pair

LOOK = "import sys, django; django.setup(); from rig.demo.look import show; show(*sys.argv[1:])"
ENDED = frozenset({"succeeded", "rolled back", "withdrawn"})


@dataclass(frozen=True)
class Environment:
    """One of the two as Lockstep knows it."""

    slug: str
    url: str
    enabled: bool = True
    protected: bool = False
    approvals_needed: int = 1


@dataclass(frozen=True)
class Migration:
    id: int
    status: str


@dataclass(frozen=True)
class Found:
    """The state of the demo; `people` holds what keeps each from their part, empty if nothing does; `frozen`, until
    when nothing is applied on the target."""

    people: dict[str, str]
    administrators: list[str]
    source: Environment | None
    target: Environment | None
    mapped: bool
    migrations: list[Migration]
    last_number: int
    frozen: str
    tasks: list[str]

    @property
    def open_migration(self) -> Migration | None:
        """The newest one that has not come to its end."""
        return next((each for each in self.migrations if each.status not in ENDED), None)

    @property
    def applied(self) -> Migration | None:
        """The newest one whose plan is on the target."""
        return next((each for each in self.migrations if each.status == "succeeded"), None)

    @classmethod
    def from_json(cls, text: str) -> Found:
        found: dict[str, Any] = json.loads(text)
        sides = {name: Environment(**found[name]) if found[name] else None for name in ("source", "target")}
        migrations = [Migration(**each) for each in found["migrations"]]
        return cls(**{**found, **sides, "migrations": migrations})


def look(lockstep: Lockstep, pair: Pair) -> Found:
    """Read Lockstep's database; RigError if that fails."""
    result = subprocess.run(
        [sys.executable, "-c", LOOK, pair.dev.url, pair.prod.url],
        capture_output=True,
        text=True,
        check=False,
        env={**lockstep.environment, "DJANGO_SETTINGS_MODULE": "project.settings"},
        cwd=paths.CHECKOUT,
        timeout=TIMEOUT,
    )
    if result.returncode:
        raise RigError(f"Lockstep's data in {lockstep.data} could not be read: {result.stderr.strip()[-500:]}")
    return Found.from_json(result.stdout)
