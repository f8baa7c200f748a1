"""The measurements of `python -m rig.bench`, in a process of their own with Lockstep's settings.

    LOCKSTEP_DATA_DIR=… DJANGO_SETTINGS_MODULE=project.settings python -m rig.bench.comparison FOLDER DEV PROD PART

All contenders run in turn, in several rounds, on the same two servers. Times of Lockstep's functions exclude the start
of a process, as in a worker; times of its commands include it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

django.setup()

from rig.bench import footprint  # noqa: E402
from rig.bench.comparison import raw, users  # noqa: E402
from rig.bench.comparison.catalogue import CatalogueBench  # noqa: E402
from rig.bench.comparison.goals import DASHBOARDS, GOALS  # noqa: E402
from rig.bench.comparison.memory import MemoryBench  # noqa: E402
from rig.bench.comparison.migration import MigrationBench  # noqa: E402
from rig.bench.stopwatch import Stopwatch, machine  # noqa: E402
from rig.errors import RigError  # noqa: E402
from rig.lockstep import Lockstep  # noqa: E402
from rig.progress import Progress  # noqa: E402
from rig.servers.pair import Pair  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "3"))


def main(folder: Path, dev_port: int, prod_port: int) -> None:
    progress, watch = Progress(), Stopwatch()
    pair, lockstep = Pair(folder / "servers", dev_port=dev_port, prod_port=prod_port), Lockstep(folder / "lockstep")
    migration = MigrationBench(pair, lockstep, _preset(progress), folder, watch)
    catalogue, memory = CatalogueBench(pair, folder, watch), MemoryBench(pair, lockstep, folder)
    for number in range(1, ROUNDS + 1):
        with progress.step(f"Measuring, round {number} of {ROUNDS}"):
            migration.round()
    with progress.step("Measuring the worker's memory"):
        memory.measure_nine()
    _measure_catalogue(catalogue, progress)
    with progress.step("Measuring the memory of worker and web with these dashboards"):
        memory.measure_many()
    print(f"\nNine dashboards, 131 assets, {ROUNDS} rounds; apply sends {len(migration.sent)} requests.\n{machine()}\n")
    print(f"{watch.table()}\n\n{footprint.table(memory.footprints)}\n")
    print(watch.verdicts(GOALS, [*catalogue.bounds(), *memory.bounds()]))


def only_catalogue(folder: Path, dev_port: int, prod_port: int) -> None:
    """Measure a thousand dashboards only, in about three minutes."""
    watch = Stopwatch()
    catalogue = CatalogueBench(Pair(folder / "servers", dev_port=dev_port, prod_port=prod_port), folder, watch)
    _measure_catalogue(catalogue, Progress())
    print(f"\n{ROUNDS} rounds.\n{machine()}\n\n{watch.table()}\n\n{watch.verdicts(GOALS, catalogue.bounds())}")


def only_memory(folder: Path, dev_port: int, prod_port: int) -> None:
    """Measure the memory of worker and web only, held by a control group."""
    progress, pair = Progress(), Pair(folder / "servers", dev_port=dev_port, prod_port=prod_port)
    catalogue = CatalogueBench(pair, folder, Stopwatch())
    memory = MemoryBench(pair, Lockstep(folder / "lockstep"), folder)
    with progress.step(f"Generating {DASHBOARDS} dashboards"):
        catalogue.generate()
    with progress.step("Measuring the memory of worker and web with these dashboards"):
        memory.measure_held()
    print(f"\n{machine()}\n\n{footprint.table(memory.footprints)}\n")
    if memory.answers:
        print(f"95 of 100 answers of the web server within {1000 * users.p95(memory.answers):.0f} ms")


def _measure_catalogue(catalogue: CatalogueBench, progress: Progress) -> None:
    with progress.step(f"Generating {DASHBOARDS} dashboards"):
        catalogue.generate()
    for number in range(1, ROUNDS + 1):
        with progress.step(f"Measuring their catalogue, round {number} of {ROUNDS}"):
            catalogue.measure()


def _preset(progress: Progress) -> raw.Preset | None:
    try:
        with progress.step(f"Installing {raw.PRESET} in its own environment"):
            return raw.Preset()
    except RigError as error:
        progress.say(f"Skipped, because it could not be installed: {error}")
        return None


if __name__ == "__main__":
    measure = {"catalogue": only_catalogue, "memory": only_memory}.get(sys.argv[4], main)
    measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
