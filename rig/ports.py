"""Free ports, and the owners of taken ones."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

from rig.errors import PortTaken

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen there now; ports in TIME_WAIT count as free, as for the server."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Different free ports, below those that the system gives to connections: while a server is down, a client that
    tries its port again and again could otherwise get that number for its own end, and be connected to itself."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(LOWEST, HIGHEST)
        if is_free(port):
            found.add(port)
    return list(found)


def require_free(wanted: dict[str, int], *, advice: str) -> None:
    """Raise PortTaken, naming every taken port and its owner, unless all of them (name → port) are free."""
    taken = {name: port for name, port in wanted.items() if not is_free(port)}
    if not taken:
        return
    who = "; ".join(f"port {port} for “{name}” is taken by {owner_of(port)}" for name, port in taken.items())
    raise PortTaken(f"{who[0].upper()}{who[1:]}. Nothing was started or stopped. {advice}")


def owner_of(port: int) -> str:
    """The process that listens there, if the system reveals it."""
    inodes = _listeners(port)
    for folder in Path("/proc").glob("[0-9]*") if inodes else ():
        if any(link in inodes for link in _sockets(folder)):
            return f"process {folder.name} ({_command(folder)})"
    return "another process"


def _listeners(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == "0A":  # 0A: listening
                found.add(f"socket:[{fields[9]}]")
    return found


def _sockets(process: Path) -> list[str]:
    """Targets of its open files, as far as they are readable."""
    found = []
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(str(link.readlink()))
    return found


def _command(process: Path) -> str:
    arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return " ".join(" ".join(arguments).split())[:60].strip() or "?"
