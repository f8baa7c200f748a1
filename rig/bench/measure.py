"""The measurements of `python -m rig.bench`, in a process of their own with Lockstep's settings.

    LOCKSTEP_DATA_DIR=… DJANGO_SETTINGS_MODULE=project.settings python -m rig.bench.measure FOLDER DEV PROD PART

All contenders run in turn, in several rounds, on the same two servers. Times of Lockstep's functions exclude the start
of a process, as in a worker; times of its commands include it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import django
import yaml

django.setup()

from apps.catalogue.models import CatalogueAsset, CatalogueSync  # noqa: E402
from apps.catalogue.services.sync import Synced, sync_catalogue  # noqa: E402
from apps.environments.connections import open_client  # noqa: E402
from apps.environments.services.lookup import get_environment  # noqa: E402
from apps.migrations.models import Migration  # noqa: E402
from apps.migrations.services.execution import apply_migration  # noqa: E402
from apps.migrations.services.planning import plan_migration  # noqa: E402
from apps.superset.bundle.bundle import read_bundle  # noqa: E402
from apps.superset.http.responses import Response  # noqa: E402
from apps.superset.http.transport import Call, Transport  # noqa: E402
from apps.superset.protocol import Silent  # noqa: E402
from apps.superset.selection import Selection  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402
from rig.bench import footprint, load, raw, users  # noqa: E402
from rig.bench.footprint import Footprint  # noqa: E402
from rig.bench.generate import fill  # noqa: E402
from rig.bench.raw import Sent, session  # noqa: E402
from rig.bench.stopwatch import Bound, Goal, Stopwatch, machine  # noqa: E402
from rig.check.checker import compare  # noqa: E402
from rig.check.exports import Ids  # noqa: E402
from rig.check.rest import Superset  # noqa: E402
from rig.errors import RigError  # noqa: E402
from rig.lockstep import Lockstep  # noqa: E402
from rig.progress import Progress  # noqa: E402
from rig.servers.configuration import ADMIN  # noqa: E402
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID, Pair  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "3"))
DASHBOARDS = 1000
MEGABYTES = 100
EXAMPLES_UUID = "a2dc77af-e654-49bb-b321-40f6b559a1ee"

RAW_DEV = "raw export of dev"
RAW_BOTH = "raw export of both sides"
RAW_IMPORT = "raw export + import"
PARSE = "parsing its YAML with libyaml only"
READ = "reading that export with all checks"
PLAN_NEW = "plan, prod empty"
PLAN = "plan, prod full, one chart changed"
AGAIN = "unchanged re-migration"
APPLY = "apply"
REPLAY = "requests of apply, sent raw"
OURS = "`migration plan` + `migration apply`"
PRESET = "preset-cli export + import"
FIRST_SYNC = f"first sync of {DASHBOARDS} dashboards"
SYNC_REPLAY = "requests of that sync, sent raw"
SYNC_PROCESSOR = "CPU time of that sync"
NEXT_SYNC = "next sync, unchanged"
ANSWERS = f"{users.USERS} users, p95 of API responses"

GOALS = [
    Goal(PLAN, RAW_BOTH, 1.3),
    Goal(AGAIN, PLAN, 1),
    Goal(APPLY, REPLAY, 1.3),
    Goal(APPLY, PRESET, 0.5),
    Goal(OURS, PRESET, 1),
    Goal(READ, PARSE, 2),
    Goal(FIRST_SYNC, SYNC_REPLAY, 1.3),
]


class Bench:
    """One run. Each method measures one thing and leaves prod as the next one needs it."""

    def __init__(self, pair: Pair, lockstep: Lockstep, preset: raw.Preset | None, folder: Path) -> None:
        self.pair, self.lockstep, self.preset, self.folder = pair, lockstep, preset, folder
        self.watch = Stopwatch()
        self.dev, self.prod = Superset(pair.dev.url), Superset(pair.prod.url)
        self.dashboards = Ids.of(self.dev).uuid_by_id["dashboard"]
        self.full = folder / "prod.db"
        self.footprints: list[Footprint] = []
        self.answers: list[float] = []

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

    # --- a thousand dashboards

    def generate(self) -> None:
        """Fill dev, and copy it to prod."""
        self.pair.reset()
        with open_client(get_environment("dev")) as dev:
            for _ in fill(dev, DASHBOARDS):
                pass
        many = self.folder / "many.db"
        self.pair.dev.save(many)
        self.pair.prod.restore(many)

    def catalogue(self) -> None:
        CatalogueAsset.objects.all().delete()
        CatalogueSync.objects.all().delete()
        raw.settle()
        began = time.process_time()
        with recording() as sent, self.watch.timing(FIRST_SYNC):
            self._sync()
        self.watch.times[SYNC_PROCESSOR].append(time.process_time() - began)
        raw.settle()
        with self.watch.timing(SYNC_REPLAY), session(self.pair.dev.url) as dev:
            dev.replay(sent)
        raw.settle()
        with self.watch.timing(NEXT_SYNC):
            again = self._sync()
        assert (again.created, again.changed, again.removed, again.hashed) == (0, 0, 0, 0)

    def _sync(self) -> Synced:
        return sync_catalogue(environment=get_environment("dev"), reporter=Silent())

    # --- memory

    def memory_of_nine(self) -> None:
        self.pair.reset()
        for work, use in (
            ("two syncs at a time, plan and apply of nine dashboards", load.migration),
            ("two plans of nine dashboards at a time", load.two_plans),
        ):
            self.footprints.append(footprint.worker(self.lockstep, work, use))

    def memory_of_many(self) -> None:
        work = f"two syncs of {DASHBOARDS} dashboards at a time"
        self.footprints.append(footprint.worker(self.lockstep, work, load.whole_catalogues))
        work = f"{users.USERS} users of these catalogues"
        self.footprints.append(footprint.web(self.lockstep, work, self._use))

    def _use(self, address: str) -> None:
        password = (self.folder / users.PASSWORD_FILE).read_text()
        self.answers = users.use(address, ["dev", "prod"], ADMIN, password)

    def bounds(self) -> list[Bound]:
        memory = [Bound(f"{each.name}, {each.work}", each.most, MEGABYTES, "MB") for each in self.footprints]
        return [
            Bound(NEXT_SYNC, self.watch.median(NEXT_SYNC), 2, "s"),
            Bound(ANSWERS, 1000 * users.p95(self.answers), 50, "ms"),
            *memory,
        ]


@contextmanager
def recording() -> Iterator[list[Sent]]:
    """Record every request of Lockstep except sign-ins, as long as the context lasts."""
    sent: list[Sent] = []
    original = Transport.exchange

    def exchange(transport: Transport, call: Call, watch: Callable[[], None] | None = None) -> Response:
        if "/security/" not in call.path:
            sent.append(Sent(call.method, call.path, call.json, call.form, call.files))
        return original(transport, call, watch)

    with patch.object(Transport, "exchange", exchange):
        yield sent


def main(folder: Path, dev_port: int, prod_port: int) -> None:
    progress = Progress()
    pair = Pair(folder / "servers", dev_port=dev_port, prod_port=prod_port)
    bench = Bench(pair, Lockstep(folder / "lockstep"), _preset(progress), folder)
    for number in range(1, ROUNDS + 1):
        with progress.step(f"Measuring, round {number} of {ROUNDS}"):
            bench.round()
    with progress.step("Measuring the worker's memory"):
        bench.memory_of_nine()
    _measure_catalogue(bench, progress)
    with progress.step("Measuring the memory of worker and web with these dashboards"):
        bench.memory_of_many()
    print(f"\nNine dashboards, 131 assets, {ROUNDS} rounds; apply sends {len(bench.sent)} requests.\n{machine()}\n")
    print(f"{bench.watch.table()}\n\n{footprint.table(bench.footprints)}\n")
    print(bench.watch.verdicts(GOALS, bench.bounds()))


def only_catalogue(folder: Path, dev_port: int, prod_port: int) -> None:
    """Measure a thousand dashboards only, in about three minutes."""
    pair = Pair(folder / "servers", dev_port=dev_port, prod_port=prod_port)
    bench = Bench(pair, Lockstep(folder / "lockstep"), None, folder)
    _measure_catalogue(bench, Progress())
    unchanged = Bound(NEXT_SYNC, bench.watch.median(NEXT_SYNC), 2, "s")
    print(f"\n{ROUNDS} rounds.\n{machine()}\n\n{bench.watch.table()}\n\n{bench.watch.verdicts(GOALS, [unchanged])}")


def _measure_catalogue(bench: Bench, progress: Progress) -> None:
    with progress.step(f"Generating {DASHBOARDS} dashboards"):
        bench.generate()
    for number in range(1, ROUNDS + 1):
        with progress.step(f"Measuring their catalogue, round {number} of {ROUNDS}"):
            bench.catalogue()


def _preset(progress: Progress) -> raw.Preset | None:
    try:
        with progress.step(f"Installing {raw.PRESET} in its own environment"):
            return raw.Preset()
    except RigError as error:
        progress.say(f"Skipped, because it could not be installed: {error}")
        return None


if __name__ == "__main__":
    measure = only_catalogue if sys.argv[4] == "catalogue" else main
    measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
