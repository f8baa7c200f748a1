"""An installed Superset held against the table: what it has that is neither known nor explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from rig.references import names, routes, table
from rig.references.package import Package
from rig.references.reasons import Reason, idle, unexplained

Found = Mapping[str, set[str]]

ORIGINS: Mapping[str, tuple[str, Callable[[Package], Found]]] = {
    "controls": ("controls of charts", names.controls),
    "control_types": ("kinds of controls", names.control_types),
    "front_end": ("keys in the front end", names.front_end),
    "back_end": ("keys on the server", names.back_end),
    "migrations": ("keys in migrations of documents", names.migrations),
    "rewriters": ("migrations of documents", names.rewriters),
    "addresses": ("addresses", routes.addresses),
}


@dataclass(frozen=True, slots=True)
class Review:
    """Of one origin: all that was found, how much of it the table has, what lacks, and which reasons are idle."""

    what: str
    found: Found
    known: frozenset[str] = frozenset()
    lacking: tuple[str, ...] = ()
    idle: tuple[str, ...] = field(default=())

    @property
    def lines(self) -> list[str]:
        explained = len(self.found) - len(self.known) - len(self.lacking)
        head = f"{self.what}: {len(self.found)}, {len(self.known)} in the table, {explained} explained"
        told = [f"  lacks {name} ({_files(self.found[name])})" for name in self.lacking]
        told += [f"  explained, and not there: {name}" for name in self.idle]
        return [f"{'✗' if told else '✓'} {head}", *told]

    @property
    def is_settled(self) -> bool:
        return not self.lacking and not self.idle


def review(package: Package, reasons: Iterable[Reason]) -> list[Review]:
    reasons = list(reasons)
    return [_review(origin, what, find(package), reasons) for origin, (what, find) in ORIGINS.items()]


def _review(origin: str, what: str, found: Found, reasons: list[Reason]) -> Review:
    known = frozenset(
        filter(table.is_known_address, found) if origin == "addresses" else table.known_names() & set(found)
    )
    rest = set(found) - known
    return Review(what, found, known, tuple(unexplained(origin, rest, reasons)), tuple(idle(origin, rest, reasons)))


def _files(files: set[str]) -> str:
    first, *others = sorted(files)
    return f"{first} and {len(others)} more" if others else first
