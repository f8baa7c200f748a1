"""Builds the application that the demo opens, while the Supersets are installed and start."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from rig import paths
from rig.errors import RigError
from rig.progress import Progress

BUILD = ("make", "frontend")
SHOWN = 2_000


@contextmanager
def being_built(progress: Progress) -> Iterator[Callable[[], None]]:
    """Begin the build, and give what waits for its end: RigError there if it failed. Nothing is built without need."""
    with ThreadPoolExecutor(1) as alone:
        building = alone.submit(_build, progress)
        yield building.result


def _build(progress: Progress) -> None:
    with progress.step("Building the application"):
        made = subprocess.run(BUILD, cwd=paths.CHECKOUT, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RigError(f"The application could not be built:\n{(made.stdout + made.stderr)[-SHOWN:]}")
