# [DEF:plugins.needs:Module]
# @COMPLEXITY: 2
# @PURPOSE: What an action needs of its worker, and what a worker offers: a few words, and how they are stored.
"""They are stored as one text of sorted words, so that the database can compare them: a task fits a worker if its text
is one of those that the worker's words can form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

WORD = re.compile(r"[a-z][a-z0-9_]{0,29}")

MOST = 6
"""Words at one worker, or of one action: n words form 2**n texts."""


def is_word(text: object) -> bool:
    """Lowercase letters, digits and underscores, 30 at most."""
    return isinstance(text, str) and WORD.fullmatch(text) is not None


def as_text(words: Iterable[str]) -> str:
    return " ".join(sorted(set(words)))


def texts_within(offers: Iterable[str]) -> list[str]:
    """The stored needs of all tasks that fit; the empty one is always among them."""
    words = sorted(set(offers))
    return [" ".join(chosen) for number in range(len(words) + 1) for chosen in combinations(words, number)]


def fits(needs: str, offers: str) -> bool:
    """Of stored texts."""
    return set(needs.split()) <= set(offers.split())
