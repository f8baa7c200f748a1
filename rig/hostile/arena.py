"""Where attacks run: two real Supersets behind gateways, and installations of Lockstep in a known state.

Each state is prepared once and then copied in a fraction of a second: Lockstep's data directory (or its database on
PostgreSQL), and the metadata of the target.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rig.check.exports import Key
from rig.check.rest import Superset
from rig.hostile import furnishing
from rig.hostile.gateway.gateway import Gateway
from rig.hostile.installations import Installations, planned, register
from rig.hostile.judge.held import held
from rig.hostile.library import check as check_library
from rig.hostile.library import furnish as furnish_library
from rig.hostile.trial import PASSWORD, Trial
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.configuration import write_configuration
from rig.servers.instances import Instance
from rig.servers.pair import Pair
from rig.servers.releases import NEWEST

SALES, BIRTHS = furnishing.SALES, furnishing.BIRTHS
FLAGS = ("ALERT_REPORTS", "DASHBOARD_RBAC", "EMBEDDED_SUPERSET")


@dataclass(frozen=True)
class Servers:
    """The release of both, and the features that are on beside the usual ones."""

    release: str = NEWEST
    features: tuple[str, ...] = ()


SERVERS = {
    "": Servers(),
    "tags": Servers(features=("TAGGING_SYSTEM",)),
    "4.1": Servers("4.1.4", ("TAGGING_SYSTEM",)),
    "5.0": Servers("5.0.0", ("TAGGING_SYSTEM",)),
}


@dataclass(frozen=True)
class State:
    """A starting point: Lockstep, the metadata of the target, and a migration of these dashboards, if any."""

    lockstep: Lockstep
    prod: Path
    before: Path
    """The metadata of the target as a rollback has to leave it."""

    migration: int
    dashboards: tuple[str, ...]
    touched: dict[int, set[Key]] = field(default_factory=dict)
    """What each migration creates or changes, cached."""

    dev: Path | None = None
    """The metadata of the source, where they are not the initial ones."""

    planned: Mapping[str, Any] = field(default_factory=dict)
    """What the target holds once the migration is applied, by `judge.held`."""


class Arena:
    """Runs one attack at a time."""

    def __init__(self, folder: Path, server: str = "", servers: str = "") -> None:
        self.folder, self.server, self.servers = folder, server, SERVERS[servers]
        self._numbers = itertools.count()
        self._states: dict[str, State] = {}
        self._stack = ExitStack()
        self.installations = Installations(folder, server, self._stack)
        dev_port, prod_port = free_ports(2)
        release = self.servers.release
        self.pair = Pair(folder, dev_port=dev_port, prod_port=prod_port, dev_release=release, prod_release=release)

    def __enter__(self) -> Arena:
        self._stack.callback(self.pair.wipe, Progress())
        for instance in self.pair.both:
            _configure(instance, (*FLAGS, *self.servers.features))
        self.pair.up(Progress())
        self._sign_in()
        self.to_dev, self.to_prod = Gateway(self.pair.dev.url), Gateway(self.pair.prod.url)
        self._stack.callback(self.to_prod.close)
        self._stack.callback(self.to_dev.close)
        return self

    def _sign_in(self) -> None:
        self.dev, self.prod = Superset(self.pair.dev.url), Superset(self.pair.prod.url)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- states

    def state(self, name: str) -> State:
        if name not in self._states:
            self._states[name] = MADE[name](self)
        return self._states[name]

    @contextmanager
    def trial(self, name: str) -> Iterator[Trial]:
        """A trial in that state, with gateways without rules."""
        state = self.state(name)
        self.to_dev.clear()
        self.to_prod.clear()
        if any(server.process() is None for server in self.pair.both):  # an attack has left it so
            self.pair.up(Progress())
        self.pair.reset()
        self.pair.prod.restore(state.before)
        if state.dev:
            self.pair.dev.restore(state.dev)
        self._sign_in()  # a token is valid for 15 minutes
        trial = Trial(self.installations.copy(state.lockstep), self.dev, self.prod, self.to_dev, self.to_prod)
        trial.migration, trial.dashboards = state.migration, state.dashboards
        trial.put_target = lambda name: self.pair.prod.restore(self.state(name).prod)
        trial.known_plans = state.touched if state.migration else {}
        trial.sql = self.sql
        trial.planned, trial.source, trial.server = state.planned, self.pair.dev, self.pair.prod
        trial.target.remember()
        if state.prod != state.before:
            self.pair.prod.restore(state.prod)
        try:
            yield trial
        finally:
            self.to_dev.clear()
            self.to_prod.clear()
            trial.close()
            self.installations.drop(trial.lockstep)

    def sql(self, where: str, sql: str, *values: object) -> None:
        """Execute SQL in the metadata of a server, for content of old releases and other tools."""
        path = (self.pair.dev if where == "dev" else self.pair.prod).database
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(sql, values)

    def saved(self, where: str = "prod") -> Path:
        """A copy of the metadata of a server, the target if not named."""
        path = self.folder / f"{where}-{next(self._numbers)}.db"
        (self.pair.dev if where == "dev" else self.pair.prod).save(path)
        return path


def _configure(instance: Instance, features: Iterable[str]) -> None:
    """Enable alerts, dashboard roles and embedding, which are off by default."""
    instance.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = write_configuration(instance.folder, name=instance.name)
    path.write_text(f"{path.read_text()}\nFEATURE_FLAGS = {dict.fromkeys(features, True)!r}\n")


# --- states


def _registered(arena: Arena) -> State:
    arena.pair.reset()
    lockstep = arena.installations.new()
    lockstep.check_output("migrate", "--verbosity", "0")
    lockstep.check_output("create_admin", "ada", "--password-stdin", stdin=PASSWORD)
    register(lockstep, "dev", arena.to_dev.url, "--tier", "dev")
    register(lockstep, "prod", arena.to_prod.url, "--tier", "prod")
    saved = arena.saved()
    return State(lockstep, saved, saved, 0, ())


def _planned(arena: Arena) -> State:
    """An empty target, and a plan for one dashboard."""
    base = arena.state("registered")
    arena.pair.reset()
    lockstep = arena.installations.copy(base.lockstep)
    return State(lockstep, base.prod, base.prod, planned(lockstep, BIRTHS), (BIRTHS,))


def _mixed(arena: Arena) -> State:
    """A plan of two dashboards for a target that has one of them, with an edited chart: creates and updates."""
    applied = arena.state("applied")
    arena.pair.reset()
    arena.pair.prod.restore(applied.prod)
    girls = next(row["id"] for row in arena.prod.rows("chart", "id", "slice_name") if row["slice_name"] == "Girls")
    arena.prod.update("chart", girls, {"slice_name": "Edited in prod"})
    saved = arena.saved()
    lockstep = arena.installations.copy(applied.lockstep)
    return State(lockstep, saved, saved, planned(lockstep, BIRTHS, SALES), (BIRTHS, SALES))


def _applied(arena: Arena) -> State:
    """One dashboard was migrated to an empty target."""
    base = arena.state("planned")
    arena.pair.reset()
    lockstep = arena.installations.copy(base.lockstep)
    lockstep.check_output("migration", "apply", str(base.migration), "--yes")
    return State(lockstep, arena.saved(), base.prod, base.migration, base.dashboards)


def _applied_over(arena: Arena) -> State:
    """Two dashboards were migrated: one created, one overwritten."""
    base = arena.state("mixed")
    arena.pair.reset()
    arena.pair.prod.restore(base.prod)
    lockstep = arena.installations.copy(base.lockstep)
    lockstep.check_output("migration", "apply", str(base.migration), "--yes")
    return State(lockstep, arena.saved(), base.prod, base.migration, base.dashboards)


def _carried(arena: Arena, *, library: bool = False) -> State:
    """A plan with all that can be carried: one dashboard of the target is overwritten, and one is created. With a
    `library`, themes, templates, queries, reports and layers are among it."""
    base = arena.state("registered")
    arena.pair.reset()
    lockstep = arena.installations.copy(base.lockstep)
    furnishing.staff(arena.sql, "dev")
    furnishing.staff(arena.sql, "prod", "zoe", "kim")
    first = planned(lockstep, SALES)
    lockstep.check_output("migration", "apply", str(first), "--yes")
    furnishing.furnish_target(arena.prod)
    furnishing.furnish_source(arena.dev)
    if library:
        furnish_library(arena.dev)
    before, dev = arena.saved(), arena.saved("dev")
    migration = planned(lockstep, SALES, BIRTHS, carry="all")
    trying = arena.installations.copy(lockstep)
    trying.check_output("migration", "apply", str(migration), "--yes")
    after = held(arena.prod)
    furnishing.check(after)
    if library:
        check_library(after)
    arena.installations.drop(trying)
    return State(lockstep, before, before, migration, (SALES, BIRTHS), dev=dev, planned=after)


MADE: dict[str, Callable[[Arena], State]] = {
    "registered": _registered,
    "planned": _planned,
    "applied": _applied,
    "mixed": _mixed,
    "applied over": _applied_over,
    "carried": _carried,
    "library": partial(_carried, library=True),
}
