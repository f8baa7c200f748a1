# [DEF:audit.checkpoints:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether the checkpoints of the audit are what closing left: each with its own entry and file.
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> audit.seals
"""A checkpoint lets the database delete what is below it, so one that somebody put there must not count."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.audit import seals
from apps.audit.models import AuditCheckpoint, AuditEntry

CLOSE = "audit.close"


@dataclass(slots=True)
class Segments:
    """What is wrong with the checkpoints, and what cannot be told of them."""

    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    """What the entries about closing say, by the id of their checkpoint."""
    unread: int = 0
    """The last segment whose file was not there: an entry about an earlier one may be in it."""


def check(checkpoints: list[AuditCheckpoint], directory: Path | None) -> Segments:
    found = Segments()
    for entry in AuditEntry.objects.filter(action=CLOSE):
        if seals.check_entry(entry) is seals.Verdict.GENUINE:
            found.told[entry.object_id] = entry.after
    below = 0
    for each in checkpoints:
        if each.number - each.entries != below:
            found.faults.append(
                f"A checkpoint between entries {below} and {each.number} is missing: somebody removed it."
            )
        below = each.number
        _check_mark(each, found)
        _check_file(each, directory, found)
    for each in checkpoints:
        _check_entry(each, found)
    return found


def _check_mark(checkpoint: AuditCheckpoint, found: Segments) -> None:
    verdict = seals.check_checkpoint(checkpoint)
    if verdict is seals.Verdict.FORGED:
        found.faults.append(f"The checkpoint at entry {checkpoint.number} was not written by Lockstep.")
    elif verdict is seals.Verdict.UNKNOWN_KEY:
        key = seals.key_of(checkpoint.mark)
        found.doubts.append(f"The checkpoint at entry {checkpoint.number} has the key {key}, which is not here.")


def _check_entry(checkpoint: AuditCheckpoint, found: Segments) -> None:
    facts = found.told.get(str(checkpoint.pk))
    if facts == closing_facts(checkpoint):
        return
    if facts is None and found.unread > checkpoint.number:
        found.doubts.append(
            f"The entry about the checkpoint at entry {checkpoint.number} is in none of the files here."
        )
    else:
        found.faults.append(
            f"No entry tells of the checkpoint at entry {checkpoint.number}: it was not Lockstep that closed what is "
            "below it."
        )


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
        found.doubts.append(
            f"The closed entries up to {checkpoint.number} cannot be read: {file} ({error.strerror}). Put the file "
            "back, or name its directory with --files."
        )
        return
    if digest.hexdigest() != checkpoint.file_sha256:
        found.faults.append(f"{file}, with the closed entries up to {checkpoint.number}, was changed.")


def _keep_closing(line: bytes, found: Segments) -> None:
    if CLOSE.encode() not in line:
        return
    try:
        told = json.loads(line)
        if told["action"] == CLOSE:
            found.told.setdefault(str(told["object_id"]), told["after"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # then the file is not what was written, which its checksum tells


def closing_facts(checkpoint: AuditCheckpoint) -> dict[str, Any]:
    """What the entry about closing says after it."""
    return {
        "number": checkpoint.number,
        "hash": checkpoint.hash,
        "file": checkpoint.file,
        "sha256": checkpoint.file_sha256,
    }
