"""A disk of its own for Lockstep's data, small enough to be filled, which can become one that only reads."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.hostile.trial import Trial

SIZE = 64
"""Megabytes."""

BLOCK = 1024 * 1024


class Disk:
    """Mounted where the trial's data directory is. Takes the rights of root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Until nothing more can be written."""
        for block in (bytes(BLOCK), bytes(4096), b"x"):
            with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as stream:
                while True:
                    stream.write(block)

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def read_only(self, *, on: bool) -> None:
        """For whoever opens something from now on: what a server keeps open for writing, it keeps."""
        if on:
            _system("mount", "--bind", str(self._folder), str(self._folder))
            _system("mount", "-o", "remount,bind,ro", str(self._folder))
        else:
            _system("umount", "-l", str(self._folder))


@contextmanager
def disk(trial: Trial) -> Iterator[Disk]:
    """Move the trial's data directory to one."""
    data = trial.lockstep.data
    kept = data.with_name(f"{data.name}-kept")
    data.rename(kept)
    data.mkdir()
    _system("mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0700", "tmpfs", str(data))
    try:
        shutil.copytree(kept, data, dirs_exist_ok=True)
        yield Disk(data)
    finally:
        trial.close()
        _system("umount", "-l", str(data))
        shutil.rmtree(kept)


def _system(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
