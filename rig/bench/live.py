"""How soon a line reaches fifty browsers, and whether all of 10,000 lines get there: `python -m rig.bench.live`.

Starts a real `manage.py run` on a new database, once on SQLite and once on PostgreSQL if one answers on this machine
(or only on those that are named), and as many clients as there are browsers. `rig.bench.browsers` says what they see.
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

from rig import paths, postgres
from rig.bench.memory import children, pss
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.servers.configuration import ADMIN

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PATIENCE = 60.0

DISTRIBUTION = {
    "METADATA": "Metadata-Version: 2.1\nName: chatter\nVersion: 1\n",
    "entry_points.txt": "[lockstep.plugins]\nchatter = rig.bench.log_plugin:plugin\n",
}


def install(folder: Path) -> Path:
    """Leave in the folder what an installer of `rig.bench.log_plugin` would; returns what to put on its path."""
    distribution = folder / "plugins" / "chatter-1.dist-info"
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
    parser = argparse.ArgumentParser(prog="python -m rig.bench.live", description="Measures the live log.")
    parser.add_argument("databases", nargs="*", default=[SQLITE, POSTGRESQL], metavar="sqlite|postgresql")
    parser.add_argument("--watchers", type=int, default=50, help="browsers (50)")
    parser.add_argument("--lines", type=int, default=10_000, help="of the task that talks without a pause (10,000)")
    parser.add_argument("--seconds", type=int, default=30, help="of the task that says ten lines in each (30)")
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
        with _running(environment, port, folder / "run.log") as process:
            print(f"{database}: {options.watchers} browsers", flush=True)
            numbers = map(str, (port, options.watchers, options.lines, options.seconds))
            words = [sys.executable, "-m", "rig.bench.browsers", *numbers]
            code = subprocess.run(words, check=False, cwd=paths.CHECKOUT, env=environment).returncode
            print(f"  the web server holds {pss(children(process)[0]):.0f} MB after that (PSS)", flush=True)
            return code


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == SQLITE:
        yield ""
    else:
        with postgres.own_database(postgres.url(), f"lockstep_live_{os.getpid()}") as url:
            yield url


@contextmanager
def _running(environment: dict[str, str], port: int, log: Path) -> Iterator[int]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--port", str(port)],
            env=environment,
            cwd=paths.CHECKOUT,
            stdout=output,
            stderr=output,
        )
    try:
        end = time.monotonic() + PATIENCE
        while "Working with" not in log.read_text():
            if process.poll() is not None or time.monotonic() > end:
                raise RigError(f"`manage.py run` did not come up: {log.read_text()}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
        process.wait()


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
