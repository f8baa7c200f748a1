"""The ports of the demo: those of the environment, else those of its last start, else the usual ones."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from rig import paths
from rig.errors import RigError


@dataclass(frozen=True)
class Ports:
    """Ports of the two Supersets and of Lockstep."""

    dev: int = 8188
    prod: int = 8189
    lockstep: int = 8187

    @property
    def advice(self) -> str:
        others = {f"{name.upper()}_PORT": port + 100 for name, port in vars(self).items()}
        return "Choose other ports: make demo " + " ".join(f"{name}={port}" for name, port in others.items())


def remember(ports: Ports) -> None:
    """Keep them for later starts, because Lockstep knows the servers by their addresses."""
    _kept().write_text(json.dumps(asdict(ports)))


def forget() -> None:
    _kept().unlink(missing_ok=True)


def ports_from_environment() -> Ports:
    """DEV_PORT, PROD_PORT and LOCKSTEP_PORT, or the remembered or usual ones."""
    ports = Ports(**{name: _port(f"{name.upper()}_PORT", usual) for name, usual in vars(_usual()).items()})
    named = {port: name for name, port in vars(ports).items()}
    for name, port in vars(ports).items():
        if named[port] != name:
            names = f"{name.upper()}_PORT and {named[port].upper()}_PORT"
            raise RigError(f"{names} are both {port}: each server needs its own port.")
    return ports


def _port(name: str, usual: int) -> int:
    given = os.environ.get(name) or str(usual)
    if not given.isdecimal() or not 1024 <= int(given) <= 65535:
        raise RigError(f"{name} is “{given}”: use a port from 1024 to 65535.")
    return int(given)


def _usual() -> Ports:
    try:
        return Ports(**json.loads(_kept().read_text()))
    except (OSError, ValueError, TypeError):
        return Ports()


def _kept() -> Path:
    return paths.demo() / "ports.json"
