"""Memory of processes in megabytes (10⁶ bytes), as counted by container limits."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RigError

GROUPS = Path("/sys/fs/cgroup")
MEGABYTE = 1_000_000
INTERVAL = 0.1
"""Seconds between two samples."""


@dataclass(frozen=True)
class Version:
    """The files of one version of control groups."""

    base: Path
    peak: str
    limits: tuple[tuple[str, str], ...]
    """In this order; `{}` is the limit in bytes. Swap counts, and there is none."""

    kills: str
    """Where `oom_kill N` stands."""


VERSIONS = (
    Version(GROUPS, "memory.peak", (("memory.max", "{}"), ("memory.swap.max", "0")), "memory.events"),
    Version(
        GROUPS / "memory",
        "memory.max_usage_in_bytes",
        (("memory.limit_in_bytes", "{}"), ("memory.memsw.limit_in_bytes", "{}")),
        "memory.oom_control",
    ),
)


class Group:
    """A control group with memory accounting, version 2 or 1; `peak` is None if it cannot be created.

    The peak is what the limit of a container counts, except for files read before by other processes. With a limit in
    bytes, the kernel kills a process where memory cannot be freed; RigError if no limit can be set.
    """

    def __init__(self, name: str, limit: int | None = None) -> None:
        self._place: Path | None = None
        for self._version in VERSIONS:
            place = self._version.base / f"lockstep-{name}-{os.getpid()}"
            with suppress(OSError):
                place.mkdir()
                if (place / self._version.peak).exists():
                    self._place = place
                    break
                place.rmdir()
        if limit is not None:
            self._hold(limit)

    def _hold(self, limit: int) -> None:
        if not self._place:
            raise RigError("A limit on memory needs control groups that can be created here.")
        for name, text in self._version.limits:
            (self._place / name).write_text(text.format(limit))

    def enter(self, pid: int) -> None:
        if self._place:
            try:
                (self._place / "cgroup.procs").write_text(str(pid))
            except OSError:
                self.close()

    @property
    def peak(self) -> float | None:
        return int((self._place / self._version.peak).read_text()) / MEGABYTE if self._place else None

    @property
    def kills(self) -> int:
        """How many of its processes the kernel has killed, for want of memory."""
        if not self._place:
            return 0
        facts = dict(line.split() for line in (self._place / self._version.kills).read_text().splitlines())
        return int(facts.get("oom_kill", 0))

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
