"""One Superset server on loopback: folder, files and process."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.ports import LOOPBACK, is_free
from rig.processes import Process
from rig.servers.configuration import write_configuration
from rig.servers.releases import NEWEST

START_SECONDS = 120
STOP_SECONDS = 6
THREADS = 8
LOG_LINES = 15

_children: list[subprocess.Popen[bytes]] = []  # kept: Python warns about a dropped Popen


@dataclass(frozen=True)
class Instance:
    """A server by name. Its state is in its folder and outlives the process."""

    name: str
    folder: Path
    port: int
    release: str = NEWEST

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "superset.db"

    @property
    def tables(self) -> Path:
        return self.folder / "examples.db"

    @property
    def access_log(self) -> Path:
        return self.folder / "access.log"

    @property
    def error_log(self) -> Path:
        return self.folder / "error.log"

    @property
    def tables_uri(self) -> str:
        return f"sqlite:///{self.tables}"

    # --- its process

    def process(self) -> Process | None:
        """The started process, if it still runs."""
        return Process.load(self.folder / "process.json")

    def runs_elsewhere(self) -> bool:
        """Whether it still runs on another port than now required."""
        return self.process() is not None and (self.folder / "port").read_text() != str(self.port)

    def start(self, venv: Path) -> None:
        """Start without waiting for a response."""
        if not is_free(self.port):
            raise RigError(
                f"Port {self.port} was taken by another process just before “{self.name}” could use it. Try again."
            )
        environment = {
            **paths.environment(),
            "SUPERSET_CONFIG_PATH": str(write_configuration(self.folder, name=self.name)),
            "SUPERSET_HOME": str(self.folder),
        }
        with (self.folder / "output.log").open("wb") as output:
            child = subprocess.Popen(
                self._command(venv),
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal must not reach it
            )
        _children.append(child)
        (self.folder / "port").write_text(str(self.port))
        process = Process.of(child.pid)
        if process:
            process.save(self.folder / "process.json")

    def _command(self, venv: Path) -> list[str]:
        logs = ["--access-logfile", str(self.access_log), "--error-logfile", str(self.error_log)]
        workers = ["--workers", "1", "--worker-class", "gthread", "--threads", str(THREADS)]
        waits = ["--timeout", "300", "--graceful-timeout", "2", "--no-control-socket"]
        application = ["--bind", f"{LOOPBACK}:{self.port}", "superset.app:create_app()"]
        # Not through its script, whose shebang line may be too long for the system.
        return [str(venv / "bin/python"), "-m", "gunicorn", *workers, *waits, *logs, *application]

    def wait_ready(self) -> None:
        """Wait until it responds; RigError with the end of its log if it dies or takes too long."""
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process() is None or time.monotonic() > until:
                raise RigError(
                    f"“{self.name}” did not start on port {self.port}. {self.error_log} ends with:\n{self._tail()}"
                )
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether its health endpoint returns OK."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().read() == b"OK"
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ask_to_stop(self) -> None:
        """Terminate its process, if it runs, without waiting."""
        process = self.process()
        if process:
            process.ask_to_stop()

    def stop(self) -> None:
        """Stop its process, if it runs."""
        process = self.process()
        if process:
            process.stop(grace=STOP_SECONDS, group=True)
        (self.folder / "process.json").unlink(missing_ok=True)

    def _tail(self) -> str:
        for log in (self.error_log, self.folder / "output.log"):
            with contextlib.suppress(OSError):
                lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
                if lines:
                    return "\n".join(lines)
        return "(nothing)"

    # --- its state

    def prepare(self, bare: Path) -> None:
        """Copy the empty metadata database, unless it has one."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.database.exists():
            (self.folder / "release").write_text(self.release)
            _at_once(self.database, lambda part: copy_database(bare, part))

    def existing_release(self) -> str:
        """The release of its database, empty if it has none."""
        if not self.database.exists():
            return ""
        try:
            return (self.folder / "release").read_text()
        except FileNotFoundError:
            return NEWEST  # before there was a choice

    def put_tables(self, tables: Path) -> None:
        """Copy the example tables, unless it has them."""
        if not self.tables.exists():
            _at_once(self.tables, lambda part: shutil.copyfile(tables, part))

    def put_content(self, filled: Path) -> None:
        """Replace its metadata by the examples on its own tables. Works while it runs."""
        copy_database(filled, self.database)
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as database, database:
            database.execute("UPDATE dbs SET sqlalchemy_uri = ? WHERE database_name = 'examples'", (self.tables_uri,))

    @property
    def fresh(self) -> Path:
        """A copy of its initial metadata; does not exist before."""
        return self.folder / "fresh.db"

    def save(self, path: Path) -> None:
        """Copy its metadata to a file, which exists only once it is complete."""
        _at_once(path, lambda part: copy_database(self.database, part))

    def restore(self, path: Path) -> None:
        """Restore its metadata from a file. Works while it runs, in a tenth of a second."""
        copy_database(path, self.database)

    def wipe(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _at_once(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file appear complete or, if this process is killed, not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    write(part)
    part.replace(path)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database online and consistently, even while others read and write."""
    with contextlib.closing(sqlite3.connect(source)) as a, contextlib.closing(sqlite3.connect(target, timeout=30)) as b:
        a.backup(b)
