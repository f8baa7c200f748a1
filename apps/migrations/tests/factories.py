"""Two environments with recorded content behind them, for tests of whole migrations."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

from apps.environments.models import Environment
from apps.environments.tests.factories import Servers, make_environment
from apps.migrations.models import Migration
from apps.migrations.services.execution import apply_migration, rollback_migration
from apps.migrations.services.planning import plan_migration
from apps.superset.bundle.bundle import read_bundle
from apps.superset.errors import OutcomeUnknown, ServerFault
from apps.superset.protocol import EVERYTHING, Silent
from apps.superset.selection import Selection
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, World
from apps.users.models import User

PAIR = "examples=warehouse"


def dead_pid() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


class Forgetful(FakeSuperset):
    """Loses the title of what it imports."""

    def _import_dashboard(self, document):
        super()._import_dashboard(document)
        document["dashboard_title"] = "lost"


class Failing(FakeSuperset):
    """Carries an import out, and fails at whatever is asked afterwards."""

    def import_bundle(self, endpoint, bundle):
        super().import_bundle(endpoint, bundle)
        self.broke = True

    def list_rows(self, resource, columns, *, where=EVERYTHING):
        if self.__dict__.pop("broke", False):
            raise ServerFault("it broke", environment="prod")
        return super().list_rows(resource, columns, where=where)


class Silenced(FakeSuperset):
    """Takes an import and never answers; whether and when it carries it out is up to the test."""

    def import_bundle(self, endpoint, bundle):
        self.arrived("assets/import")
        self.held = bundle
        raise OutcomeUnknown("no response within 300 s", environment="prod")


def commit(server: FakeSuperset) -> None:
    """What it was sent, late but all the same."""
    server._import(read_bundle(server.held))  # type: ignore[attr-defined]


class Unstable(FakeSuperset):
    """Breaks in a way that nobody announced."""

    def import_bundle(self, endpoint, bundle):
        raise ZeroDivisionError


class Stage:
    """“dev” with one recorded dashboard, “prod” with a connection only, and an author who moves it."""

    def __init__(self, author: User, patch: Any) -> None:
        world = World(BIRTHS)
        self.dev, self.prod = world.dev, world.prod
        self.servers = Servers(dev=self.dev, prod=self.prod).install(patch)
        self.author = author
        self.source: Environment = make_environment("dev")
        self.target: Environment = make_environment("prod")

    def plan(self, **changes: Any) -> Migration:
        values: dict[str, Any] = {"selection": Selection(("births",)), "database_pairs": [PAIR], "reporter": Silent()}
        created = plan_migration(actor=self.author, source=self.source, target=self.target, **(values | changes))
        assert created.migration
        return created.migration

    def apply(self, migration: Migration) -> Any:
        return apply_migration(actor=self.author, migration=migration, reporter=Silent())

    def rollback(self, migration: Migration, **choice: Any) -> Any:
        return rollback_migration(actor=self.author, migration=migration, reporter=Silent(), **choice)

    def rename_in_dev(self, title: str) -> None:
        self.dev.document(BIRTHS)["dashboard_title"] = title

    def state_of_prod(self) -> Any:
        return copy.deepcopy((self.prod.documents, self.prod.members))
