# [DEF:freezes.recurrence:Module]
# @COMPLEXITY: 2
# @PURPOSE: From a clock on a wall to moments: when a window that returns every week begins and ends.
"""Where clocks are changed, a time of the wall may come twice or never. A window is then the longer of the two that
could be meant: it begins at the earlier moment and ends at the later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEK = 7


class Day(StrEnum):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def number(self) -> int:
        """As Python counts: Monday is 0."""
        return list(Day).index(self)


@dataclass(frozen=True, slots=True)
class Span:
    """Two moments; the second is not part of it."""

    starts: datetime
    ends: datetime

    def holds(self, at: datetime) -> bool:
        return self.starts <= at < self.ends


def beginning(local: datetime, zone: ZoneInfo) -> datetime:
    return _moment(local, zone, min)


def ending(local: datetime, zone: ZoneInfo) -> datetime:
    return _moment(local, zone, max)


def _moment(local: datetime, zone: ZoneInfo, chosen: Callable[..., datetime]) -> datetime:
    return chosen(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week from a day and time to the next such day and time, by the clocks of one time zone."""

    from_day: Day
    from_time: time
    until_day: Day
    until_time: time
    zone: ZoneInfo

    @property
    def days(self) -> int:
        """Midnights that it spans: up to seven."""
        days = (self.until_day.number - self.from_day.number) % WEEK
        return WEEK if days == 0 and self.until_time <= self.from_time else days

    def around(self, at: datetime) -> Iterator[Span]:
        """Those that may hold the moment, and the one that follows, in order."""
        today = at.astimezone(self.zone).date()
        latest = today - timedelta(days=(today.weekday() - self.from_day.number) % WEEK)
        for weeks in (-1, 0, 1):
            first = latest + timedelta(weeks=weeks)
            last = first + timedelta(days=self.days)
            yield Span(
                beginning(datetime.combine(first, self.from_time), self.zone),
                ending(datetime.combine(last, self.until_time), self.zone),
            )
