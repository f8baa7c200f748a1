# [DEF:audit.chain:Module]
# @COMPLEXITY: 3
# @PURPOSE: The chain of the audit: each entry has a number without gaps, and a keyed hash over itself and the hash
#   before. Whether it holds.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION DEPENDS_ON -> audit.checkpoints
# @RELATION CALLS -> audit.head
# @RELATION DEPENDS_ON -> audit.sealer
"""Whether it holds is only read: what waits for its seal is sealed by a writer (`seal`, after each commit and by the
clock). Three answers: it holds; it does not (`faults`); it cannot be told (`doubts`), such as without the key or the
head.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from apps.audit import checkpoints as closed
from apps.audit import head, seals
from apps.audit.head import Head, Link
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.sealer import BATCH, START, end, judge, seal, waiting

__all__ = ["START", "Link", "Verified", "end", "seal", "verify"]

SHOWN = 20
"""Faults that are told; of more their number."""

TRIES = 3
"""For so many times all is read again because somebody closed a segment meanwhile."""

HEAD_WITHIN = 1.0
"""Seconds that the writer of the last entries has to write the head, too."""

NOT_HERE = (
    "which is not here: put it back from the backup (audit_key in the data directory, or LOCKSTEP_AUDIT_KEYS_OLD)."
)

BACK = 600
"""Seconds that an entry may have been written before the one before it was sealed: two transactions at once."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole audit found. Without faults and doubts it holds; all three are sentences."""

    start: Link
    end: Link
    entries: int
    unsealed: int
    faults: list[str]
    doubts: list[str]
    notes: list[str]

    @property
    def holds(self) -> bool:
        return not self.faults and not self.doubts


@dataclass(slots=True)
class _Reading:
    """What one pass over the entries has found so far."""

    start: Link
    last: Link
    wanted: dict[int, list[str]]
    """By number, the hashes that others than the table say an entry has."""
    entries: int = 0
    sealed_at: datetime | None = None
    clock: int | None = None
    faults: list[str] = field(default_factory=list)
    unknown: dict[str, list[int]] = field(default_factory=dict)
    found: dict[int, str] = field(default_factory=dict)


def verify(*, noted: Link | None = None, directory: Path | None = None) -> Verified:
    """Read the chain from the last checkpoint to its end, and hold it against its head outside of the database.

    `noted` is a link that it must contain; in `directory` closed segments are looked for that are not where they were
    written.
    """
    for _ in range(TRIES):
        checkpoints = _checkpoints()
        found = _verify(checkpoints, noted, directory)
        if checkpoints == _checkpoints():
            break
    return found


def _verify(checkpoints: list[AuditCheckpoint], noted: Link | None, directory: Path | None) -> Verified:
    # The heads first: what they say was in the table by then
    before = head.heads()
    start = _start(checkpoints)
    wanted = [each.link for each in before if each.link] + ([noted] if noted else [])
    reading = _Reading(start, start, {link.number: [] for link in wanted})
    reading.found[start.number] = start.hash
    for entry in _sealed(start.number):
        _read(entry, reading)
    segments = closed.check(checkpoints, directory)
    unsealed = list(waiting())
    doubts = [*_unknown_keys(reading), *_unknown_rows(unsealed), *segments.doubts]
    faults = [
        *reading.faults,
        *segments.faults,
        *_forged_rows(unsealed),
        *_against_noted(reading, noted),
    ]
    for each in before:
        _against_head(each, reading, faults, doubts)
    return Verified(
        start=start,
        end=reading.last,
        entries=reading.entries,
        unsealed=len(unsealed),
        faults=_shortened(faults),
        doubts=doubts,
        notes=_notes(reading, len(unsealed)),
    )


def _checkpoints() -> list[AuditCheckpoint]:
    return list(AuditCheckpoint.objects.order_by("number"))


def _start(checkpoints: list[AuditCheckpoint]) -> Link:
    """Where the chain begins here: at the last checkpoint below which entries were deleted, or at the very start."""
    first = AuditEntry.objects.exclude(number=None).order_by("number").values_list("number", flat=True).first()
    below = [each for each in checkpoints if first is None or each.number < first]
    return Link(below[-1].number, below[-1].hash) if below else Link(0, START)


def _sealed(after: int) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(number__gt=after).order_by("number").iterator(BATCH)


def _read(entry: AuditEntry, reading: _Reading) -> None:
    number = entry.number or 0
    reading.entries += 1
    reading.faults += _faults(entry, number, reading)
    if reading.sealed_at and (reading.sealed_at - entry.at).total_seconds() > BACK:
        reading.clock = reading.clock or number
    if number in reading.wanted:
        reading.found[number] = entry.hash
    reading.last, reading.sealed_at = Link(number, entry.hash), entry.sealed_at


