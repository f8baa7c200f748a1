"""A migration of nine dashboards: by Lockstep, by raw requests, by preset-cli. Needs Lockstep's settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import yaml

from apps.environments.services.lookup import get_environment
from apps.migrations.models import Migration
from apps.migrations.services.execution import apply_migration
from apps.migrations.services.planning import plan_migration
from apps.superset.bundle.bundle import read_bundle
from apps.superset.protocol import Silent
from apps.superset.selection import Selection
from apps.users.services.actor import acting_user
from rig.bench.comparison import raw
from rig.bench.comparison.goals import (
    AGAIN,
    APPLY,
    OURS,
    PARSE,
    PLAN,
    PLAN_NEW,
    PRESET,
    RAW_BOTH,
    RAW_DEV,
    RAW_IMPORT,
    READ,
    REPLAY,
)
from rig.bench.comparison.raw import session
from rig.bench.comparison.recording import recording
from rig.bench.stopwatch import Stopwatch
from rig.check.checker import compare
from rig.check.exports import Ids
from rig.check.rest import Superset
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID, Pair

EXAMPLES_UUID = "a2dc77af-e654-49bb-b321-40f6b559a1ee"


class MigrationBench:
    """Each method measures one thing and leaves prod as the next one needs it."""

    def __init__(
        self, pair: Pair, lockstep: Lockstep, preset: raw.Preset | None, folder: Path, watch: Stopwatch
    ) -> None:
        self.pair, self.lockstep, self.preset, self.folder, self.watch = pair, lockstep, preset, folder, watch
        self.dev, self.prod = Superset(pair.dev.url), Superset(pair.prod.url)
        self.dashboards = Ids.of(self.dev).uuid_by_id["dashboard"]
        self.full = folder / "prod.db"

    def round(self) -> None:
        self.first_migration()
        self.replayed()
        self.both_full()
        self.bare()
        self.commands()
        if self.preset:
            self.preset_cli(self.preset)

    # --- Lockstep's functions

    def first_migration(self) -> None:
        """Plan and apply into an empty prod; stores the resulting prod and the sent requests."""
        self.pair.reset()
        raw.settle()
        with self.watch.timing(PLAN_NEW):
            migration = self._plan()
        raw.settle()
        with recording() as self.sent, self.watch.timing(APPLY):
            self._apply(migration)
        result = compare(self.dev, self.prod, self.dashboards.values(), databases={EXAMPLES_UUID: WAREHOUSE_UUID})
        if not result.equal:
            raise RigError(f"The measured migration is incomplete: {result.summary()}")
        self.pair.prod.save(self.full)

    def both_full(self) -> None:
        self.pair.prod.restore(self.full)
        raw.settle()
        with self.watch.timing(AGAIN):
            assert self._plan() is None
        chart = self.dev.rows("chart", "id", "slice_name")[0]
        self.dev.update("chart", chart["id"], {"description": "changed"})
        raw.settle()
        with self.watch.timing(PLAN):
            assert self._plan() is not None
        self.pair.dev.restore(self.pair.dev.fresh)

    def _plan(self) -> Migration | None:
        created = plan_migration(
            actor=acting_user(username=None),
            source=get_environment("dev"),
            target=get_environment("prod"),
            selection=Selection((), everything=True),
            database_pairs=[f"examples={WAREHOUSE}"],
            reporter=Silent(),
        )
        return created.migration

    def _apply(self, migration: Migration | None) -> None:
        assert migration is not None
        apply_migration(actor=acting_user(username=None), migration=migration, reporter=Silent())

    # --- without Lockstep

    def replayed(self) -> None:
        """Send the requests of apply again, into an empty prod."""
        self.pair.prod.restore(self.pair.prod.fresh)
        raw.settle()
        with self.watch.timing(REPLAY), session(self.pair.prod.url) as prod:
            prod.replay(self.sent)

    def bare(self) -> None:
        self.pair.prod.restore(self.full)
        raw.settle()
        with self.watch.timing(RAW_BOTH):
            for server in self.pair.both:
                with session(server.url) as bare:
                    bare.export_dashboards()
                    self._ask_around(bare, self.dashboards if server is self.pair.dev else ())
        with self.watch.timing(RAW_DEV), session(self.pair.dev.url) as dev:
            exported = dev.export_dashboards()
        self.read(exported)
        self.pair.prod.restore(self.pair.prod.fresh)
        raw.settle()
        with self.watch.timing(RAW_IMPORT), session(self.pair.dev.url) as dev, session(self.pair.prod.url) as prod:
            prod.import_assets(raw.mapped(dev.export_dashboards(), WAREHOUSE_UUID))

    def _ask_around(self, bare: raw.Session, dashboards: Iterable[int]) -> None:
        """Further reads of a plan: account, alerts and reports, embedding of dashboards."""
        bare.ask("/api/v1/me/roles/")
        bare.ask("/api/v1/report/?q=(page_size:100)")
        for number in dashboards:
            bare.ask(f"/api/v1/dashboard/{number}/embedded")

    def read(self, exported: bytes) -> None:
        """The checks against hostile bundles must not cost more than the parsing itself."""
        with ZipFile(BytesIO(exported)) as archive:
            texts = [archive.read(name) for name in archive.namelist()]
        with self.watch.timing(PARSE):
            for text in texts:
                yaml.load(text, yaml.CSafeLoader)
        with self.watch.timing(READ):
            read_bundle(exported)

    # --- commands

    def commands(self) -> None:
        self.pair.prod.restore(self.pair.prod.fresh)
        raw.settle()
        with self.watch.timing(OURS):
            arguments = ("migration", "plan", "dev", "prod", "--all", "--map-database", f"examples={WAREHOUSE}")
            planned = self.lockstep.run(*arguments, "--format", "json")
            number = str(json.loads(planned.stdout)["migration"]["id"])
            self.lockstep.check_output("migration", "apply", number, "--yes")

    def preset_cli(self, preset: raw.Preset) -> None:
        self.pair.prod.restore(self.pair.prod.fresh)
        folder = self.folder / "preset"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        raw.settle()
        with self.watch.timing(PRESET):
            preset.export(self.pair.dev.url, self.dashboards, folder)
            raw.remap(folder, WAREHOUSE_UUID, WAREHOUSE, self.pair.prod.tables_uri)
            preset.load(self.pair.prod.url, folder)
