"""The releases of the demo's two Supersets: those that are named, else those that it has already, else the newest."""

from __future__ import annotations

import os

from rig import paths
from rig.demo.ports import Ports
from rig.errors import RigError
from rig.servers.instances import Instance
from rig.servers.pair import Pair
from rig.servers.releases import NEWEST, line_of, release_named


def demo_pair(ports: Ports) -> Pair:
    """Both servers of the demo, of the releases in DEV_RELEASE and PROD_RELEASE; RigError if a server that exists is of
    another."""
    dev, prod = (_release(name) for name in ("dev", "prod"))
    return Pair(paths.demo(), dev_port=ports.dev, prod_port=ports.prod, dev_release=dev, prod_release=prod)


def _release(name: str) -> str:
    variable = f"{name.upper()}_RELEASE"
    named = os.environ.get(variable, "")
    existing = Instance(name, paths.demo() / name, 0).existing_release()
    if not named:
        return existing or NEWEST
    release = release_named(named, by=variable)
    if existing not in ("", release):
        raise RigError(
            f"{name} of the demo is Superset {existing}, and {variable} is {line_of(release)}. "
            f"To start over with that: make demo-down, then make demo {variable}={line_of(release)}"
        )
    return release
