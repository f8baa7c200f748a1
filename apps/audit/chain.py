# [DEF:audit.chain:Module]
# @COMPLEXITY: 3
# @PURPOSE: Verifies the chain of the audit: entries are numbered without gaps, and each has a keyed hash over
#   itself and the previous hash.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION DEPENDS_ON -> audit.checkpoints
# @RELATION CALLS -> audit.head
# @RELATION CALLS -> core.advice
# @RELATION DEPENDS_ON -> audit.sealer
"""Verifying only reads; unsealed entries are sealed by a writer (`seal`, after each commit and by the worker). There
are three results: the chain holds; it does not (`faults`); it is unknown (`doubts`), for example without the key or the
head.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from apps.audit import checkpoints as segments
from apps.audit import head, messages, seals
from apps.audit.head import Head, Link
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.sealer import BATCH, START, end, judge, seal, waiting
from apps.core.advice import advise, with_advice

__all__ = ["START", "Link", "Verified", "end", "seal", "verify"]

SHOWN = 20
"""How many faults are listed; of the others only the number."""

TRIES = 3
"""How often everything is read again because somebody closed a segment meanwhile."""

HEAD_WITHIN = 1.0
"""Seconds within which the writer of the last entries also writes the head."""

RESTORE_KEY = advise("audit.restore_key")

TOLERANCE = 600
"""Seconds by which an entry may be older than the seal of the previous one: two transactions at once."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of verifying the whole audit. Without faults and doubts it holds; all three are sentences."""

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
    """What reading the entries has found so far."""

    start: Link
    last: Link
    wanted: dict[int, list[str]]
    """By number, the hashes that an entry should have according to other sources than the table."""
    entries: int = 0
    sealed_at: datetime | None = None
    clock: int | None = None
    faults: list[str] = field(default_factory=list)
    unknown: dict[str, list[int]] = field(default_factory=dict)
    found: dict[int, str] = field(default_factory=dict)


def verify(*, noted: Link | None = None, directory: Path | None = None) -> Verified:
    """Read the chain from the last checkpoint to its end, and compare it with its head outside the database.

    `noted` is a link that it must contain. Closed segments that are not where they were written are looked for in
    `directory`.
    """
    for _ in range(TRIES):
        checkpoints = _checkpoints()
        found = _verify(checkpoints, noted, directory)
        if checkpoints == _checkpoints():
            break
    return found


