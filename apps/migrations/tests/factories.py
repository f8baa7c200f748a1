"""Two environments with recorded content behind them, for tests of whole migrations."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

from apps.environments.models import Environment
from apps.environments.tests.factories import Servers, make_environment
from apps.migrations.models import Migration
from apps.migrations.services.execution import apply_plan, roll_back
from apps.migrations.services.planning import create_plan
from apps.superset.errors import ServerFault
from apps.superset.protocol import Silent
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
    """Takes the first import and fails at once afterwards."""

    def _import(self, bundle):
        super()._import(bundle)
        raise ServerFault("it broke", environment="prod")


class Unstable(FakeSuperset):
    """Breaks in a way that nobody announced."""

    def import_assets(self, bundle):
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
        created = create_plan(actor=self.author, source=self.source, target=self.target, **(values | changes))
        assert created.migration
        return created.migration

    def apply(self, migration: Migration) -> Any:
        return apply_plan(actor=self.author, migration=migration, reporter=Silent())

    def roll_back(self, migration: Migration) -> Any:
        return roll_back(actor=self.author, migration=migration, reporter=Silent())

    def rename_in_dev(self, title: str) -> None:
        self.dev.document(BIRTHS)["dashboard_title"] = title

    def state_of_prod(self) -> Any:
        return copy.deepcopy((self.prod.documents, self.prod.members))
