# [DEF:audit.exporting:Module]
# @COMPLEXITY: 3
# @PURPOSE: Entries as JSON lines, and closing a segment of the chain: exported, covered by a checkpoint, then
#   deleted here.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> contracts.plain_text
"""Entries as JSON lines, and closing a segment of the chain: exported, covered by a checkpoint, then deleted here."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from apps.audit import chain
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.services import record
from apps.contracts.plain_text import plain_json
from apps.core.errors import LockstepError, NothingToDo

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Segment:
    """What closing would take out: entries up to `end`."""

    start: chain.Link
    end: chain.Link
    entries: int


def told(entry: AuditEntry) -> dict[str, Any]:
    """The entry for programs, with all that its hash is over."""
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
        "previous": entry.previous,
        "hash": entry.hash,
    }


def json_lines(entries: models.QuerySet[AuditEntry]) -> Iterator[str]:
    """One line for each, oldest first, read in batches."""
    chain.seal()
    for entry in entries.select_related("actor").order_by("pk").iterator(BATCH):
        yield plain_json(json.dumps(told(entry), ensure_ascii=False)) + "\n"


def closable(*, before: datetime) -> Segment:
    """The closed part of the chain that is wholly before this moment. LockstepError if the chain does not hold."""
    verified = chain.verify()
    if verified.faults:
        raise LockstepError(
            f"The audit does not hold, so nothing of it is closed: {verified.faults[0]} See `manage.py audit verify`."
        )
    newer = AuditEntry.objects.filter(number__gt=verified.start.number, at__gte=before).order_by("number").first()
    until = AuditEntry.objects.filter(number__gt=verified.start.number)
    last = (until.filter(number__lt=newer.number) if newer else until).order_by("-number").first()
    if last is None:
        raise NothingToDo(f"No audit entry is from before {before:%Y-%m-%d %H:%M}.")
    end = chain.Link(last.number or 0, last.hash)
    return Segment(verified.start, end, end.number - verified.start.number)


def close(*, actor: AbstractBaseUser, before: datetime, file: Path) -> AuditCheckpoint:
    """Export the segment to a new file, write the checkpoint, and delete the entries that it covers."""
    segment = closable(before=before)
    covered = AuditEntry.objects.filter(number__gt=segment.start.number, number__lte=segment.end.number)
    ordered = covered.select_related("actor").order_by("number").iterator(BATCH)
    digest = _write(file, (json.dumps(told(entry), ensure_ascii=False) + "\n" for entry in ordered))
    with transaction.atomic():
        checkpoint = AuditCheckpoint.objects.create(
            number=segment.end.number,
            hash=segment.end.hash,
            entries=segment.entries,
            file=str(file.resolve()),
            file_sha256=digest,
        )
        # Not through `objects`, which refuses; the database lets go only what the checkpoint covers
        chain.Entries(AuditEntry).filter(pk__in=covered.values("pk")).delete()
        facts = {"number": checkpoint.number, "hash": checkpoint.hash, "file": checkpoint.file, "sha256": digest}
        record(actor=actor, action="audit.close", target=checkpoint, after=facts)
    return checkpoint


def _write(file: Path, lines: Iterable[str]) -> str:
    """Write a new file, for its owner only, down to the disk; its SHA-256."""
    digest = hashlib.sha256()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for line in lines:
                digest.update(line.encode())
                stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise LockstepError(f"{file} exists already: name a new file.") from None
    except OSError as error:
        raise LockstepError(f"{file} cannot be written ({error.strerror}): name another file.") from None
    return digest.hexdigest()
