from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from apps.schedules.cron import explained, last_slot, next_slot, refuse_bad_cron, refuse_bad_zone, slots_after

BERLIN = "Europe/Berlin"


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def slots(cron, zone, after, count):
    return [slot.isoformat()[:16] for slot in slots_after(at(after), cron=cron, zone=zone, count=count)]


def test_slots_follow_the_wall_clock_of_their_zone():
    assert slots("30 2 * * MON-FRI", BERLIN, "2026-11-26T12:00Z", 3) == [
        "2026-11-27T01:30",
        "2026-11-30T01:30",
        "2026-12-01T01:30",
    ]


class TestSpring:
    """In Berlin 02:00 to 03:00 of 29 March 2026 does not exist."""

    def test_what_is_due_in_the_hour_that_is_skipped_is_due_at_its_end(self):
        assert slots("30 2 * * *", BERLIN, "2026-03-28T12:00Z", 2) == ["2026-03-29T01:00", "2026-03-30T00:30"]

    def test_what_is_due_every_half_hour_goes_on(self):
        assert slots("*/30 * * * *", BERLIN, "2026-03-29T00:15Z", 3) == [
            "2026-03-29T00:30",
            "2026-03-29T01:00",
            "2026-03-29T01:30",
        ]

    def test_two_times_that_fall_together_are_one_slot(self):
        assert slots("0 2,3 * * *", BERLIN, "2026-03-28T23:30Z", 2) == ["2026-03-29T01:00", "2026-03-30T00:00"]


class TestAutumn:
    """In Berlin 02:00 to 03:00 of 25 October 2026 comes twice."""

    def test_what_is_due_in_the_hour_that_comes_twice_is_due_in_the_first(self):
        assert slots("30 2 * * *", BERLIN, "2026-10-24T12:00Z", 2) == ["2026-10-25T00:30", "2026-10-26T01:30"]

    def test_a_slot_asked_for_within_the_repeated_hour_is_due_the_next_day(self):
        assert slots("30 2 * * *", BERLIN, "2026-10-25T00:45Z", 1) == ["2026-10-26T01:30"]

    @pytest.mark.parametrize("now", ["2026-10-25T00:30Z", "2026-10-25T01:29Z", "2026-10-25T01:45Z"])
    def test_the_last_slot_is_the_first_of_a_repeated_hour(self, now):
        assert last_slot(at(now), cron="30 2 * * *", zone=BERLIN) == at("2026-10-25T00:30Z")

    def test_what_is_due_every_hour_goes_on(self):
        assert slots("0 * * * *", BERLIN, "2026-10-24T23:30Z", 4) == [
            "2026-10-25T00:00",
            "2026-10-25T01:00",
            "2026-10-25T02:00",
            "2026-10-25T03:00",
        ]


def test_the_last_slot_is_the_present_one_at_its_moment():
    assert last_slot(at("2026-11-26T12:00Z"), cron="0 12 * * *", zone="UTC") == at("2026-11-26T12:00Z")
    assert last_slot(at("2026-11-26T11:59:59.9Z"), cron="0 12 * * *", zone="UTC") == at("2026-11-25T12:00Z")


def test_the_next_slot_is_never_the_present_one():
    assert next_slot(at("2026-11-26T12:00Z"), cron="0 12 * * *", zone="UTC") == at("2026-11-27T12:00Z")


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("61 * * * *", "is no cron expression (bad minute): give minute, hour"),
        ("* * * *", "has 4 fields and not 5"),
        ("0 0 0 * * *", "has 6 fields and not 5"),
        ("", "has 0 fields"),
        ("0 0 31 2 *", "bad day-of-month"),
        ("*/0 * * * *", "bad minute"),
        ("@daily", "has 1 fields"),
    ],
)
def test_nonsense_is_refused_with_what_is_wrong(cron, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        refuse_bad_cron(cron)
    with pytest.raises(ValueError, match=re.escape(words)):
        next_slot(at("2026-11-26T12:00Z"), cron=cron, zone="UTC")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "CEST"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(ValueError, match="There is no time zone"):
        refuse_bad_zone(zone)


def test_an_expression_can_be_described_in_words():
    assert explained("30 2 * * MON-FRI") == "At 02:30 on Monday through Friday"
    assert explained("nonsense") == "nonsense"
