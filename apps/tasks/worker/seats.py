# [DEF:tasks.worker.seats:Module]
# @COMPLEXITY: 3
# @PURPOSE: How many tasks that hold much in memory a worker runs at a time.
# @RELATION DEPENDS_ON -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.models
"""A worker at rest takes 58 MB, and each large task up to 41 more (docs/performance.md). Without a limit on its memory,
a worker runs as many at a time as it has processes; in a small container, one after the other.
"""

from __future__ import annotations

import fcntl
import tempfile
from pathlib import Path

from django.db.models import Q

from apps.plugins.registry import registry
from apps.tasks.models import Task

FIRST = 105_000_000
"""Bytes that a worker takes with one large task, and some small ones beside it."""

EACH = 40_000_000
"""Bytes that each further one takes."""

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
NO_LIMIT = 1 << 50
"""Version 1 has no word for “no limit”, only a very large number."""


class Seats:
    """What the processes of one worker share. The kernel keeps the seats, as locks of the process that took one: the
    seat of a process that was killed is free again. Made before the fork; take and leave are for each process."""

    def __init__(self, number: int | None = None) -> None:
        """Without a number there is always one more."""
        self.number = number
        self._file = None if number is None else tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the worker
        self._taken: int | None = None

    def take(self) -> bool:
        """Whether this process has one now."""
        if self._file is None or self.number is None:
            return True
        for seat in range(self.number):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, seat)
            except OSError:
                continue
            self._taken = seat
            return True
        return False

    def leave(self) -> None:
        if self._file is not None and self._taken is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self._taken)
            self._taken = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def free(self) -> bool:
        """Whether a process could take one now."""
        free = self.take()
        self.leave()
        return free


UNLIMITED = Seats()
"""For a process that is alone, and for a worker whose memory has no limit."""


def is_large(task: Task) -> bool:
    action = registry().action(task.plugin, task.action)
    return action is not None and action.large


def large() -> Q:
    """The tasks for which `is_large`."""
    found = Q(pk=None)
    for plugin in registry().plugins.values():
        if slugs := [action.slug for action in plugin.actions if action.large]:
            found |= Q(plugin=plugin.slug, action__in=slugs)
    return found


def affordable(limit: int | None, processes: int) -> int:
    """How many seats fit into so many bytes of memory: one at least, and no more than there are processes."""
    return processes if limit is None else max(1, min(processes, 1 + (limit - FIRST) // EACH))


def memory_limit(own: Path = OWN, groups: Path = GROUPS) -> int | None:
    """Bytes that the control group of this process may take, version 2 or 1; None if there is no limit, or none is
    known. In a container, the group is the root of what is seen."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return None
    limits = []
    for _, controllers, path in lines:
        if controllers == "":
            limits += _limits(groups, path, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _limits(groups / "memory", path, "memory.limit_in_bytes")
    return min((limit for limit in limits if limit < NO_LIMIT), default=None)


def _limits(root: Path, path: str, name: str) -> list[int]:
    """Of the group and of those above it."""
    found, place = [], Path(path.lstrip("/"))
    for group in (place, *place.parents):
        try:
            text = (root / group / name).read_text().strip()
        except OSError:
            continue
        if text.isdecimal():
            found.append(int(text))
    return found
