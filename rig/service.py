"""Long-running commands of Lockstep, such as `run` and `worker`."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.processes import Process

TIMEOUT = 60.0
GRACE = 30.0
"""Seconds for running tasks to end after SIGTERM."""

POLL = 0.05
LOG_LINES = 15


class Service:
    """A command with a name in a folder: output in NAME.log, process in NAME.json, where a later run finds it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.log = folder / f"{name}.log"
        self._note = folder / f"{name}.json"
        self._child: subprocess.Popen[bytes] | None = None  # kept: Python warns about a dropped Popen

    def process(self) -> Process | None:
        """The started process, if it still runs."""
        return Process.load(self._note)

    def start(self, lockstep: Lockstep, *arguments: str) -> None:
        """Start without waiting. Ctrl-C in the terminal does not reach the command."""
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                lockstep.command(arguments),
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
        """Wait until the log contains this; RigError with the end of the log if the command ends or takes too long."""
        until = time.monotonic() + TIMEOUT
        while sentence not in self.log.read_text(errors="replace"):
            if self.process() is None or time.monotonic() > until:
                raise RigError(f"Lockstep did not start. {self.log} ends with:\n{self.tail()}")
            time.sleep(POLL)

    def wait(self) -> None:
        """Wait until it ends by itself."""
        if self._child:
            self._child.wait()

    def tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]) or "(nothing)"

    def stop(self) -> None:
        """Terminate it and wait for running tasks; a second SIGTERM aborts them."""
        if process := self.process():
            process.ask_to_stop()
            if not process.wait(GRACE):
                process.stop(grace=GRACE)
        if self._child:
            self._child.poll()
        self._note.unlink(missing_ok=True)
