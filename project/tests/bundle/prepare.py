"""Fetches what the tests of the bundle need while there is a network: wheels, a Debian, a Superset with examples."""

from __future__ import annotations

from project.tests.bundle.debian import TARGET
from project.tests.bundle.machine import target
from rig import image, locks, paths
from rig.bundle import wheels
from rig.errors import RigError
from rig.progress import Progress
from rig.servers import install
from rig.servers.releases import NEWEST
from rig.servers.template import Template


def main() -> None:
    progress = Progress()
    for each in (target(), TARGET):
        wheels.downloaded(each, progress)
    try:
        image.base(progress)
    except RigError as error:
        progress.say(f"Without a Debian 13: {error}")
    with locks.acquire(paths.home() / "lock", on_wait=lambda: progress.say("Waiting for another process")):
        venv = install.superset(NEWEST, progress)
        with Template(paths.template(), progress).made(venv):
            pass


if __name__ == "__main__":
    main()
