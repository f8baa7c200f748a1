# [DEF:audit.chain:Module]
# @COMPLEXITY: 3
# @PURPOSE: The chain of the audit: each entry has a number without gaps, and a hash over itself and the hash
#   before.
# @RELATION DEPENDS_ON -> audit.models
"""The chain of the audit: each entry has a number without gaps, and a hash over itself and the hash before.

An entry is sealed after its transaction was committed, in a short one of its own: sealing inside would make every
change wait for every other. What a killed process left unsealed is sealed by the next that comes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction

from apps.audit.models import AuditCheckpoint, AuditEntry

START = "0" * 64
"""What stands before the first entry."""

BATCH = 500
LOCK = 7_204_117
"""Of PostgreSQL: one process seals at a time. On SQLite one writes at a time anyway."""

Entries = models.QuerySet[AuditEntry]


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain stands: the number and the hash of its last entry."""

    number: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole chain found. `faults` are sentences; without one the chain holds."""

    start: Link
    end: Link
    entries: int
    unsealed: int
    faults: list[str]


def seal() -> int:
    """Give every committed entry its place in the chain; how many it were."""
    sealed = found = _seal_some()
    while found == BATCH:
        found = _seal_some()
        sealed += found
    return sealed


def verify(*, noted: Link | None = None) -> Verified:
    """Read the chain from the last checkpoint to its end. `noted` is a link that the chain must contain."""
    seal()
    start = last = base()
    faults, entries = [], 0
    if noted and noted.number == start.number and noted.hash != start.hash:
        faults.append(f"The checkpoint at entry {noted.number} has another hash than was noted.")
    for entry in _sealed(start.number):
        entries += 1
        faults += _faults(entry, last)
        last = Link(entry.number or 0, entry.hash)
        if noted and noted.number == last.number and noted.hash != last.hash:
            faults.append(f"Entry {last.number} has another hash than was noted.")
    if noted and noted.number > last.number:
        faults.append(f"Entry {noted.number} was noted, but the chain ends at {last.number}: entries were removed.")
    return Verified(start, last, entries, AuditEntry.objects.filter(number=None).count(), faults)


def base() -> Link:
    """Where the chain begins here: at the last checkpoint below which entries were deleted, or at the very start."""
    first = AuditEntry.objects.exclude(number=None).order_by("number").values_list("number", flat=True).first()
    checkpoints = AuditCheckpoint.objects.order_by("-number")
    found = checkpoints.first() if first is None else checkpoints.filter(number__lt=first).first()
    return Link(found.number, found.hash) if found else Link()


def digest(entry: AuditEntry, link: Link) -> str:
    """The hash of the entry at this place: after `link`."""
    facts = {name: _plain(getattr(entry, name)) for name in _hashed_fields()}
    told = json.dumps([link.number + 1, link.hash, facts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _seal_some() -> int:
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        waiting = list(AuditEntry.objects.filter(number=None).order_by("pk")[:BATCH])
        if not waiting:
            return 0
        last = _end()
        for entry in waiting:
            place = Link(last.number + 1, digest(entry, last))
            # Not through `objects`, which refuses: from no number to one is the only change that there is
            Entries(AuditEntry).filter(pk=entry.pk, number=None).update(
                number=place.number, previous=last.hash, hash=place.hash
            )
            last = place
        return len(waiting)


def _end() -> Link:
    last = AuditEntry.objects.exclude(number=None).order_by("-number").values_list("number", "hash").first()
    return Link(last[0] or 0, last[1]) if last else base()


def _sealed(after: int) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(number__gt=after).order_by("number").iterator(BATCH)


def _faults(entry: AuditEntry, last: Link) -> Iterator[str]:
    if entry.number != last.number + 1:
        missing = f"{last.number + 1} to {(entry.number or 0) - 1}"
        yield f"Entries {missing} are missing: they were removed outside of Lockstep."
    elif entry.previous != last.hash:
        yield f"Entry {entry.number} does not follow the one before it: one of the two was replaced."
    if entry.hash != digest(entry, Link((entry.number or 0) - 1, entry.previous)):
        yield f"Entry {entry.number} ({entry.action}, {entry.at:%Y-%m-%d %H:%M}) was changed after it was written."


def _hashed_fields() -> list[str]:
    return [each.attname for each in AuditEntry._meta.concrete_fields if each.name not in _OF_THE_CHAIN]  # noqa: SLF001


_OF_THE_CHAIN = {"number", "previous", "hash"}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
