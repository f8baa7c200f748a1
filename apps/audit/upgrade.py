# [DEF:audit.upgrade:Module]
# @COMPLEXITY: 3
# @PURPOSE: Sealing with the key, once, what was sealed without one. Called by a schema migration, with its models.
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION CALLS -> audit.head
"""Whether the old chain held is looked at first and kept in the entry `audit.upgrade`, with the end that it had:
sealing anew must not make what was tampered with look whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from apps.audit import head, seals
from apps.audit.head import Link

START = "0" * 64
BATCH = 500
SHOWN = 20
OLD_FACTS = ("id", *(name for name in seals.FACTS if name != "nonce"))

logger = logging.getLogger(__name__)


def seal_anew(entries: Any, checkpoints: Any) -> None:
    """`entries` and `checkpoints` are the models as they are at that schema migration."""
    if not entries.objects.exists() and not checkpoints.objects.exists():
        return
    for checkpoint in checkpoints.objects.order_by("number"):
        checkpoint.until = checkpoint.at  # all of its entries were sealed by then
        checkpoint.mark = seals.of_checkpoint(checkpoint)
        checkpoint.save(update_fields=["until", "mark"])
    sealed = entries.objects.exclude(number=None).order_by("number")
    first, last = sealed.first(), sealed.last()
    start = _start(checkpoints, first)
    facts = {
        "entries": sealed.count() + entries.objects.filter(number=None).count(),
        "old_end": f"{last.number}:{last.hash}" if last else str(start),
        "faults": _old_faults(sealed, start),
    }
    place, moment = _seal_all(sealed, start, None)
    waiting = entries.objects.filter(number=None).order_by("pk")
    place, moment = _seal_all(waiting, place, moment)
    place, _ = _seal_all([_entry_about(entries, facts)], place, moment)
    _note(place)


def _start(checkpoints: Any, first: Any) -> Link:
    below = checkpoints.objects.order_by("-number")
    found = (below.filter(number__lt=first.number) if first else below).first()
    return Link(found.number, found.hash) if found else Link(0, START)


def _seal_all(rows: Any, last: Link, moment: datetime | None) -> tuple[Link, datetime | None]:
    """Mark and seal each; those that have a number keep it, so that a gap remains one."""
    for batch in _batches(rows):
        for entry in batch:
            entry.nonce = entry.nonce or secrets.token_hex(16)
            entry.mark = seals.of_entry(entry)
            entry.number = entry.number or last.number + 1
            entry.previous = last.hash
            moment = entry.sealed_at = max(filter(None, (moment, entry.at)))
            entry.hash = seals.of_place(entry, entry.number, last.hash, moment)
            last = Link(entry.number, entry.hash)
        fields = ["nonce", "mark", "number", "previous", "hash", "sealed_at"]
        type(batch[0])._base_manager.bulk_update(batch, fields)  # noqa: SLF001 - Django's documented model API
    return last, moment


def _batches(rows: Any) -> Iterator[list[Any]]:
    if isinstance(rows, list):
        yield rows
        return
    keys = list(rows.values_list("pk", flat=True))
    for begin in range(0, len(keys), BATCH):
        found = rows.model._base_manager.in_bulk(keys[begin : begin + BATCH])  # noqa: SLF001
        yield [found[key] for key in keys[begin : begin + BATCH]]


def _entry_about(entries: Any, facts: dict[str, Any]) -> Any:
    return entries.objects.create(
        at=timezone.now(),
        nonce=secrets.token_hex(16),
        source="command",
        action="audit.upgrade",
        object_type="audit.auditentry",
        object_id="0",
        object_name="the chain of the audit",
        after=facts,
    )


def _old_faults(sealed: Any, last: Link) -> list[str]:
    faults = []
    for entry in sealed.iterator(BATCH):
        if entry.number != last.number + 1:
            faults.append(f"Entries {last.number + 1} to {entry.number - 1} were missing.")
        elif entry.previous != last.hash:
            faults.append(f"Entry {entry.number} did not follow the one before it.")
        if entry.hash != _old_digest(entry):
            faults.append(f"Entry {entry.number} had been changed.")
        last = Link(entry.number, entry.hash)
    return faults[:SHOWN]


def _old_digest(entry: Any) -> str:
    facts = {name: _plain(getattr(entry, name)) for name in OLD_FACTS}
    told = [entry.number, entry.previous, facts]
    return hashlib.sha256(
        json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _note(link: Link) -> None:
    try:
        head.place(link)
    except OSError as error:
        logger.warning("the head of the audit was not written (%s): do it with `manage.py audit anchor`", error)
