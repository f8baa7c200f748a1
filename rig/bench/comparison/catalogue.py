"""Syncs of a thousand generated dashboards into the catalogue. Needs Lockstep's settings."""

from __future__ import annotations

import time
from pathlib import Path

from apps.catalogue.models import CatalogueAsset, CatalogueSync
from apps.catalogue.services.sync import Synced, sync_catalogue
from apps.environments.connections import open_client
from apps.environments.services.lookup import get_environment
from apps.superset.protocol import Silent
from rig.bench.comparison import raw
from rig.bench.comparison.goals import DASHBOARDS, FIRST_SYNC, NEXT_SYNC, SYNC_PROCESSOR, SYNC_REPLAY
from rig.bench.comparison.raw import session
from rig.bench.comparison.recording import recording
from rig.bench.generate import fill
from rig.bench.stopwatch import Bound, Stopwatch
from rig.servers.pair import Pair


class CatalogueBench:
    def __init__(self, pair: Pair, folder: Path, watch: Stopwatch) -> None:
        self.pair, self.folder, self.watch = pair, folder, watch

    def generate(self) -> None:
        """Fill dev, and copy it to prod."""
        self.pair.reset()
        with open_client(get_environment("dev")) as dev:
            for _ in fill(dev, DASHBOARDS):
                pass
        many = self.folder / "many.db"
        self.pair.dev.save(many)
        self.pair.prod.restore(many)

    def measure(self) -> None:
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

    def bounds(self) -> list[Bound]:
        return [Bound(NEXT_SYNC, self.watch.median(NEXT_SYNC), 2, "s")]
