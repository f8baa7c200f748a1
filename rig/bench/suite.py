"""`make bench`: plan and apply of all nine examples, the catalogue of a thousand dashboards, each against the same
requests made bare (and against preset-cli); the memory of web and worker under load.

`python -m rig.bench.suite catalogue` measures the thousand dashboards alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.pair import Pair

PASSWORD_FILE = "password"
"""In the folder of a run: what its Lockstep's administrator signs in with."""


def main() -> int:
    """Two servers and a Lockstep for one run, and `rig.bench.measure` over them."""
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
            words = [sys.executable, "-m", "rig.bench.measure", name, str(dev_port), str(prod_port), *sys.argv[1:]]
            settings = {"DJANGO_SETTINGS_MODULE": "project.settings", "LOCKSTEP_DEMO_DIR": str(paths.home())}
            environment = {**lockstep.environment, **settings}
            return subprocess.run(words, check=False, cwd=paths.CHECKOUT, env=environment).returncode
        finally:
            pair.wipe(progress)


def _prepare(lockstep: Lockstep, pair: Pair, password: Path) -> None:
    lockstep.need("migrate", "--verbosity", "0")
    password.write_text(os.urandom(16).hex())
    lockstep.need("create_admin", ADMIN, "--password-file", str(password))
    for server in pair.both:
        words = ("environment", "add", server.name, server.url, "--username", ADMIN, "--password-stdin")
        lockstep.need(*words, stdin=ADMIN_PASSWORD)


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
