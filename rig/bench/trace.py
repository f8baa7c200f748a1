"""What a trace of Chromium tells of the work of a page: of each frame, the time its main thread was busy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MARK = "lockstep-frame"
CATEGORIES = (
    *("toplevel", "blink.user_timing", "disabled-by-default-devtools.timeline"),
    *("devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame"),
)
TASKS = ("ThreadControllerImpl::RunTask", "RunTask")

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frames:
    """Milliseconds: of the processor (`work`), and what passed meanwhile, which other programs lengthen (`wall`)."""

    work: tuple[float, ...]
    wall: tuple[float, ...]
    longest: float
    longest_wall: float
    presented: int

    def p95(self) -> float:
        return share(self.work, 0.95)


def share(values: Sequence[float], part: float) -> float:
    """The value that so much of all is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def frames(trace: bytes) -> Frames:
    """The frames between the marks that the page set, one in each."""
    document = json.loads(trace)
    events: list[Event] = document["traceEvents"] if isinstance(document, dict) else document
    marks = sorted((event for event in events if event["name"] == MARK), key=_began)
    if len(marks) < 3:
        raise ValueError("The trace has no frames.")
    begin, end = marks[0]["ts"], marks[-1]["ts"]
    starts = [mark["ts"] for mark in marks]
    work, wall = [0.0] * len(marks), [0.0] * len(marks)
    longest = longest_wall = 0.0
    at = 0
    for event in _tasks(events, marks[0]):
        if not begin <= event["ts"] <= end:
            continue
        # The task that the mark of a frame is in began a moment before it
        while at + 1 < len(marks) and starts[at + 1] <= event["ts"] + event["dur"]:
            at += 1
        spent = float(event["tdur"] if "tdur" in event else event["dur"]) / 1000
        work[at] += spent
        wall[at] += event["dur"] / 1000
        longest, longest_wall = max(longest, spent), max(longest_wall, event["dur"] / 1000)
    presented = sum(event["name"] == "DrawFrame" and begin <= event["ts"] <= end for event in events)
    return Frames(tuple(work[1:-1]), tuple(wall[1:-1]), longest, longest_wall, presented)


def _tasks(events: Sequence[Event], mark: Event) -> Iterator[Event]:
    """The outermost tasks of the thread that set the mark."""
    ours = [
        event
        for event in events
        if event.get("ph") == "X"
        and event["name"] in TASKS
        and (event["pid"], event["tid"]) == (mark["pid"], mark["tid"])
    ]
    until = 0
    for event in sorted(ours, key=_began):
        if event["ts"] >= until:
            until = event["ts"] + event["dur"]
            yield event


def _began(event: Event) -> int:
    began: int = event["ts"]
    return began
