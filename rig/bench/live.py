"""`python -m rig.bench.live`: measures how fast lines reach fifty browsers, and whether all of 10,000 lines arrive.

Runs a real `manage.py run` on a new database: on SQLite, and on PostgreSQL if it runs on this machine, or only on the
given databases. `rig.bench.browsers` runs the clients.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rig import paths
from rig.bench.memory import children, pss
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.postgres import machine as postgres
from rig.servers.configuration import ADMIN

SQLITE, POSTGRESQL = "sqlite", "postgresql"
TIMEOUT = 60.0

DISTRIBUTION = {
    "METADATA": "Metadata-Version: 2.1\nName: lines\nVersion: 1\n",
    "entry_points.txt": "[lockstep.plugins]\nlines = rig.bench.log_plugin:plugin\n",
}


def install(folder: Path) -> Path:
    """Install `rig.bench.log_plugin` into the folder; returns the entry for PYTHONPATH."""
    distribution = folder / "plugins" / "lines-1.dist-info"
    distribution.mkdir(parents=True)
    for name, text in DISTRIBUTION.items():
        (distribution / name).write_text(text)
    return distribution.parent


def main() -> int:
    options = _options()
    if POSTGRESQL in options.databases and (why := postgres.refusal()):
        print(why, file=sys.stderr)
        options.databases.remove(POSTGRESQL)
    return max((_measured(database, options) for database in options.databases), default=1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rig.bench.live", description="Measure the live log: latency and completeness in many browsers."
    )
    parser.add_argument(
        "databases",
        nargs="*",
        default=[SQLITE, POSTGRESQL],
        metavar="sqlite|postgresql",
        help="where to measure (both)",
    )
    parser.add_argument("--watchers", type=int, default=50, help="number of browsers (50)")
    parser.add_argument("--lines", type=int, default=10_000, help="lines of the task without pauses (10,000)")
    parser.add_argument("--seconds", type=int, default=30, help="duration of the task with ten lines per second (30)")
    return parser.parse_args()


def _measured(database: str, options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="lockstep-live-") as name, _database(database) as url:
        folder = Path(name)
        lockstep = Lockstep(folder / "data", database_url=url)
        environment = lockstep.environment | {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "PYTHONPATH": os.pathsep.join([str(install(folder)), str(paths.CHECKOUT)]),
        }
        lockstep.environment = environment
        lockstep.check_output("migrate", "--verbosity", "0")
        lockstep.check_output("create_admin", ADMIN, "--password-stdin", stdin=os.urandom(16).hex())
        (port,) = free_ports(1)
        with running(environment, port, folder / "run.log") as process:
            print(f"{database}: {options.watchers} browsers", flush=True)
            numbers = map(str, (port, options.watchers, options.lines, options.seconds))
            command = [sys.executable, "-m", "rig.bench.browsers", *numbers]
            code = subprocess.run(command, check=False, cwd=paths.CHECKOUT, env=environment).returncode
            print(f"  web server after that: {pss(children(process)[0]):.0f} MB (PSS)", flush=True)
            return code


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == SQLITE:
        yield ""
    else:
        with postgres.own_database(postgres.url(), f"lockstep_live_{os.getpid()}") as url:
            yield url


@contextmanager
def running(environment: dict[str, str], port: int, log: Path) -> Iterator[int]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--port", str(port)],
            env=environment,
            cwd=paths.CHECKOUT,
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + TIMEOUT
        while "Working with" not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise RigError(f"`manage.py run` did not start: {log.read_text()}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(TIMEOUT)
        process.kill()
        process.wait()


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