def _faults(entry: AuditEntry, number: int, reading: _Reading) -> Iterator[str]:
    last = reading.last
    if number != last.number + 1:
        yield f"Entries {last.number + 1} to {number - 1} are missing: they were removed outside of Lockstep."
    elif entry.previous != last.hash:
        yield f"Entry {number} does not follow the one before it: one of the two was replaced."
    verdicts = {seals.check_entry(entry), seals.check_place(entry)}
    if seals.Verdict.FORGED in verdicts:
        yield f"Entry {number} ({entry.action}, {entry.at:%Y-%m-%d %H:%M}) was changed after it was written."
    elif seals.Verdict.UNKNOWN_KEY in verdicts:
        reading.unknown.setdefault(seals.key_of(entry.hash), []).append(number)
    if entry.sealed_at is None or (reading.sealed_at and entry.sealed_at < reading.sealed_at):
        yield f"Entry {number} was sealed before the one before it: the times of the chain only grow."
    elif entry.at > entry.sealed_at:
        yield f"Entry {number} tells of a time after it was sealed."


def _unknown_keys(reading: _Reading) -> Iterator[str]:
    for name, numbers in reading.unknown.items():
        which = f"{_entries(len(numbers))} ({numbers[0]} to {numbers[-1]}) {_are(len(numbers))}"
        yield f"{which} sealed with the key {name}, {NOT_HERE}"


def _unknown_rows(unsealed: Iterable[AuditEntry]) -> Iterator[str]:
    rows: dict[str, list[int]] = {}
    for entry in unsealed:
        if judge(entry) is seals.Verdict.UNKNOWN_KEY:
            rows.setdefault(seals.key_of(entry.mark), []).append(entry.pk)
    for name, found in rows.items():
        which = f"{_entries(len(found))} without a seal (rows {found[0]} to {found[-1]}) {_are(len(found))}"
        yield f"{which} marked with the key {name}, {NOT_HERE}"


def _forged_rows(unsealed: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in unsealed:
        if judge(entry) is seals.Verdict.FORGED:
            yield (
                f"The row {entry.pk} ({entry.action}, {entry.at:%Y-%m-%d %H:%M}) has no place in the chain and was not "
                "written by Lockstep."
            )


def _against_noted(reading: _Reading, noted: Link | None) -> Iterator[str]:
    if noted is None or noted.number < reading.start.number:
        return
    if noted.number > reading.last.number:
        yield f"Entry {noted.number} was noted, but the chain ends at {reading.last.number}: entries were removed."
    elif reading.found.get(noted.number) != noted.hash:
        what = "The checkpoint at entry" if noted.number == reading.start.number else "Entry"
        yield f"{what} {noted.number} has another hash than was noted."


def _against_head(each: Head, reading: _Reading, faults: list[str], doubts: list[str]) -> None:
    link, last = each.link, reading.last
    if link is None:
        why = f" ({each.reason})" if each.reason else ""
        doubts.append(
            f"There is no head outside the database: {each.file} cannot be read{why}. Whether entries were cut off at "
            "the end cannot be told. `manage.py audit anchor` writes it anew, and the audit keeps that."
        )
    elif each.verdict is seals.Verdict.UNKNOWN_KEY:
        doubts.append(f"The head in {each.file} was written with the key {each.key}, which is not here.")
    elif each.verdict is seals.Verdict.FORGED:
        faults.append(f"The head in {each.file} was not written by Lockstep.")
    elif link.number > last.number:
        faults.append(
            f"{_sealed_ones(link.number - last.number)} missing at the end ({last.number + 1} to "
            f"{link.number}, by the head of {each.at}): somebody removed them, or the database was restored from an "
            "older backup, or lost its last changes in a power failure."
        )
    elif link.number < reading.start.number or reading.found.get(link.number) != link.hash:
        faults.append(
            f"Entry {link.number} is not the one that {each.file} names as sealed ({each.at}): what follows was "
            "written in place of entries that were removed, or the database was restored from an older backup."
        )
    elif _lags(each, last):
        doubts.append(
            f"The head in {each.file} was not written since entry {link.number} ({each.at}); the chain is at "
            f"{last.number}. Whether entries after {link.number} were cut off cannot be told."
        )


def _lags(each: Head, last: Link) -> bool:
    """A writer that has just sealed is about to write it."""
    until = time.monotonic() + HEAD_WITHIN
    while True:
        if any(now.file == each.file and now.link and now.link.number >= last.number for now in head.heads()):
            return False
        if time.monotonic() > until:
            return True
        time.sleep(0.02)


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _sealed_ones(number: int) -> str:
    return f"{_entries(number)} that {'was' if number == 1 else 'were'} sealed {_are(number)}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _shortened(faults: list[str]) -> list[str]:
    more = len(faults) - SHOWN
    return [*faults[:SHOWN], f"And {more} more of these."] if more > 0 else faults


def _notes(reading: _Reading, unsealed: int) -> list[str]:
    notes = []
    if unsealed:
        notes.append(f"{_entries(unsealed)} not sealed yet: the next change or the clock does it.")
    if reading.clock:
        notes.append(
            f"Entry {reading.clock} tells of an earlier time than the one before it: the clock was set back, or "
            "Lockstep stood still before it was sealed."
        )
    return notes
