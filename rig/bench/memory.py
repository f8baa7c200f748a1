"""Memory of processes in megabytes (10⁶ bytes), as counted by container limits."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
MEGABYTE = 1_000_000
INTERVAL = 0.1
"""Seconds between two samples."""


class Group:
    """A control group with memory accounting, version 2 or 1; `peak` is None if it cannot be created.

    The peak is what the limit of a container counts, except for files read before by other processes.
    """

    def __init__(self, name: str) -> None:
        self._place: Path | None = None
        self._peak = ""
        for base, peak in ((GROUPS, "memory.peak"), (GROUPS / "memory", "memory.max_usage_in_bytes")):
            place = base / f"lockstep-{name}-{os.getpid()}"
            with suppress(OSError):
                place.mkdir()
                if (place / peak).exists():
                    self._place, self._peak = place, peak
                    return
                place.rmdir()

    def enter(self, pid: int) -> None:
        if self._place:
            try:
                (self._place / "cgroup.procs").write_text(str(pid))
            except OSError:
                self.close()

    @property
    def peak(self) -> float | None:
        return int((self._place / self._peak).read_text()) / MEGABYTE if self._place else None

    def close(self) -> None:
        if self._place:
            with suppress(OSError):
                self._place.rmdir()
        self._place = None


def pss(pid: int) -> float:
    """Megabytes of a process and its descendants; shared pages are divided among their users."""
    total, family = 0, [pid]
    for each in family:
        with suppress(OSError):
            family.extend(children(each))
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024 / MEGABYTE


def children(pid: int) -> list[int]:
    """Process ids of the children, in the order of their start."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Highest:
    """The highest memory of a process and its descendants while watched."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.megabytes = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(INTERVAL):
            self.megabytes = max(self.megabytes, pss(self._pid))
