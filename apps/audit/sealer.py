# [DEF:audit.sealer:Module]
# @COMPLEXITY: 3
# @PURPOSE: Seals committed audit entries: gives them their places in the chain.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION CALLS -> audit.head
# @RELATION CALLS -> core.concurrency
"""An entry is sealed after the commit, in a short transaction of its own: sealing inside would make every change wait
for every other. Of those that write at once, one seals and one waits to seal what has come meanwhile; the others go on.
Entries that a killed process left unsealed are sealed by the next writer or the worker. A row with a wrong mark was not
written by Lockstep and is never sealed. `chain` verifies the result.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from apps.audit import head, seals
from apps.audit.head import Link
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.core.concurrency import advisory_lock

START = "0" * 64
"""The hash before the first entry."""

BATCH = 500
LOCK = 7_204_117
"""Advisory lock of PostgreSQL: one process seals at a time. SQLite has one writer at a time anyway."""

SOMEBODY_WAITS = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1 AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""

Entries = models.QuerySet[AuditEntry]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The result of one transaction, and the last row that it examined."""

    start: Link
    end: Link
    examined: int
    last_pk: int
    refused: int

    @property
    def sealed(self) -> int:
        return self.end.number - self.start.number


@dataclass(slots=True)
class _Pass:
    """Over all that waits, from the oldest row on."""

    batches: int = 0
    sealed: int = 0
    refused: int = 0


def seal(*, or_leave_it: bool = False) -> int:
    """Give every committed entry its place in the chain and return how many there were. Call it outside a
    transaction.

    With `or_leave_it`, it does nothing if somebody waits to seal: they will seal what is committed now, too. Otherwise
    all processes that write would stand in line, and more of them would do less.
    """
    sealed = 0
    for _ in range(2):  # who left an entry to a batch after the first, which looks behind it, finds it sealed as well
        found = _sealed_in_batches(or_leave_it=or_leave_it)
        sealed += found.sealed
        if found.batches < 2:
            break
    if found.refused:
        logger.error(
            "%s rows of the audit are not sealed because their marks are wrong: verify the audit", found.refused
        )
    return sealed


def _sealed_in_batches(*, or_leave_it: bool) -> _Pass:
    found, after = _Pass(), 0
    while True:
        batch = _seal_some(after, or_leave_it=or_leave_it)
        if batch is None:
            return found
        found.batches, found.refused, after = found.batches + 1, found.refused + batch.refused, batch.last_pk
        if batch.sealed:
            found.sealed += batch.sealed
            head.move(batch.start, batch.end, contains)
        if batch.examined < BATCH:
            return found


def end() -> Link:
    """The end of the chain in the table."""
    return _end()[0]


def contains(link: Link) -> bool:
    """Whether the table has this link, as an entry or as the end of a closed segment."""
    if AuditEntry.objects.filter(number=link.number, hash=link.hash).exists():
        return True
    found = AuditCheckpoint.objects.filter(number=link.number, hash=link.hash).first()
    return found is not None and seals.check_checkpoint(found) is seals.Verdict.GENUINE


def waiting() -> Entries:
    """Rows without a place, with what decides whether they get one. One query, because it runs after each change."""
    copies = AuditEntry.objects.filter(nonce=OuterRef("nonce")).exclude(pk=OuterRef("pk"))
    closed_until = AuditCheckpoint.objects.order_by("-until").values("until")[:1]
    rows = AuditEntry.objects.filter(number=None).order_by("pk")
    return rows.annotate(is_copy=Exists(copies), closed_until=Subquery(closed_until))


def judge(entry: Any) -> seals.Verdict:
    """Whether Lockstep wrote this row of `waiting`, and it is not a copy of an old one."""
    if entry.is_copy or (entry.closed_until and entry.at <= entry.closed_until):
        return seals.Verdict.FORGED  # everything of that time was sealed before it was closed
    return seals.check_entry(entry)


def _seal_some(after: int, *, or_leave_it: bool) -> _Batch | None:
    """Seal the next waiting rows; None if there are none, or somebody else will."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and not _has_locked(or_leave_it=or_leave_it):
            return None
        rows = list(waiting().filter(pk__gt=after)[:BATCH])
        if not rows:
            return None
        genuine = [entry for entry in rows if judge(entry) is seals.Verdict.GENUINE]
        start, before = _end()
        last = _place_all(genuine, start, before)
        return _Batch(start, last, len(rows), rows[-1].pk, len(rows) - len(genuine))


def _has_locked(*, or_leave_it: bool) -> bool:
    """Whoever still waits for the lock reads the rows after this moment, and so those that were committed before it."""
    if or_leave_it:
        with connection.cursor() as cursor:
            cursor.execute(SOMEBODY_WAITS, [LOCK])
            if cursor.fetchone()[0]:
                return False
    advisory_lock(LOCK)
    return True


def _place_all(entries: list[AuditEntry], last: Link, before: datetime | None) -> Link:
    for entry in entries:
        # The times of the chain do not decrease, even if the clock was set back
        now = max(filter(None, (timezone.now(), before, entry.at)))
        number = last.number + 1
        digest = seals.of_place(entry, number, last.hash, now)
        # Not through `objects`, which refuses: getting a number is the only change of an entry
        Entries(AuditEntry).filter(pk=entry.pk, number=None).update(
            number=number, previous=last.hash, hash=digest, sealed_at=now
        )
        last, before = Link(number, digest), now
    return last


def _end() -> tuple[Link, datetime | None]:
    """The end of the chain, and when its last entry was sealed."""
    sealed = AuditEntry.objects.exclude(number=None).order_by("-number")
    last = sealed.values_list("number", "hash", "sealed_at").first()
    if last:
        return Link(last[0] or 0, last[1]), last[2]
    checkpoint = AuditCheckpoint.objects.order_by("-number").first()
    return (Link(checkpoint.number, checkpoint.hash), checkpoint.until) if checkpoint else (Link(0, START), None)
