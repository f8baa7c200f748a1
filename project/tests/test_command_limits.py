"""Limits and filters, as every list of a command has them. The audit stands for all."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.audit.services import record
from apps.core.management.arguments import moment, one_of


@pytest.fixture
def entries(author):
    """Forty of the audit, the newest last."""
    return [record(actor=author, action=f"probe.act{number}", target=author) for number in range(40)]


def test_a_list_is_cut_at_thirty_and_says_so(manage, entries):
    code, said, _ = manage("audit", "list")
    lines = said.splitlines()
    assert code == 0
    assert len(lines) == 1 + 30 + 2
    assert lines[-1] == "Showing 30 of 40. Use --limit to see more, --limit 0 to see all."
    assert "probe.act39" in lines[1]


def test_a_limit_of_zero_shows_all_without_a_note(manage, entries):
    said = manage("audit", "list", "--limit", 0)[1]
    assert len(said.splitlines()) == 1 + 40
    assert "Showing" not in said


def test_a_list_that_fits_says_nothing_about_limits(manage, entries):
    assert "Showing" not in manage("audit", "list", "--limit", 40)[1]


def test_json_and_markdown_are_cut_without_a_note(manage, entries):
    assert len(json.loads(manage("audit", "list", "--limit", 3, "--format", "json")[1])) == 3
    said = manage("audit", "list", "--limit", 3, "--format", "markdown")[1]
    assert len(said.splitlines()) == 2 + 3


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "٣", "9" * 30])
def test_a_limit_that_is_no_number_is_refused(manage, author, limit):
    code, _, said = manage("audit", "list", f"--limit={limit}")
    assert code == 1
    assert "is not a whole number from 0 to 1000000000" in said


def test_rows_are_chosen_by_moment_user_and_words(manage, entries, viewer):
    old = timezone.now() - timedelta(days=3)
    record(actor=viewer, action="probe.seen", target=viewer)
    assert len(json.loads(manage("audit", "list", "--by", "viewer", "--format", "json")[1])) == 1
    assert "None matches." in manage("audit", "list", "--until", f"{old:%Y-%m-%d}")[1]
    assert "probe.seen" in manage("audit", "list", "--since", "2h", "--search", "VIEWER seen")[1]
    assert manage("audit", "list", "--search", "viewer nowhere")[1] == "None matches.\n"


def test_an_account_that_does_not_exist_is_refused(manage, author):
    code, _, said = manage("audit", "list", "--by", "nobody")
    assert (code, "“nobody”" in said) == (1, True)


@pytest.mark.parametrize("text", ["yesterday", "7", "7y", "2026-13-01", "99999999d", "999999w", "", "٧d"])
def test_a_moment_that_cannot_be_read_is_refused_with_examples(text):
    with pytest.raises(argparse.ArgumentTypeError, match="Use 2026-11-24"):
        moment(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T18:00", datetime(2026, 11, 24, 18, tzinfo=UTC)),
        ("2026-11-24T18:00+02:00", datetime(2026, 11, 24, 16, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_in_utc_unless_it_says_otherwise(text, expected):
    assert moment(text) == expected


def test_how_long_ago_counts_back_from_now():
    for text, span in (("30m", timedelta(minutes=30)), ("2h", timedelta(hours=2)), ("4W", timedelta(weeks=4))):
        assert abs(timezone.now() - span - moment(text)) < timedelta(seconds=5)


def test_a_word_is_read_however_it_is_written():
    read = one_of(["awaiting input", "lost"])
    assert [read(text) for text in ("awaiting input", "awaiting_input", "Awaiting-Input")] == ["awaiting input"] * 3
    with pytest.raises(argparse.ArgumentTypeError, match="Choose from awaiting input, lost"):
        read("done")
