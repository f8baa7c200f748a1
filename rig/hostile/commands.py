"""A command of Lockstep that runs during an attack: start it, signal it, and read its result."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from rig import paths
from rig.hostile.judge.result import CommandResult
from rig.lockstep import Lockstep

TIMEOUT = 150.0
"""Seconds after which a command counts as hanging."""


POLL = 0.05
MOST_MEMORY = 2000.0
"""Megabytes; a command that takes more is killed as if it hung."""


class Command:
    """`manage.py …` in a session of its own, so that signals reach nothing else."""

    def __init__(self, lockstep: Lockstep, arguments: tuple[str, ...], *, stdin: str = "") -> None:
        self.arguments = arguments
        self._began = time.monotonic()
        self._memory = 0.0
        self._out, self._err = tempfile.TemporaryFile("w+b"), tempfile.TemporaryFile("w+b")  # noqa: SIM115 - read later
        self._child = subprocess.Popen(
            lockstep.command(arguments),
            stdin=subprocess.PIPE,
            stdout=self._out,
            stderr=self._err,
            env=lockstep.environment,
            cwd=paths.CHECKOUT,
            start_new_session=True,
        )
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(stdin.encode())
            self._child.stdin.close()

    @property
    def pid(self) -> int:
        return self._child.pid

    def signal(self, number: signal.Signals) -> None:
        """Signal all its processes, if it still runs."""
        if self._child.poll() is None:
            os.killpg(self._child.pid, number)

    def result(self, timeout: float = TIMEOUT) -> CommandResult:
        """Wait for the end and return the result; a hanging command is killed and has no exit code."""
        end = time.monotonic() + timeout
        while (code := self._child.poll()) is None and time.monotonic() < end:
            self._memory = max(self._memory, _highest_memory(self.pid))
            if self._memory > MOST_MEMORY:
                break
            time.sleep(POLL)
        if code is None:
            self.signal(signal.SIGKILL)
            self._child.wait()
        seconds = time.monotonic() - self._began
        return CommandResult(self.arguments, code, _content(self._out), _content(self._err), seconds, self._memory)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
        self._child.wait()


def _highest_memory(pid: int) -> float:
    """Peak memory in megabytes; 0 where the system does not report it."""
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
    return 0.0


def _content(stream: object) -> str:
    stream.seek(0)  # type: ignore[attr-defined]
    return str(stream.read().decode(errors="backslashreplace"))  # type: ignore[attr-defined]
