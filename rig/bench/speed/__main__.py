"""`python -m rig.bench.speed`: measures how fast the pages of the application are answered, on SQLite and PostgreSQL.

Fills a new database with three environments of a thousand dashboards, ten plugins and ten thousand tasks with lines,
and runs the web server as in production: with each request alone, with fifty users, without think time, and at rest.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.bench.speed import people
from rig.bench.speed.installation import Server, prepared, web, worker
from rig.bench.speed.report import Measured, keep
from rig.errors import RigError
from rig.postgres import machine as postgres
from rig.progress import Progress

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
DATABASES = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    chosen = [DATABASES[each] for each in options.databases or DATABASES]
    if POSTGRESQL in chosen and (why := postgres.refusal()):
        raise RigError(why)
    worst = 0
    for database in chosen:
        measured = _measured(database, options, Progress())
        print(measured.text(), flush=True)
        if options.into:
            keep(measured, options.into)
        worst |= any(each.reached > each.most for each in measured.bounds())
    return worst


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rig.bench.speed", description=__doc__.partition("\n")[0])
    names = "|".join(DATABASES)
    # `choices` would refuse to be given none
    parser.add_argument("databases", nargs="*", type=_database_name, metavar=names, help="where to measure (both)")
    parser.add_argument("--seconds", type=float, default=60, help="with fifty users (60); half without think time")
    parser.add_argument("--think", type=float, default=1.0, help="mean seconds between two pages of a user (1)")
    parser.add_argument("--rest", type=float, default=30, help="seconds at rest (30)")
    parser.add_argument("--rounds", type=int, default=people.ROUNDS, help=f"of each request alone ({people.ROUNDS})")
    parser.add_argument("--part", type=int, default=1, metavar="N", help="fill only one row of N, to try it (1)")
    parser.add_argument("--into", type=Path, metavar="FILE", help="write the tables into this document, too")
    return parser.parse_args(arguments)


def _database_name(text: str) -> str:
    if text not in DATABASES:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(DATABASES)}")
    return text


def _measured(database: str, options: argparse.Namespace, progress: Progress) -> Measured:
    with tempfile.TemporaryDirectory(prefix="lockstep-speed-") as name, _database(database) as url:
        with progress.step(f"Filling {database}"):
            lockstep, facts = prepared(Path(name), url, options.part)
        with web(lockstep) as server:
            with progress.step("Each request alone"):
                costs = people.alone(server, facts, options.rounds) if options.rounds else []
            with progress.step("Fifty users"):
                walked = people.together([server], facts, options.seconds, options.think)
            with progress.step("Fifty users without think time"):
                hammered = people.together([server], facts, options.seconds / 2, 0)
        with web(lockstep) as again, worker(lockstep) as busy:  # a second start, which finds everything compiled
            with progress.step("At rest"):
                idle = _at_rest({"web server": again, "worker": busy}, options.rest)
            start, worker_start = again.ready, busy.ready
    return Measured(
        database=database,
        start=start,
        worker_start=worker_start,
        idle=idle,
        costs=costs,
        walked=walked,
        seconds=options.seconds,
        hammered=hammered,
        hammered_seconds=options.seconds / 2,
    )


def _at_rest(servers: dict[str, Server], seconds: float) -> dict[str, float]:
    """Percent of a core of each."""
    if not seconds:
        return {}
    time.sleep(2)  # what starts with it
    before = {name: server.cpu() for name, server in servers.items()}
    time.sleep(seconds)
    return {name: (server.cpu() - before[name]) / seconds * 100 for name, server in servers.items()}


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == SQLITE:
        yield ""
    else:
        with postgres.own_database(postgres.url(), f"lockstep_speed_{os.getpid()}") as url:
            yield url


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
