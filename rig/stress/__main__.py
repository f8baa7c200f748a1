"""`python -m rig.stress`, or `make stress`: kills and stops real workers at random, round after round.

Prints how many tasks were lost, doubled or stuck, and exits with 1 unless all three are 0. Then it names the round and
the task, and keeps the evidence. Runs on SQLite, or in a database of its own on the server of DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.postgres import machine as postgres
from rig.servers.configuration import ADMIN
from rig.stress.journal import JOURNAL_VARIABLE
from rig.stress.verdict import counted

DISTRIBUTION = {
    "METADATA": "Metadata-Version: 2.1\nName: stress\nVersion: 1\n",
    "entry_points.txt": "[lockstep.plugins]\nstress = rig.stress.plugin:plugin\n",
}


def main() -> int:
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="lockstep-stress-"))
    code = 1
    try:
        with _database() as url:
            code = _run(options, folder, url)
    finally:
        if code:
            print(f"Logs and evidence: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder)
    return code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rig.stress",
        description="Kill and stop real workers at random, and count the tasks that are lost, doubled or stuck.",
    )
    parser.add_argument("--rounds", type=int, default=100, help="number of rounds (100)")
    parser.add_argument("--seed", default="", help="repeat the tasks and faults of an earlier run")
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path, url: str) -> int:
    seed = options.seed or f"{random.randrange(10**6)}"
    lockstep = Lockstep(folder / "data", database_url=url)
    lockstep.environment |= {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": os.pathsep.join([str(install(folder)), str(paths.CHECKOUT)]),
        JOURNAL_VARIABLE: str(folder / "journal.jsonl"),
    }
    lockstep.check_output("migrate", "--verbosity", "0")
    lockstep.check_output("create_admin", ADMIN, "--password-stdin", stdin=os.urandom(16).hex())
    (port,) = free_ports(1)
    print(f"{counted(options.rounds)} on {'PostgreSQL' if url else 'SQLite'}, seed {seed}", flush=True)
    arguments = [sys.executable, "-m", "rig.stress.rounds", str(folder), str(options.rounds), seed, str(port)]
    with subprocess.Popen(arguments, cwd=paths.CHECKOUT, env=lockstep.environment, start_new_session=True) as rounds:
        try:
            return rounds.wait()
        except KeyboardInterrupt:  # passed on once: a second one would disturb the shutdown
            rounds.send_signal(signal.SIGINT)
            return rounds.wait()


def install(folder: Path) -> Path:
    """Install our plugin into the folder, as an installer would; returns the entry for PYTHONPATH."""
    distribution = folder / "plugins" / "stress-1.dist-info"
    distribution.mkdir(parents=True)
    for name, text in DISTRIBUTION.items():
        (distribution / name).write_text(text)
    return distribution.parent


@contextmanager
def _database() -> Iterator[str]:
    if server := os.environ.get("DATABASE_URL", ""):
        with postgres.own_database(server, f"lockstep_stress_{os.getpid()}") as url:
            yield url
    else:
        yield ""


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
