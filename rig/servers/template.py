"""The databases that servers start from: empty, and with the examples of Superset. Created once, then copied."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.processes import interrupted_with_us
from rig.progress import Progress
from rig.servers.configuration import ADMIN_PASSWORD, write_configuration

BOOT = Path(__file__).with_name("boot.py")
LOG_LINES = 15


class Template:
    """A folder of files to copy from, created by a Superset process (about half a minute)."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.bare = folder / "bare.db"
        self.filled = folder / "superset.db"
        self.tables = folder / "examples.db"
        self._folder = folder
        self._stamp = folder / "complete"
        self._log = folder / "boot.log"
        self._progress = progress
        self._process: subprocess.Popen[str] | None = None

    @contextmanager
    def made(self, venv: Path) -> Iterator[Template]:
        """Start to create what is missing; the methods below wait for it. Call with the lock held."""
        if self._stamp.exists():
            yield self
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        with self._log.open("w") as log, self._boot(venv, log) as process:
            self._process = process
            try:
                yield self
                self.wait_for_filled()
            finally:
                process.terminate()
                self._process = None

    def wait_for_bare(self) -> None:
        """Wait for the empty database."""
        self._await("bare", "Creating Superset's metadata database")

    def wait_for_filled(self) -> None:
        """Wait for everything."""
        self._await("filled", "Loading Superset's examples: 9 dashboards, 103 charts and their tables")
        self._stamp.touch()

    def _boot(self, venv: Path, log: object) -> subprocess.Popen[str]:
        environment = {
            **paths.environment(),
            "SUPERSET_CONFIG_PATH": str(write_configuration(self._folder, name="template")),
            "SUPERSET_HOME": str(self._folder),
            "RIG_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }
        command = [str(venv / "bin/python"), str(BOOT), str(self._folder)]
        return subprocess.Popen(  # type: ignore[call-overload]
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=interrupted_with_us,  # noqa: PLW1509 - or it would go on beside the next start
        )

    def _await(self, word: str, doing: str) -> None:
        """Read output until the process prints this word."""
        if self._process is None or self._stamp.exists():
            return
        with self._progress.step(doing):
            assert self._process.stdout is not None
            for line in self._process.stdout:
                if line.strip() == word:
                    return
            tail = "\n".join(self._log.read_text().splitlines()[-LOG_LINES:])
            raise RigError(f"Superset's databases could not be created. {self._log} ends with:\n{tail}")