def _verify(checkpoints: list[AuditCheckpoint], noted: Link | None, directory: Path | None) -> Verified:
    # The heads first: what they name was in the table by then
    before = head.heads()
    start = _start(checkpoints)
    wanted = [each.link for each in before if each.link] + ([noted] if noted else [])
    reading = _Reading(start, start, {link.number: [] for link in wanted})
    reading.found[start.number] = start.hash
    for entry in _sealed(start.number):
        _read(entry, reading)
    closed = segments.check(checkpoints, directory)
    unsealed = list(waiting())
    doubts = [*_unknown_keys(reading), *_unknown_rows(unsealed), *closed.doubts]
    faults = [
        *reading.faults,
        *closed.faults,
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
    """Where the chain in the table begins: at the last checkpoint whose entries were deleted, or at the very start."""
    first = AuditEntry.objects.exclude(number=None).order_by("number").values_list("number", flat=True).first()
    below = [each for each in checkpoints if first is None or each.number < first]
    return Link(below[-1].number, below[-1].hash) if below else Link(0, START)


def _sealed(after: int) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(number__gt=after).order_by("number").iterator(BATCH)


def _read(entry: AuditEntry, reading: _Reading) -> None:
    number = entry.number or 0
    reading.entries += 1
    reading.faults += _faults(entry, number, reading)
    if reading.sealed_at and (reading.sealed_at - entry.at).total_seconds() > TOLERANCE:
        reading.clock = reading.clock or number
    if number in reading.wanted:
        reading.found[number] = entry.hash
    reading.last, reading.sealed_at = Link(number, entry.hash), entry.sealed_at


def _faults(entry: AuditEntry, number: int, reading: _Reading) -> Iterator[str]:
    last = reading.last
    if number != last.number + 1:
        yield messages.ENTRIES_MISSING.format(first=last.number + 1, last=number - 1)
    elif entry.previous != last.hash:
        yield messages.ENTRY_DOES_NOT_FOLLOW.format(number=number)
    verdicts = {seals.check_entry(entry), seals.check_place(entry)}
    if seals.Verdict.FORGED in verdicts:
        yield messages.ENTRY_CHANGED.format(number=number, action=entry.action, moment=_moment(entry))
    elif seals.Verdict.UNKNOWN_KEY in verdicts:
        reading.unknown.setdefault(seals.key_of(entry.hash), []).append(number)
    if entry.sealed_at is None or (reading.sealed_at and entry.sealed_at < reading.sealed_at):
        yield messages.ENTRY_SEALED_EARLY.format(number=number)
    elif entry.at > entry.sealed_at:
        yield messages.ENTRY_LATER_THAN_SEAL.format(number=number)


def _unknown_keys(reading: _Reading) -> Iterator[str]:
    for name, numbers in reading.unknown.items():
        yield with_advice(messages.sealed_with_unknown_key(numbers, name), RESTORE_KEY)


def _unknown_rows(unsealed: Iterable[AuditEntry]) -> Iterator[str]:
    rows: dict[str, list[int]] = {}
    for entry in unsealed:
        if judge(entry) is seals.Verdict.UNKNOWN_KEY:
            rows.setdefault(seals.key_of(entry.mark), []).append(entry.pk)
    for name, found in rows.items():
        yield with_advice(messages.marked_with_unknown_key(found, name), RESTORE_KEY)


def _forged_rows(unsealed: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in unsealed:
        if judge(entry) is seals.Verdict.FORGED:
            yield messages.ROW_FORGED.format(row=entry.pk, action=entry.action, moment=_moment(entry))


def _moment(entry: AuditEntry) -> str:
    return f"{entry.at:%Y-%m-%d %H:%M}"


def _against_noted(reading: _Reading, noted: Link | None) -> Iterator[str]:
    if noted is None or noted.number < reading.start.number:
        return
    if noted.number > reading.last.number:
        yield messages.NOTED_MISSING.format(number=noted.number, last=reading.last.number)
    elif reading.found.get(noted.number) != noted.hash:
        is_start = noted.number == reading.start.number
        text = messages.NOTED_CHECKPOINT_DIFFERS if is_start else messages.NOTED_DIFFERS
        yield text.format(number=noted.number)


def _against_head(each: Head, reading: _Reading, faults: list[str], doubts: list[str]) -> None:
    link, last = each.link, reading.last
    if link is None:
        text = messages.HEAD_UNREADABLE if each.reason else messages.HEAD_MISSING
        doubts.append(with_advice(text.format(file=each.file, reason=each.reason), advise("audit.anchor")))
    elif each.verdict is seals.Verdict.UNKNOWN_KEY:
        doubts.append(messages.HEAD_OTHER_KEY.format(file=each.file, key=each.key))
    elif each.verdict is seals.Verdict.FORGED:
        faults.append(messages.HEAD_FORGED.format(file=each.file))
    elif link.number > last.number:
        faults.append(messages.missing_at_the_end(last.number + 1, link.number, each.at))
    elif link.number < reading.start.number or reading.found.get(link.number) != link.hash:
        faults.append(messages.HEAD_DIFFERS.format(number=link.number, file=each.file, at=each.at))
    elif not head.is_one_of_several() and _lags(each, last):
        doubts.append(messages.HEAD_LAGS.format(file=each.file, number=link.number, at=each.at, last=last.number))


def _lags(each: Head, last: Link) -> bool:
    """Whether the head stays behind even after a moment: a writer that has just sealed is about to write it."""
    until = time.monotonic() + HEAD_WITHIN
    while True:
        if any(now.file == each.file and now.link and now.link.number >= last.number for now in head.heads()):
            return False
        if time.monotonic() > until:
            return True
        time.sleep(0.02)


def _shortened(faults: list[str]) -> list[str]:
    more = len(faults) - SHOWN
    return [*faults[:SHOWN], messages.more_findings(more)] if more > 0 else faults


def _notes(reading: _Reading, unsealed: int) -> list[str]:
    notes = []
    if unsealed:
        notes.append(messages.not_sealed_yet(unsealed))
    if reading.clock:
        notes.append(messages.CLOCK_SET_BACK.format(number=reading.clock))
    return notes
