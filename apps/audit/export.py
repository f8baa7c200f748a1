# [DEF:audit.export:Module]
# @COMPLEXITY: 3
# @PURPOSE: Exporting entries as JSON lines, and closing a segment of the chain: export it, write a checkpoint,
#   delete it here.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION CALLS -> audit.chain

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit import chain, messages, seals
from apps.audit.checkpoints import CLOSE, closing_facts
from apps.audit.head import Link
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.sealer import Entries
from apps.audit.services import record
from apps.contracts.plain_text import plain_json
from apps.core.advice import advise
from apps.core.errors import LockstepError, NothingToDo

BATCH = 1000

KEPT_OPEN = timedelta(seconds=chain.TOLERANCE)
"""Younger entries are not closed: a transaction that began then may still be running, and after closing its entries
could no longer get a place."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The entries that closing would remove: up to `end`, the last of them sealed at `until`."""

    start: Link
    end: Link
    entries: int
    until: datetime


def entry_data(entry: AuditEntry) -> dict[str, Any]:
    """The entry as JSON data, with everything that its hash covers."""
    return {
        "number": entry.number,
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor_id": entry.actor_id,
        "actor": entry.actor.get_username() if entry.actor else None,
        "os_user": entry.os_user,
        "source": entry.source,
        "address": entry.address,
        "request_id": entry.request_id,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "object_name": entry.object_name,
        "before": entry.before,
        "after": entry.after,
        "nonce": entry.nonce,
        "mark": entry.mark,
        "previous": entry.previous,
        "hash": entry.hash,
        "sealed_at": entry.sealed_at.astimezone(UTC).isoformat() if entry.sealed_at else None,
    }


def json_lines(entries: models.QuerySet[AuditEntry]) -> Iterator[str]:
    """One line for each, oldest first, read in batches."""
    for entry in entries.select_related("actor").order_by("pk").iterator(BATCH):
        yield plain_json(json.dumps(entry_data(entry), ensure_ascii=False)) + "\n"


def closable(*, before: datetime) -> Segment:
    """The part of the chain that was written and sealed before this moment. LockstepError if the chain does not
    hold."""
    now = timezone.now()
    if before > now:
        raise LockstepError(messages.CLOSING_IN_THE_FUTURE)
    before = min(before, now - KEPT_OPEN)
    verified = chain.verify()
    if not verified.holds:
        why = [*verified.faults, *verified.doubts][0]
        raise LockstepError(messages.CLOSING_REFUSED.format(why=why), advice=advise("audit.verify"))
    sealed = AuditEntry.objects.filter(number__gt=verified.start.number).order_by("number")
    newer = sealed.filter(Q(at__gte=before) | Q(sealed_at__gte=now - KEPT_OPEN)).first()
    last = (sealed.filter(number__lt=newer.number) if newer else sealed).last()
    if last is None or last.sealed_at is None:
        raise NothingToDo(messages.NOTHING_TO_CLOSE.format(moment=f"{before:%Y-%m-%d %H:%M}"))
    end = Link(last.number or 0, last.hash)
    return Segment(verified.start, end, end.number - verified.start.number, last.sealed_at)


def close(*, actor: AbstractBaseUser, before: datetime, file: Path) -> AuditCheckpoint:
    """Export the segment to a new file, write the checkpoint, and delete the entries that it covers."""
    chain.seal()
    segment = closable(before=before)
    covered = AuditEntry.objects.filter(number__gt=segment.start.number, number__lte=segment.end.number)
    ordered = covered.select_related("actor").order_by("number").iterator(BATCH)
    digest = _write(file, (json.dumps(entry_data(entry), ensure_ascii=False) + "\n" for entry in ordered))
    checkpoint = AuditCheckpoint(
        number=segment.end.number,
        hash=segment.end.hash,
        entries=segment.entries,
        file=str(file.resolve()),
        file_sha256=digest,
        until=segment.until,
    )
    checkpoint.mark = seals.of_checkpoint(checkpoint)
    with transaction.atomic():
        checkpoint.save(force_insert=True)
        # Not through `objects`, which refuses; the database allows deleting only what the checkpoint covers
        Entries(AuditEntry).filter(pk__in=covered.values("pk")).delete()
        record(actor=actor, action=CLOSE, target=checkpoint, after=closing_facts(checkpoint))
    return checkpoint


def _write(file: Path, lines: Iterable[str]) -> str:
    """Write a new file to the disk, readable by its owner only; return its SHA-256."""
    digest = hashlib.sha256()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for line in lines:
                digest.update(line.encode())
                stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise LockstepError(messages.FILE_EXISTS.format(file=file)) from None
    except OSError as error:
        raise LockstepError(messages.FILE_NOT_WRITTEN.format(file=file, reason=error.strerror)) from None
    return digest.hexdigest()
