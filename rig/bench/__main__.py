"""`python -m rig.bench`: measures plan, apply and sync against the same requests made raw and against preset-cli.

`python -m rig.bench speed` is `python -m rig.bench.speed`, which needs no Superset.

Starts two Supersets and a Lockstep of its own, and leaves the measuring to `rig.bench.comparison` in a process that has
Lockstep's settings.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rig import paths
from rig.bench.comparison.users import PASSWORD_FILE
from rig.bench.speed import __main__ as speed
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.pair import Pair

PARTS = {
    "all": "everything",
    "catalogue": "the sync of 1,000 generated dashboards only, about three minutes",
    "memory": "worker and web only, held by a control group of 100 MB, about five minutes",
}


def main() -> int:
    if sys.argv[1:2] == ["speed"]:
        return speed.main(sys.argv[2:])
    part = _options().part
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-") as name:
        folder = Path(name)
        dev_port, prod_port = free_ports(2)
        pair = Pair(folder / "servers", dev_port=dev_port, prod_port=prod_port)
        try:
            pair.up(progress)
            lockstep = Lockstep(folder / "lockstep")
            with progress.step("Preparing Lockstep"):
                _prepare(lockstep, pair, folder / PASSWORD_FILE)
            command = [sys.executable, "-m", "rig.bench.comparison", name, str(dev_port), str(prod_port), part]
            settings = {"DJANGO_SETTINGS_MODULE": "project.settings", "LOCKSTEP_DEMO_DIR": str(paths.home())}
            environment = {**lockstep.environment, **settings}
            return subprocess.run(command, check=False, cwd=paths.CHECKOUT, env=environment).returncode
        finally:
            pair.wipe(progress)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rig.bench",
        description="Measure plan, apply and sync of a real migration, and the memory of web and worker under load.",
        epilog="ROUNDS sets the number of rounds (3). `speed --help`: the pages of the application.",
    )
    parts = "; ".join(f"{name}: {what}" for name, what in PARTS.items())
    parser.add_argument("part", nargs="?", choices=PARTS, default="all", help=f"what to measure ({parts})")
    return parser.parse_args()


def _prepare(lockstep: Lockstep, pair: Pair, password: Path) -> None:
    lockstep.check_output("migrate", "--verbosity", "0")
    password.write_text(os.urandom(16).hex())
    lockstep.check_output("create_admin", ADMIN, "--password-file", str(password))
    for server in pair.both:
        add = ("environment", "add", server.name, server.url, "--username", ADMIN, "--password-stdin")
        lockstep.check_output(*add, stdin=ADMIN_PASSWORD)


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
