# [DEF:freezes.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Freeze windows in words and JSON.
# @RELATION DEPENDS_ON -> freezes.models

from __future__ import annotations

from typing import Any

from django.utils import timezone

from apps.freezes.models import FreezeWindow
from apps.freezes.recurrence import Day


def when_of(window: FreezeWindow) -> str:
    """`every Friday 18:00 to Monday 08:00 Europe/Berlin`, `2026-12-23 18:00 to 2027-01-04 08:00 UTC`."""
    if weekly := window.weekly:
        first, last = (_day(day) for day in (weekly.from_day, weekly.until_day))
        return f"every {first} {weekly.from_time:%H:%M} to {last} {weekly.until_time:%H:%M} {window.time_zone}"
    assert window.starts
    assert window.ends
    first, last = (f"{each.astimezone(window.zone):%Y-%m-%d %H:%M}" for each in (window.starts, window.ends))
    return f"{first} to {last} {window.time_zone}"


def freeze_data(window: FreezeWindow) -> dict[str, Any]:
    now = timezone.now()
    span = window.upcoming(now)
    return {
        "id": window.pk,
        **window.facts(),
        "state": window.state(now).value,
        "next": {"starts": span.starts.isoformat(), "ends": span.ends.isoformat()} if span else None,
    }


def _day(day: Day) -> str:
    return day.name.capitalize()
