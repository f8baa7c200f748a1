# [DEF:schedules.cron:Module]
# @COMPLEXITY: 2
# @PURPOSE: When a cron expression is due in a time zone, summer time included.
"""As in Debian's cron: a time in the hour that a spring night skips is due when that hour ends, and a time in the hour
that an autumn night has twice is due in the first of them. Intervals of minutes or hours go on by elapsed time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from apps.schedules import messages

FIELDS = 5


def slots_after(moment: datetime, *, cron: str, zone: str, count: int) -> list[datetime]:
    """The next ones, in UTC; fewer where the expression ends. ValueError with a sentence if it is invalid."""
    slots: list[datetime] = []
    while len(slots) < count and (slot := _next(slots[-1] if slots else moment, cron, zone)):
        slots.append(slot)
    return slots


def next_slot(moment: datetime, *, cron: str, zone: str) -> datetime | None:
    """The first one after this moment."""
    return next(iter(slots_after(moment, cron=cron, zone=zone, count=1)), None)


def last_slot(moment: datetime, *, cron: str, zone: str) -> datetime | None:
    """The last one up to and at this moment."""
    last = _next(moment + timedelta(microseconds=1), cron, zone, reverse=True)
    # Asked in the second of two equal hours, the library leaves out what was due in the first
    while last and (later := _next(last, cron, zone)) and later <= moment:
        last = later
    return last


def explained(cron: str) -> str:
    """`At 02:30 on Monday through Friday`."""
    try:
        text: str = CronSim(cron, datetime.now(UTC)).explain()
    except CronSimError:
        return cron
    return text


def moment(at: datetime, zone: str) -> str:
    """`Tue 2026-12-01 10:00 CET`: by the clock of that zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a %Y-%m-%d %H:%M} {local.tzname()}"


def refuse_bad_cron(cron: str) -> None:
    """ValueError with a sentence unless it is a cron expression of five fields that is due at some time."""
    if len(cron.split()) != FIELDS:
        raise ValueError(messages.wrong_fields(cron, len(cron.split()), FIELDS))
    try:
        first = next(CronSim(cron, datetime.now(UTC)), None)
    except CronSimError as error:
        facts = {"error": str(error).lower(), "example": messages.EXAMPLE}
        raise ValueError(messages.BAD_CRON.format(cron=cron, **facts)) from None
    if first is None:
        raise ValueError(messages.NEVER_DUE.format(cron=cron))


def refuse_bad_zone(zone: str) -> None:
    if zone not in _zones():
        raise ValueError(messages.BAD_ZONE.format(zone=zone))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _next(moment: datetime, cron: str, zone: str, *, reverse: bool = False) -> datetime | None:
    refuse_bad_zone(zone)
    refuse_bad_cron(cron)
    found = next(CronSim(cron, moment.astimezone(ZoneInfo(zone)), reverse=reverse), None)
    return found.astimezone(UTC) if found else None
