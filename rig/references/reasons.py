"""Why a name or an address of Superset is not in Lockstep's table: `reasons.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for names of one origin: listed ones and those that match a pattern."""

    origin: str
    why: str
    names: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()

    def explains(self, name: str) -> bool:
        return name in self.names or any(pattern.search(name) for pattern in self.patterns)


def read(text: str) -> list[Reason]:
    """The reasons of a file: tables named by origin, each with `why`, `names` (words of a text) and `patterns`."""
    return [
        Reason(
            origin,
            row["why"],
            frozenset(row.get("names", "").split()),
            tuple(re.compile(pattern) for pattern in row.get("patterns", ())),
        )
        for origin, rows in tomllib.loads(text).items()
        for row in rows
    ]


def unexplained(origin: str, found: Iterable[str], reasons: Iterable[Reason]) -> list[str]:
    """Names that no reason of this origin explains, sorted."""
    own = [reason for reason in reasons if reason.origin == origin]
    return sorted(name for name in found if not any(reason.explains(name) for reason in own))


def unused(origin: str, found: Iterable[str], reasons: Iterable[Reason]) -> list[str]:
    """Reasons for names that Superset does not have, sorted: a release may have removed them."""
    found = set(found)
    own = [reason for reason in reasons if reason.origin == origin]
    names = {name for reason in own for name in reason.names - found}
    patterns = {pattern.pattern for reason in own for pattern in reason.patterns if not any(map(pattern.search, found))}
    return sorted(names | patterns)
