# [DEF:core.management.arguments:Module]
# @COMPLEXITY: 2
# @PURPOSE: How arguments of commands are read. What cannot be read is refused with what can.

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from apps.core.management import messages

LONGEST = timedelta(days=365 * 100)
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MOST_DIGITS = 18

MOST_WORDS = 20
"""As in a search of the API."""

LONGEST_SEARCH = 1000


def whole_number(first: int, last: int | None = None) -> Callable[[str], int]:
    """For argparse: a number from `first` on, up to `last`."""
    expected = messages.FROM_TO.format(first=first, last=last) if last else messages.FROM.format(first=first)

    def read(text: str) -> int:
        is_number = re.fullmatch(rf"[+-]?[0-9]{{1,{MOST_DIGITS}}}", text.strip())
        if not is_number or int(text) < first or (last is not None and int(text) > last):
            raise argparse.ArgumentTypeError(messages.NOT_A_NUMBER.format(text=text, expected=expected))
        return int(text)

    return read


def one_of(words: Iterable[str]) -> Callable[[str], str]:
    """For argparse: one of these words, however its spaces and capitals are written."""
    known = {_plain(word): word for word in words}

    def read(text: str) -> str:
        if found := known.get(_plain(text)):
            return found
        allowed = ", ".join(known.values())
        raise argparse.ArgumentTypeError(messages.NOT_ALLOWED.format(text=text, allowed=allowed))

    return read


def search_text(text: str) -> str:
    """For argparse: what a database can still look for."""
    if len(text.split()) > MOST_WORDS or len(text) > LONGEST_SEARCH:
        expected = messages.SEARCHABLE.format(words=MOST_WORDS, characters=LONGEST_SEARCH)
        raise argparse.ArgumentTypeError(expected)
    return text


def uuid(text: str) -> UUID:
    """For argparse."""
    try:
        return UUID(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(messages.NOT_A_UUID.format(text=text)) from None


def moment(text: str) -> datetime:
    """For argparse: a date, a date with a time, or how long ago, as in `7d`."""
    try:
        return _ago(text) or _absolute(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(messages.NOT_A_MOMENT.format(text=text)) from None


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word.strip().lower())


def _ago(text: str) -> datetime | None:
    found = re.fullmatch(r"([0-9]{1,6})([mhdw])", text.strip().lower())
    if found is None:
        return None
    span = timedelta(**{UNITS[found[2]]: int(found[1])})
    if span > LONGEST:
        raise ValueError(text)
    return timezone.now() - span


def _absolute(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
