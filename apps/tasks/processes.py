# [DEF:tasks.processes:Module]
# @COMPLEXITY: 2
# @PURPOSE: Which process runs a task, and whether it still is there.
"""Which process runs a task, and whether it still is there."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


@cache
def host() -> str:
    """Where a process number means something: the machine's name, and with it the container's where it has its own."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()} {space}"


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs on this host."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process, so there is one
        return True
    return True
