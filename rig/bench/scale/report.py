"""What was measured, as two tables."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rig.bench.speed.people import Answer, p95
from rig.bench.stopwatch import machine, write_between

BEGIN, END = "<!-- scale: begin -->", "<!-- scale: end -->"


@dataclass(frozen=True, slots=True)
class Worked:
    """By so many workers. `waits` are seconds from queued to started."""

    workers: int
    a_second: float
    waits: Sequence[float]

    def row(self) -> str:
        figures = f"{statistics.median(self.waits) * 1000:.0f} | {p95(list(self.waits)) * 1000:.0f}"
        return f"| {self.workers} | {self.a_second:.1f} | {figures} |"


@dataclass(frozen=True, slots=True)
class Used:
    """By so many users through so many web servers. `cores` are used by the web servers, `own` by the users."""

    users: int
    webs: int
    answers: Sequence[Answer]
    seconds: float
    cores: float
    own: float

    def row(self) -> str:
        times = [each.seconds for each in self.answers if not each.failed]
        failed = sum(each.failed for each in self.answers)
        figures = f"{len(times) / self.seconds:.0f} | {statistics.median(times) * 1000:.0f} | {p95(times) * 1000:.0f}"
        return f"| {self.users} | {self.webs} | {figures} | {failed} | {self.cores:.2f} | {self.own:.2f} |"


@dataclass(frozen=True, slots=True)
class Measured:
    database: str
    backlog: int
    paced: int
    rate: float
    think: float
    seconds: float
    loads: Sequence[float]
    """Of the machine in the minute before the end of each table."""

    worked: Sequence[Worked]
    used: Sequence[Used]

    def text(self) -> str:
        return "\n".join(
            [
                self._about(),
                "",
                f"{self.backlog} short tasks in the queue, then {self.paced} at {self.rate:g} a second:",
                "",
                "| workers, of two processes | short tasks a second | from queued to started, p50, ms | p95, ms |",
                "| ---: | ---: | ---: | ---: |",
                *(each.row() for each in self.worked),
                "",
                f"Users for {self.seconds:g} s, each opens the next page after {self.think:g} s on average:",
                "",
                "| users | webs | requests a second | p50, ms | p95, ms | no answer | cores of webs | of users |",
                "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
                *(each.row() for each in self.used),
            ]
        )

    def _about(self) -> str:
        first, second = self.loads
        return (
            f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, {self.database}. Web servers, workers, database and users "
            f"shared this machine, with others: its load was {first:.1f} after the first table, {second:.1f} after the "
            "second."
        )


def keep(measured: Measured, path: Path) -> None:
    """Replace the tables of the run before."""
    write_between(path, BEGIN, END, measured.text())


def load() -> float:
    return os.getloadavg()[0]
