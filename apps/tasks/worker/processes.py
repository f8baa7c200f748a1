# [DEF:tasks.worker.processes:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which process runs a task, and whether it still is there.

from __future__ import annotations

import os
import signal
import socket
import time
from functools import cache
from pathlib import Path

PROC = Path("/proc")

LAST_SECONDS = 5.0
"""For so long a process that was killed may take to be gone: the kernel first ends what it waits for."""


@cache
def host() -> str:
    """Where a process number means something: the machine by its name and its start, which differs where several have
    one name, and the container where it has numbers of its own."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text()[:8]
        space = (PROC / "self/ns/pid").readlink().name
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()} {boot} {space}"


def machine_of(host: str) -> str:
    """What people see of it."""
    return host.partition(" ")[0]


def birth(pid: int) -> int | None:
    """When a process began, in clock ticks since the machine did: its number is given again, the two together are not.
    None where the system does not say. Setting the clock does not change it."""
    fields = _status(pid)
    return int(fields[19]) if len(fields) > 19 else None


def is_alive(pid: int, born: int | None = None) -> bool:
    """Whether a process of this number, and of this birth, runs on this host. One that has ended, and whose end nobody
    has taken note of, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process, so there is one
        return born in (None, birth(pid))
    ended = _status(pid)[:1] in (["Z"], ["X"])
    return not ended and (born is None or birth(pid) in (None, born))


def end(pid: int, born: int) -> bool:
    """End a process that does not answer any more, also one that was stopped. Whether it is gone."""
    if not is_alive(pid, born):
        return True
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return not is_alive(pid, born)
    until = time.monotonic() + LAST_SECONDS
    while is_alive(pid, born) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid, born)


def _status(pid: int) -> list[str]:
    """The fields of proc(5)'s stat from the third, the state, on; empty where there are none."""
    try:
        return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
