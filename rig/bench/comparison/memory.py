"""The memory of worker and web at real work, and the responses that users get. Needs Lockstep's settings."""

from __future__ import annotations

from pathlib import Path

from rig.bench import footprint
from rig.bench.comparison import load, users
from rig.bench.comparison.goals import ANSWERS, DASHBOARDS
from rig.bench.footprint import Footprint
from rig.bench.stopwatch import Bound
from rig.lockstep import Lockstep
from rig.servers.configuration import ADMIN
from rig.servers.pair import Pair

MEGABYTES = 100


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

    def _use(self, address: str) -> None:
        password = (self.folder / users.PASSWORD_FILE).read_text()
        self.answers = users.use(address, ["dev", "prod"], ADMIN, password)

    def bounds(self) -> list[Bound]:
        memory = [Bound(f"{each.name}, {each.work}", each.most, MEGABYTES, "MB") for each in self.footprints]
        return [
            Bound(ANSWERS, 1000 * users.p95(self.answers), 50, "ms"),
            *memory,
        ]
