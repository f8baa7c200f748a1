# [DEF:audit.checkpoints:Module]
# @COMPLEXITY: 3
# @PURPOSE: Verifies the checkpoints of the audit, each of which has an audit entry and a file.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION CALLS -> core.advice
"""A checkpoint lets the database delete the entries below it, so a forged one must not count."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.audit import messages, seals
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.core.advice import advise, with_advice

CLOSE = "audit.close"


@dataclass(slots=True)
class Segments:
    """What is wrong with the checkpoints and closed segments, and what is unknown about them."""

    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    closings: dict[str, Any] = field(default_factory=dict)
    """The facts of the entries about closing, by the id of their checkpoint."""
    unread: int = 0
    """The last segment whose file is missing: it may contain an entry about an earlier one."""


def check(checkpoints: list[AuditCheckpoint], directory: Path | None) -> Segments:
    found = Segments()
    for entry in AuditEntry.objects.filter(action=CLOSE):
        if seals.check_entry(entry) is seals.Verdict.GENUINE:
            found.closings[entry.object_id] = entry.after
    below = 0
    for each in checkpoints:
        if each.number - each.entries != below:
            found.faults.append(messages.CHECKPOINT_MISSING.format(first=below, last=each.number))
        below = each.number
        _check_mark(each, found)
        _check_file(each, directory, found)
    for each in checkpoints:
        _check_entry(each, found)
    return found


def _check_mark(checkpoint: AuditCheckpoint, found: Segments) -> None:
    verdict = seals.check_checkpoint(checkpoint)
    if verdict is seals.Verdict.FORGED:
        found.faults.append(messages.CHECKPOINT_FORGED.format(number=checkpoint.number))
    elif verdict is seals.Verdict.UNKNOWN_KEY:
        key = seals.key_of(checkpoint.mark)
        found.doubts.append(messages.CHECKPOINT_OTHER_KEY.format(number=checkpoint.number, key=key))


def _check_entry(checkpoint: AuditCheckpoint, found: Segments) -> None:
    facts = found.closings.get(str(checkpoint.pk))
    if facts == closing_facts(checkpoint):
        return
    if facts is None and found.unread > checkpoint.number:
        found.doubts.append(messages.CHECKPOINT_ENTRY_UNREAD.format(number=checkpoint.number))
    else:
        found.faults.append(messages.CHECKPOINT_WITHOUT_ENTRY.format(number=checkpoint.number))


def _check_file(checkpoint: AuditCheckpoint, directory: Path | None, found: Segments) -> None:
    file = Path(checkpoint.file)
    if directory and not file.exists():
        file = directory / file.name
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            for line in stream:
                digest.update(line)
                _keep_closing(line, found)
    except OSError as error:
        found.unread = checkpoint.number
        text = messages.SEGMENT_UNREADABLE.format(number=checkpoint.number, file=file, reason=error.strerror)
        found.doubts.append(with_advice(text, advise("audit.restore_segment")))
        return
    if digest.hexdigest() != checkpoint.file_sha256:
        found.faults.append(messages.SEGMENT_CHANGED.format(file=file, number=checkpoint.number))


def _keep_closing(line: bytes, found: Segments) -> None:
    if CLOSE.encode() not in line:
        return
    try:
        entry = json.loads(line)
        if entry["action"] == CLOSE:
            found.closings.setdefault(str(entry["object_id"]), entry["after"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # then the file is not what was written, and its checksum differs


def closing_facts(checkpoint: AuditCheckpoint) -> dict[str, Any]:
    """The `after` facts of the entry about closing."""
    return {
        "number": checkpoint.number,
        "hash": checkpoint.hash,
        "file": checkpoint.file,
        "sha256": checkpoint.file_sha256,
    }
