# [DEF:catalogue.names:Module]
# @COMPLEXITY: 2
# @PURPOSE: Finding the two assets that a person means with `SOURCE=TARGET`. Pure functions over inventories.
"""Finding what a person means: the two assets of `SOURCE=TARGET`, or what is stored of one. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from apps.catalogue import messages
from apps.core.errors import LockstepError, NotThere
from apps.superset.assets import Kind
from apps.superset.inventory import Entry, Inventory


@dataclass(frozen=True, slots=True)
class Side:
    """The assets of one kind in one environment."""

    environment: str
    kind: Kind
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, environment: str, kind: Kind, inventory: Inventory) -> Side:
        return cls(environment, kind, tuple(inventory.of_kind(kind)))

    def find(self, text: str) -> list[Entry]:
        """Those with this UUID, or else with this name; in any letter case only where the exact name is not there."""
        wanted = text.strip()
        return (
            [entry for entry in self.entries if entry.key.uuid == wanted.lower()]
            or [entry for entry in self.entries if entry.name == wanted]
            or [entry for entry in self.entries if entry.name.casefold() == wanted.casefold()]
        )

    def described(self) -> str:
        names = sorted(f"“{entry.name}”" for entry in self.entries)
        shown = ", ".join(names[:10])
        if len(names) > 10:
            shown = messages.AND_MORE.format(names=shown, number=len(names) - 10)
        return messages.KNOWN.format(environment=self.environment, names=shown or messages.NONE)


def find_pair(text: str, source: Side, target: Side) -> tuple[Entry, Entry]:
    """The two sides of `SOURCE=TARGET`, each a name or a UUID; a name may itself contain `=`.

    Raises NotThere, naming what there is, or LockstepError where it can be read in more than one way.
    """
    readings = list(_readings(text))
    if not readings:
        raise LockstepError(messages.NOT_A_PAIR.format(text=text, kind=source.kind))
    found = [
        (first, second) for left, right in readings for first in source.find(left) for second in target.find(right)
    ]
    if not found:
        raise _not_there(readings, source, target)
    if len(found) > 1:
        raise LockstepError(messages.AMBIGUOUS_PAIR.format(text=text, number=len(found)))
    return found[0]


class Stored(Protocol):
    """A mapping or a pairing."""

    source_uuid: Any
    source_name: Any


Row = TypeVar("Row", bound=Stored)


def find_stored(text: str, rows: Iterable[Row]) -> Row | None:
    """The mapping or pairing whose source has this UUID, or else this name in any letter case; None if none has."""
    wanted, every = text.strip().casefold(), list(rows)
    found = [row for row in every if str(row.source_uuid) == wanted] or [
        row for row in every if row.source_name.casefold() == wanted
    ]
    if len(found) > 1:
        raise LockstepError(messages.AMBIGUOUS_NAME.format(text=text, number=len(found)))
    return found[0] if found else None


def _readings(text: str) -> Iterator[tuple[str, str]]:
    for position, character in enumerate(text):
        left, right = text[:position].strip(), text[position + 1 :].strip()
        if character == "=" and left and right:
            yield left, right


def _not_there(readings: list[tuple[str, str]], source: Side, target: Side) -> NotThere:
    known_left = next((left for left, _ in readings if source.find(left)), None)
    if known_left is None:
        return _unknown(readings[0][0], source)
    missing = next(right for left, right in readings if left == known_left)
    return _unknown(missing, target)


def _unknown(name: str, side: Side) -> NotThere:
    facts = {"kind": side.kind, "environment": side.environment, "known": side.described()}
    return NotThere(messages.NO_ASSET.format(name=name, **facts))
