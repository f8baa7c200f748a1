"""Processes identified by number and start time, because the system reuses numbers.

No function here signals any other process than the remembered one.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

POLL = 0.05
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine: number and start time, as the system spells it."""

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
        """The saved process if it is still alive, else None."""
        try:
            saved = cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return saved if saved.alive() else None

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, *, grace: float, group: bool = False) -> None:
        """Terminate it, and kill it after `grace` seconds; with `group`, its process group, too."""
        self.ask_to_stop()
        if self.wait(grace):
            return
        if group and self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._signal(signal.SIGKILL)
        self.wait(grace)

    def wait(self, seconds: float) -> bool:
        """Whether it ends within this time."""
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


def interrupted_with_us() -> None:
    """For a new child: let our death interrupt it, which would go on writing or wait forever. Linux only."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _start_of(pid: int) -> str:
    """Start time of a process, empty if it is gone or a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # reap ended children, which would stay visible
    if Path("/proc/self/stat").exists():
        return _start_from_proc(pid)
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _start_from_proc(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()  # the name before may contain blanks
    return "" if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"


def _boot() -> str:
    """Identifies the boot of the machine, from which start times count."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
