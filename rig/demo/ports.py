"""The ports of the demo: usual ones, or those of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass

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


def ports_from_environment() -> Ports:
    """DEV_PORT, PROD_PORT and LOCKSTEP_PORT, or the defaults."""
    ports = Ports(**{name: _port(f"{name.upper()}_PORT", usual) for name, usual in vars(Ports()).items()})
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
