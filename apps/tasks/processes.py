# [DEF:tasks.processes:Module]
# @COMPLEXITY: 2
# @PURPOSE: Which process runs a task, and whether it still is there.
"""Which process runs a task, and whether it still is there."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path

PROC = Path("/proc")


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
    """What people are told of it."""
    return host.partition(" ")[0]


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs on this host."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process, so there is one
        return True
    return True
