"""A command of Lockstep that runs until it is told to end, as `run` and `worker` do."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.processes import Process

PATIENCE = 60.0
GRACE = 30.0
"""Seconds for the tasks that run when it is told to end."""

POLL = 0.05
LOG_LINES = 15


class Service:
    """Known by its name in a folder, where NAME.log has what it says. Found again there if we were killed meanwhile."""

    def __init__(self, name: str, folder: Path) -> None:
        self.log = folder / f"{name}.log"
        self._note = folder / f"{name}.json"
        self._child: subprocess.Popen[bytes] | None = None  # kept: one that is dropped unasked complains

    def process(self) -> Process | None:
        """The process that we started, if it still runs."""
        return Process.load(self._note)

    def start(self, lockstep: Lockstep, *words: str) -> None:
        """Start it without waiting for anything. Ctrl-C in the terminal does not reach it."""
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                lockstep.command(words),
                env=lockstep.environment,
                cwd=paths.CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if process := Process.of(self._child.pid):
            process.save(self._note)

    def wait_for_output(self, sentence: str) -> None:
        """Return once it has said this; RigError with the end of its log if it ended or never does."""
        until = time.monotonic() + PATIENCE
        while sentence not in self.log.read_text(errors="replace"):
            if self.process() is None or time.monotonic() > until:
                raise RigError(f"Lockstep did not start. {self.log} ends with:\n{self.tail()}")
            time.sleep(POLL)

    def wait(self) -> None:
        """Return when it has ended by itself."""
        if self._child:
            self._child.wait()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]) or "(nothing)"

    def stop(self) -> None:
        """Tell it to end and wait for the tasks that run; told twice, it ends them at once."""
        if process := self.process():
            process.ask_to_stop()
            if not process.wait(GRACE):
                process.stop(grace=GRACE)
        if self._child:
            self._child.poll()
        self._note.unlink(missing_ok=True)
