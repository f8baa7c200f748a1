"""The memory of worker and web at real work, and the responses that users get. Needs Lockstep's settings."""

from __future__ import annotations

import json
import time
from functools import partial
from operator import itemgetter
from pathlib import Path

from rig.bench import footprint
from rig.bench.comparison import load, users
from rig.bench.comparison.goals import ANSWERS, DASHBOARDS
from rig.bench.footprint import Footprint
from rig.bench.memory import MEGABYTE
from rig.bench.stopwatch import Bound
from rig.check.rest import Superset
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.servers.configuration import ADMIN
from rig.servers.pair import Pair

MEGABYTES = 100
LIMIT = MEGABYTES * MEGABYTE
EXAMPLES = 9


class MemoryBench:
    def __init__(self, pair: Pair, lockstep: Lockstep, folder: Path) -> None:
        self.pair, self.lockstep, self.folder = pair, lockstep, folder
        self.footprints: list[Footprint] = []
        self.answers: list[float] = []

    def measure_nine(self) -> None:
        self.pair.reset()
        for work, use in (
            ("two syncs at a time, plan and apply of nine dashboards", load.migration),
            ("two plans of nine dashboards at a time", load.two_plans),
        ):
            self.footprints.append(footprint.worker(self.lockstep, work, use))

    def measure_many(self) -> None:
        work = f"two syncs of {DASHBOARDS} dashboards at a time"
        self.footprints.append(footprint.worker(self.lockstep, work, load.whole_catalogues))
        work = f"{users.USERS} users of these catalogues"
        self.footprints.append(footprint.web(self.lockstep, work, self._use))

    def measure_held(self) -> None:
        """The same work without a limit, and held by the control group; the web server with its users, too."""
        dashboards = [str(number) for number in range(1, EXAMPLES + 1)]
        work = f"two syncs of {DASHBOARDS}, two plans and an apply of {EXAMPLES}, queued together"
        for limit in (None, LIMIT):
            migration = self._changed(dashboards)
            use = partial(load.all_at_once, migration, dashboards)
            self.footprints.append(footprint.worker(self.lockstep, work, use, limit=limit))
        work = f"{users.USERS} users of these catalogues"
        self.footprints.append(footprint.web(self.lockstep, work, self._use, limit=LIMIT))

    def _changed(self, dashboards: list[str]) -> int:
        """A migration of what has just been changed in dev; prod is a copy of it, with the same connections."""
        dev = Superset(self.pair.dev.url)
        for chart in sorted(dev.rows("chart", "id", "slice_name"), key=itemgetter("id"))[:EXAMPLES]:
            dev.update("chart", chart["id"], {"slice_name": f"{chart['slice_name'][:80]} {time.time():.0f}"})
        planned = self.lockstep.run("migration", "plan", "dev", "prod", "--dashboard", *dashboards, "--format", "json")
        if planned.returncode not in (0, 2):
            raise RigError(f"The migration could not be planned: {planned.stderr}")
        migration: int = json.loads(planned.stdout)["migration"]["id"]
        return migration

    def _use(self, address: str) -> None:
        password = (self.folder / users.PASSWORD_FILE).read_text()
        self.answers = users.use(address, ["dev", "prod"], ADMIN, password)

    def bounds(self) -> list[Bound]:
        memory = [Bound(f"{each.name}, {each.work}", each.most, MEGABYTES, "MB") for each in self.footprints]
        return [
            Bound(ANSWERS, 1000 * users.p95(self.answers), 50, "ms"),
            *memory,
        ]
