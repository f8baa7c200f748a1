"""The databases that servers of the newest release start from: empty, and with the examples of Superset.

Created once, then copied.
"""

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
        self._progress = progress
        self._process: subprocess.Popen[str] | None = None
        self._said: set[str] = set()

    @contextmanager
    def made(self, venv: Path) -> Iterator[Template]:
        """Start to create what is missing; the methods below wait for it. Call with the lock held."""
        if self._stamp.exists():
            yield self
            return
        with booting(venv, self._folder) as process:
            self._process = process
            try:
                yield self
                self.wait_for_filled()
            finally:
                self._process = None

    def wait_for_bare(self) -> None:
        """Wait for the empty database."""
        self._await("bare", "Creating Superset's metadata database")

    def wait_for_filled(self) -> None:
        """Wait for everything."""
        self._await("filled", "Loading Superset's examples: 9 dashboards, 103 charts and their tables")
        self._stamp.touch()

    def _await(self, word: str, doing: str) -> None:
        """Both servers may wait for the same word, which the process prints once."""
        if self._process is None or self._stamp.exists() or word in self._said:
            return
        with self._progress.step(doing):
            wait_for_word(self._process, word, self._folder)
        self._said.add(word)


@contextmanager
def booting(venv: Path, folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A Superset process that creates databases in this folder, which is emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {
        **paths.environment(),
        "SUPERSET_CONFIG_PATH": str(write_configuration(folder, name="template")),
        "SUPERSET_HOME": str(folder),
        "RIG_ADMIN_PASSWORD": ADMIN_PASSWORD,
    }
    with (
        _log(folder).open("w") as log,
        subprocess.Popen(
            [str(venv / "bin/python"), str(BOOT), str(folder), *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=interrupted_with_us,  # noqa: PLW1509 - or it would go on beside the next start
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def wait_for_word(process: subprocess.Popen[str], word: str, folder: Path) -> None:
    """Read output until the process prints this word; RigError with the end of its log if it never does."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    tail = "\n".join(_log(folder).read_text().splitlines()[-LOG_LINES:])
    raise RigError(f"Superset's databases could not be created. {_log(folder)} ends with:\n{tail}")


def _log(folder: Path) -> Path:
    return folder / "boot.log"
