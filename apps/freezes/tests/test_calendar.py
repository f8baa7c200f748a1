"""What a clock on a wall means where clocks are changed: in Berlin on 2026-03-29 and on 2026-10-25, at night."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from apps.freezes.recurrence import Day, Weekly, beginning, ending

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(from_day, from_time, until_day, until_time, zone=BERLIN):
    return Weekly(Day(from_day), time.fromisoformat(from_time), Day(until_day), time.fromisoformat(until_time), zone)


def lasting(window, text):
    return next((span for span in window.around(utc(text)) if span.holds(utc(text))), None)


WEEKEND = weekly("fri", "18:00", "mon", "08:00")


@pytest.mark.parametrize(
    ("at", "frozen"),
    [
        ("2026-11-27T16:59", False),
        ("2026-11-27T17:00", True),  # 18:00 in Berlin
        ("2026-11-29T12:00", True),
        ("2026-11-30T06:59", True),
        ("2026-11-30T07:00", False),
        ("2026-12-02T12:00", False),
    ],
)
def test_a_weekend_is_frozen_from_its_first_minute_to_its_last(at, frozen):
    assert bool(lasting(WEEKEND, at)) is frozen


def test_the_clocks_of_the_zone_count_in_summer_as_in_winter():
    summer, winter = lasting(WEEKEND, "2026-07-11T12:00"), lasting(WEEKEND, "2026-12-12T12:00")
    assert (summer.starts, summer.ends) == (utc("2026-07-10T16:00"), utc("2026-07-13T06:00"))
    assert (winter.starts, winter.ends) == (utc("2026-12-11T17:00"), utc("2026-12-14T07:00"))


def test_a_weekend_in_which_clocks_are_changed_is_an_hour_shorter_or_longer():
    spring, autumn = lasting(WEEKEND, "2026-03-28T12:00"), lasting(WEEKEND, "2026-10-24T12:00")
    assert (spring.ends - spring.starts).total_seconds() == 61 * 3600
    assert (autumn.ends - autumn.starts).total_seconds() == 63 * 3600


def test_a_time_that_comes_twice_begins_at_its_first_and_ends_at_its_second():
    twice = datetime.fromisoformat("2026-10-25T02:30")
    assert (beginning(twice, BERLIN), ending(twice, BERLIN)) == (utc("2026-10-25T00:30"), utc("2026-10-25T01:30"))


def test_a_time_that_never_comes_makes_the_window_longer_not_shorter():
    never = datetime.fromisoformat("2026-03-29T02:30")
    assert (beginning(never, BERLIN), ending(never, BERLIN)) == (utc("2026-03-29T00:30"), utc("2026-03-29T01:30"))
    night = weekly("sun", "02:30", "sun", "02:45")
    assert lasting(night, "2026-03-29T01:00"), "between the two that 02:30 could be"


def test_a_weekly_window_that_ends_before_it_begins_on_the_same_day_lasts_until_next_week():
    almost_all = weekly("mon", "10:00", "mon", "09:00", UTC)
    assert lasting(almost_all, "2026-11-29T12:00").ends == utc("2026-11-30T09:00")
    assert lasting(almost_all, "2026-11-30T09:30") is None
    assert lasting(almost_all, "2026-11-30T10:00").ends == utc("2026-12-07T09:00")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_of_the_week_is_that_of_the_zone(zone):
    monday = weekly("mon", "00:00", "tue", "00:00", ZoneInfo(zone))
    local = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert any(span.holds(local) for span in monday.around(local))
