"""Processes by identity: a number alone is reused by the system, so a process is known by its number and its start.

Nothing here ever signals a process that is not the very one that was remembered.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

POLL = 0.05


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine: its number, and the time it started in the system's own words."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this number now, or None."""
        started = _start_of(pid)
        return cls(pid, started) if started else None

    def alive(self) -> bool:
        return _start_of(self.pid) == self.started

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Process | None:
        """The process that was saved there if it still lives, else None."""
        try:
            saved = cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return saved if saved.alive() else None

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, *, grace: float, group: bool = False) -> None:
        """Ask it to end, wait `grace` seconds, then end it; with `group`, what it started in its own session too."""
        self.ask_to_stop()
        if self.wait(grace):
            return
        if group and self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._signal(signal.SIGKILL)
        self.wait(grace)

    def wait(self, seconds: float) -> bool:
        """Whether it is gone, waiting for that at most so long."""
        until = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > until:
                return False
            time.sleep(POLL)
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _start_of(pid: int) -> str:
    """When a process started, or an empty string for one that is gone (or only waits to be reaped)."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that has ended would else stay visible
    if Path("/proc/self/stat").exists():
        return _start_from_proc(pid)
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _start_from_proc(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()  # the name before it may hold blanks
    return "" if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"


def _boot() -> str:
    """Tells one start of the machine from another: start times count from it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
