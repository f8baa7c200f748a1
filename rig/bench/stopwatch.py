"""Times of several rounds, and tables to compare them."""

from __future__ import annotations

import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Goal:
    """`what` may take at most `factor` times as long as `base`."""

    what: str
    base: str
    factor: float


@dataclass(frozen=True, slots=True)
class Bound:
    """`reached` may be at most `most`."""

    what: str
    reached: float
    most: float
    unit: str

    def verdict(self) -> str:
        word = "✓" if self.reached <= self.most else "✗"
        return f"| {self.what} ≤ {self.most:g} {self.unit} | {_short(self.reached)} {self.unit} | {word} |"


def _short(number: float) -> str:
    """Three digits, or all before the point."""
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"


@dataclass(slots=True)
class Stopwatch:
    """Seconds by name, one per round."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def timing(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.times[what].append(time.perf_counter() - began)

    def median(self, what: str) -> float:
        return statistics.median(self.times[what])

    def table(self) -> str:
        rows = [
            f"| {what} | {self.median(what):.2f} | {min(each):.2f}–{max(each):.2f} |"
            for what, each in self.times.items()
        ]
        return "\n".join(["| measured | median, s | from–to, s |", "| --- | ---: | ---: |", *rows])

    def verdicts(self, goals: Sequence[Goal], bounds: Sequence[Bound] = ()) -> str:
        rows = [self._verdict(goal) for goal in goals if goal.what in self.times and goal.base in self.times]
        rows += [bound.verdict() for bound in bounds]
        return "\n".join(["| goal | reached | |", "| --- | ---: | --- |", *rows])

    def _verdict(self, goal: Goal) -> str:
        """The median ratio per round, which is steadier than that of the times of different rounds."""
        rounds = zip(self.times[goal.what], self.times[goal.base], strict=True)
        ratio = statistics.median(what / base for what, base in rounds)
        word = "✓" if ratio <= goal.factor else "✗"
        return f"| {goal.what} ≤ {goal.factor:g} × {goal.base} | {ratio:.2f} × | {word} |"


def machine() -> str:
    """One line: processor, cores, system, Python."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    for line in lines:
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = sum(line.startswith("processor") for line in lines)
    return f"{model}, {cores} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def write_between(path: Path, begin: str, end: str, text: str) -> None:
    """Replace what is between these two marks of a document."""
    before, rest = path.read_text().split(begin)
    path.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")
