"""`python -m rig.bench.scale`, or `make bench-scale`: what more workers, users and web servers change, on PostgreSQL.

Fills a new database as `rig.bench.speed` does, then runs one, two and four workers, and the users of that bench in
growing numbers through one and two web servers. All of it is on one machine, in about five minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import psycopg

from rig import paths
from rig.bench.scale.report import Measured, Used, Worked, keep, load
from rig.bench.speed import people
from rig.bench.speed.installation import prepared, web, worker
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.postgres import machine as postgres
from rig.progress import Progress

PLUGIN = "dummy0"
"""Of those that are installed: `tasks` starts its actions."""

PARTS = ("workers", "users")
WORKERS = (1, 2, 4)
USERS = (50, 200, 500)
WEBS = (1, 2)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    if why := postgres.refusal():
        raise RigError(why)
    progress, parts = Progress(), [options.only] if options.only else PARTS
    with (
        tempfile.TemporaryDirectory(prefix="lockstep-scale-") as name,
        postgres.own_database(postgres.url(), f"lockstep_scale_{os.getpid()}") as url,
    ):
        with progress.step("Filling PostgreSQL"):
            lockstep, facts = prepared(Path(name), url, options.part)
            lockstep.check_output("plugins", "settings", PLUGIN, "--set", "name=short")
        worked, used, loads = [], [], []
        for number in WORKERS if "workers" in parts else ():
            with progress.step(f"Workers: {number}"):
                worked.append(_worked(lockstep, number, options))
        loads.append(load())
        for webs, users in product(WEBS, USERS) if "users" in parts else ():
            with progress.step(f"Users: {users}, web servers: {webs}"):
                used.append(_used(lockstep, facts, users, webs, options))
        loads.append(load())
        database = _database(url)
    measured = Measured(
        database=database,
        backlog=options.tasks,
        paced=options.paced,
        rate=options.rate,
        think=options.think,
        seconds=options.seconds,
        loads=loads,
        worked=worked,
        used=used,
    )
    print(measured.text(), flush=True)
    if options.into:
        keep(measured, options.into)
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rig.bench.scale", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=PARTS, help="leave out the other table")
    parser.add_argument("--tasks", type=int, default=200, help="in the queue of the workers at first (200)")
    parser.add_argument("--paced", type=int, default=50, help="afterwards (50)")
    parser.add_argument("--rate", type=float, default=5, help="of those in a second (5)")
    parser.add_argument("--seconds", type=float, default=8, help="of each number of users (8)")
    parser.add_argument("--think", type=float, default=1.0, help="mean seconds between two pages of a user (1)")
    parser.add_argument("--part", type=int, default=1, metavar="N", help="fill only one row of N, to try it (1)")
    parser.add_argument("--into", type=Path, metavar="FILE", help="write the tables into this document, too")
    return parser.parse_args(arguments)


def _worked(lockstep: Lockstep, number: int, options: argparse.Namespace) -> Worked:
    first = _tasks(lockstep, "queue", options.tasks)
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(worker(lockstep))
        found = json.loads(_tasks(lockstep, "measure", first, options.paced, options.rate))
    return Worked(number, found["a_second"], found["waits"])


def _tasks(lockstep: Lockstep, *words: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "rig.bench.scale.tasks", *map(str, words)],
        cwd=paths.CHECKOUT,
        env=lockstep.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RigError(f"The tasks could not be measured: {done.stderr}")
    return done.stdout.strip()


def _used(lockstep: Lockstep, facts: dict[str, object], users: int, webs: int, options: argparse.Namespace) -> Used:
    with ExitStack() as stack:
        servers = [stack.enter_context(web(lockstep)) for _ in range(webs)]
        before, began, own = sum(each.cpu() for each in servers), time.monotonic(), time.process_time()
        answers = people.together(servers, facts, options.seconds, options.think, count=users, lenient=True)
        took, own = time.monotonic() - began, time.process_time() - own
        cores = (sum(each.cpu() for each in servers) - before) / took
    return Used(users=users, webs=webs, answers=answers, seconds=took, cores=cores, own=own / took)


def _database(url: str) -> str:
    with psycopg.connect(url) as connection:
        return f"PostgreSQL {connection.info.server_version // 10000}"


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
