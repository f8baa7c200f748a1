"""What was measured, as tables."""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rig.bench.speed.people import Answer, Cost, by_endpoint, p95
from rig.bench.stopwatch import Bound, machine, write_between

GOAL = 50.0
"""Milliseconds: 95 of 100 answers of each endpoint."""

START, IDLE = 3.0, 1.0
"""Seconds until the first answer; percent of a core at rest."""

BEGIN, END = "<!-- speed of {}: begin -->", "<!-- speed of {}: end -->"


@dataclass(frozen=True, slots=True)
class Measured:
    """On one database. `idle` are percents of a core."""

    database: str
    start: float
    worker_start: float
    idle: dict[str, float]
    costs: list[Cost]
    walked: list[Answer]
    seconds: float
    hammered: list[Answer]
    hammered_seconds: float

    def bounds(self) -> list[Bound]:
        endpoints = by_endpoint(self.walked)
        slowest = max(endpoints, key=lambda each: p95(endpoints[each]), default="")
        found = [Bound("first answer of the web server", round(self.start, 2), START, "s")]
        found += [
            Bound(f"{part} at rest, of one core", round(share, 2), IDLE, "%") for part, share in self.idle.items()
        ]
        if slowest:
            found.append(Bound(f"slowest endpoint, p95: {slowest}", round(p95(endpoints[slowest]) * 1000), GOAL, "ms"))
        return found

    def text(self) -> str:
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        parts = [f"{self.database}, {datetime.now(UTC):%Y-%m-%d}: {machine()}; load {load}"]
        if self.walked:
            rate = len(self.walked) / self.seconds
            parts += [f"{len(self.walked)} requests in {self.seconds:.0f} s, {rate:.0f} a second:", self._walked()]
        if self.hammered:
            rate = len(self.hammered) / self.hammered_seconds
            all_p95 = p95([each.seconds for each in self.hammered]) * 1000
            parts.append(f"Without think time: {rate:.0f} requests a second, p95 {all_p95:.0f} ms.")
        goals = ["| goal | reached | |", "| --- | ---: | --- |", *(each.verdict() for each in self.bounds())]
        parts += ["\n".join(goals), f"The worker was ready after {self.worker_start:.1f} s.", "One request at a time:"]
        return "\n\n".join([*parts, self._costs()])

    def _walked(self) -> str:
        rows = [
            "| endpoint | requests | median, ms | p95, ms | max, ms | |",
            "| --- | ---: | ---: | ---: | ---: | --- |",
        ]
        for endpoint, seconds in by_endpoint(self.walked).items():
            times = (statistics.median(seconds), p95(seconds), max(seconds))
            figures = " | ".join(f"{each * 1000:.0f}" for each in times)
            word = "✓" if times[1] * 1000 <= GOAL else "✗"
            rows.append(f"| `{endpoint}` | {len(seconds)} | {figures} | {word} |")
        return "\n".join(rows)

    def _costs(self) -> str:
        rows = ["| request | median, ms | CPU of the server, ms | kB |", "| --- | ---: | ---: | ---: |"]
        for each in sorted(self.costs, key=lambda cost: -cost.cpu):
            figures = f"{each.seconds * 1000:.1f} | {each.cpu * 1000:.1f} | {each.size / 1000:.0f}"
            rows.append(f"| `{_short(each.template)}` | {figures} |")
        return "\n".join(rows)


def _short(template: str) -> str:
    """Twenty UUIDs are `uuid=…`."""
    address, _, query = template.partition("?")
    words = dict.fromkeys("uuid=…" if each.startswith("uuid=") else each for each in query.split("&") if each)
    return "?".join(filter(None, (address, "&".join(words))))


def keep(measured: Measured, path: Path) -> None:
    """Replace the tables of the run before on the same database."""
    begin, end = (mark.format(measured.database) for mark in (BEGIN, END))
    write_between(path, begin, end, measured.text())
