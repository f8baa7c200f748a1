"""Compares an installed Superset with the table: what is neither known nor explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from rig.references import names, routes, table
from rig.references.package import Package
from rig.references.reasons import Reason, unexplained, unused

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
    """The result of one origin: what was found, known in the table, missing, and which reasons are unused."""

    what: str
    found: Found
    known: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = field(default=())

    @property
    def lines(self) -> list[str]:
        explained = len(self.found) - len(self.known) - len(self.missing)
        head = f"{self.what}: {len(self.found)}, {len(self.known)} in the table, {explained} explained"
        problems = [f"  missing: {name} ({_files(self.found[name])})" for name in self.missing]
        problems += [f"  explained, but not found: {name}" for name in self.unused]
        return [f"{'✗' if problems else '✓'} {head}", *problems]

    @property
    def is_settled(self) -> bool:
        return not self.missing and not self.unused


def review(package: Package, reasons: Iterable[Reason]) -> list[Review]:
    reasons = list(reasons)
    return [_review(origin, what, find(package), reasons) for origin, (what, find) in ORIGINS.items()]


def _review(origin: str, what: str, found: Found, reasons: list[Reason]) -> Review:
    known = frozenset(
        filter(table.is_known_address, found) if origin == "addresses" else table.known_names() & set(found)
    )
    rest = set(found) - known
    return Review(what, found, known, tuple(unexplained(origin, rest, reasons)), tuple(unused(origin, rest, reasons)))


def _files(files: set[str]) -> str:
    first, *others = sorted(files)
    return f"{first} and {len(others)} more" if others else first
