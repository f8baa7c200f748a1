"""The clock of a real process, turned by a test: libfaketime shows it another time, and nothing else is changed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

PLACES = ("lib/*/faketime/libfaketime.so.1", "lib/faketime/libfaketime.so.1", "local/lib/faketime/libfaketime.so.1")
"""Below /usr."""


class TurnedClock:
    """`show` sets it, from then on it goes on by itself; the processes that have its `variables` follow at once."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.offset = 0.0
        self._write(0.0)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": _library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def show(self, moment: datetime) -> None:
        self._write((moment - timezone.now()).total_seconds())

    def _write(self, offset: float) -> None:
        self.offset = offset
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset:+.3f}\n")
        new.rename(self._file)  # at once, so that no process reads half of it


def _library() -> str:
    found = [str(path) for place in PLACES for path in sorted(Path("/usr").glob(place))]
    if not found:
        pytest.fail(
            "This test turns the clock of a worker, for which it needs libfaketime: install it (Debian and Ubuntu: "
            "apt-get install faketime; as root, `make test` does that)."
        )
    return found[0]
