"""A small disk for Lockstep's data that can be filled or made read-only."""

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
    """Mounted at the data directory of the trial. Requires root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Write until the disk is full."""
        for block in (bytes(BLOCK), bytes(4096), b"x"):
            with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as stream:
                while True:
                    stream.write(block)

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def read_only(self, *, on: bool) -> None:
        """Applies to files opened from now on; files already open for writing stay writable."""
        if on:
            _system("mount", "--bind", str(self._folder), str(self._folder))
            _system("mount", "-o", "remount,bind,ro", str(self._folder))
        else:
            _system("umount", "-l", str(self._folder))


@contextmanager
def disk(trial: Trial) -> Iterator[Disk]:
    """Move the data directory of the trial to such a disk."""
    data = trial.lockstep.data
    saved = data.with_name(f"{data.name}-kept")
    data.rename(saved)
    data.mkdir()
    _system("mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0700", "tmpfs", str(data))
    try:
        shutil.copytree(saved, data, dirs_exist_ok=True)
        yield Disk(data)
    finally:
        trial.close()
        _system("umount", "-l", str(data))
        shutil.rmtree(saved)


def _system(*arguments: str) -> None:
    subprocess.run(arguments, check=True, capture_output=True)
