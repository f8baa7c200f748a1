"""The databases that servers of an older release start from. Its examples are those of the newest one.

Older releases ship their examples without data. So the recorded export of the newest one is imported, with what the
release refuses left out. The tables are those of the newest one, and so are all numbers: what the old importers do not
remap is right as it is.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from rig import paths
from rig.check.rest import Superset
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers import examples
from rig.servers.instances import Instance, copy_database
from rig.servers.template import Template, booting, wait_for_word


class OlderTemplate:
    """A folder of files to copy from, created by Superset processes (about a minute). Call with the lock held."""

    def __init__(self, release: str, venv: Path, newest: Template, progress: Progress) -> None:
        self._folder = paths.template(release)
        self.bare = self._folder / "bare.db"
        self.filled = self._folder / "filled.db"
        self._release, self._venv, self._newest, self._progress = release, venv, newest, progress

    def wait_for_bare(self) -> None:
        """Create the empty database, unless it is there."""
        stamp = self._folder / "complete"
        if stamp.exists():
            return
        with self._progress.step(f"Creating the metadata database of Superset {self._release}"):
            with booting(self._venv, self._folder, "bare") as process:
                wait_for_word(process, "bare", self._folder)
            stamp.touch()

    def wait_for_filled(self) -> None:
        """Create the one with the examples, unless it is there."""
        self._newest.wait_for_filled()
        self.wait_for_bare()
        if self.filled.exists():
            return
        [port] = free_ports(1)
        folder = self._folder / "server"
        shutil.rmtree(folder, ignore_errors=True)
        server = Instance("template", folder, port, self._release)
        with self._progress.step(f"Importing the examples into Superset {self._release}"):
            server.prepare(self.bare)
            server.put_tables(self._newest.tables)
            try:
                server.start(self._venv)
                server.wait_ready()
                examples.load(Superset(server.url), server, self._newest.filled)
            finally:
                server.stop()
            part = self.filled.with_suffix(".part")
            copy_database(server.database, part)
            part.replace(self.filled)
        server.wipe()
