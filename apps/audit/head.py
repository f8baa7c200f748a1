# [DEF:audit.head:Module]
# @COMPLEXITY: 3
# @PURPOSE: The head of the audit's chain outside the database, which reveals that entries were cut off at the end.
# @RELATION DEPENDS_ON -> audit.seals
# @RELATION CALLS -> core.files
"""It is a file in the data directory, replaced after each seal, and optionally another file that it is appended to. It
only advances along its own chain: if the table has another one, the head stays, for `verify` to find. It is created
only at the very first seal, by `place` and by `put`; a missing head is not silently replaced.

The file that it is appended to keeps every head. One that a person accepted counts instead of those before it, unless
one of those is younger: then somebody who has no key appended an old line again.

Of several hosts, each has a head of its own, which moves when that host seals: it is created at the first of its seals,
and stands behind whenever another host sealed last.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.audit import seals
from apps.core.files import store_of_files

HEAD_FILE = "audit_head"
TAIL = 65_536
"""Bytes at the end of an appended file in which the head is searched."""

MOST = 2**63 - 1
"""The largest number that a database can store."""

LOGGED_EVERY = 100
PATIENCE = 1.0
"""Seconds that a writer waits for another one before it leaves the head as it is."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain stands: the number and the hash of its last entry."""

    number: int = 0
    hash: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Head:
    """The content of a file: where the chain stood and when that was written. `verdict` says whether it is genuine.
    Without a link the file is missing (`reason` is empty) or cannot be read."""

    file: Path
    link: Link | None = None
    at: str = ""
    verdict: seals.Verdict = seals.Verdict.GENUINE
    reason: str = ""
    key: str = ""
    accepted: bool = False


class Busy(OSError):
    """Another process locks the file for longer than a writer waits."""


def heads() -> list[Head]:
    """The head in each of the files."""
    return [_read(file) for file in _places()]


def move(start: Link, end: Link, contains: Callable[[Link], bool]) -> None:
    """Record that the chain went from `start` to `end`. Failures are only logged: the change itself is done, and a head
    that lags behind is found."""
    for file in _places():
        try:
            with _locked():
                if _follows(_read(file), start, end, contains):
                    _write(file, end)
        except OSError as error:
            logger.warning("the head of the audit was not written to %s (%s)", file, error.strerror or error)
    if start.number // LOGGED_EVERY != end.number // LOGGED_EVERY or not start.number:
        logger.info("the head of the audit is %s", end)


def place(link: Link) -> None:
    """Write it to all files, whatever they contained. OSError if one cannot be written."""
    for file in _places():
        with _locked():
            _write(file, link, accepted=True)
    logger.info("the head of the audit is %s", link)


def content() -> bytes:
    """The file in the data directory, for a backup; empty if there is none."""
    try:
        return _own().read_bytes()
    except FileNotFoundError:
        return b""


def put(written: bytes) -> None:
    """Put the file of a backup in its place; empty: there was none. OSError if it cannot be written."""
    with _locked():
        if written:
            _replace(_own(), written)
        else:
            _own().unlink(missing_ok=True)
        found = _read(_own())
        for file in filter(is_appended, _places()):
            if found.link and found.verdict is seals.Verdict.GENUINE:
                _write(file, found.link, accepted=True)
    logger.info("the head of the audit is %s, from a backup", found.link)


def is_one_of_several() -> bool:
    """Whether other hosts seal, too: they do where files are in a store that hosts share."""
    return store_of_files().remote


def is_appended(file: Path) -> bool:
    return file != _own()


def _follows(head: Head, start: Link, end: Link, contains: Callable[[Link], bool]) -> bool:
    """Whether the new end belongs to the chain of this head."""
    if head.link is None and not head.reason and not start.number:
        return True
    if head.link is None and not head.reason and is_one_of_several():
        logger.warning("this host has no head of the audit yet, and begins with %s in %s", end, head.file)
        return True
    if head.link is None:
        logger.error("there is no head of the audit in %s: verify the audit", head.file)
        return False
    if head.link == start and head.verdict is seals.Verdict.GENUINE:
        return True
    if head.verdict is not seals.Verdict.GENUINE or not contains(head.link):
        logger.error("the audit does not contain its head %s: verify the audit", head.link)
        return False
    return head.link.number < end.number


def _places() -> list[Path]:
    return [_own(), *([Path(settings.AUDIT_HEAD_FILE)] if settings.AUDIT_HEAD_FILE else [])]


def _own() -> Path:
    return Path(settings.DATA_DIR, HEAD_FILE)


def _read(file: Path) -> Head:
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - TAIL))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return Head(file)
    except OSError as error:
        return Head(file, reason=error.strerror or str(error))
    found = [head for line in lines if (head := _parsed(file, line))]
    genuine = [head for head in found if head.verdict is seals.Verdict.GENUINE]
    # Several processes append, so the last line is not always the furthest
    return max(_since_accepted(genuine) or found, key=_number, default=Head(file, reason="it holds no head"))


def _since_accepted(heads: list[Head]) -> list[Head]:
    """Without those before the last one that a person accepted."""
    for place in range(len(heads) - 1, 0, -1):
        if heads[place].accepted and all(each.at < heads[place].at for each in heads[:place]):
            return heads[place:]
    return heads


def _number(head: Head) -> int:
    return head.link.number if head.link else 0


def _parsed(file: Path, line: str) -> Head | None:
    try:
        written: Any = json.loads(line)
        number, digest, at, mark = (written[name] for name in ("number", "hash", "at", "mark"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    accepted = written.get("accepted") is True
    if type(number) is not int or not 0 <= number <= MOST or not all(map(_is_plain, (digest, at, mark))):
        return None
    verdict = seals.check_head(number, digest, at, mark, accepted=accepted)
    return Head(file, Link(number, digest), at, verdict, key=seals.key_of(mark), accepted=accepted)


def _is_plain(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isprintable()


def _write(file: Path, link: Link, *, accepted: bool = False) -> None:
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    mark = seals.of_head(link.number, link.hash, at, accepted=accepted)
    facts = {"number": link.number, "hash": link.hash, "at": at, "mark": mark}
    if accepted:
        facts["accepted"] = True
    line = f"{json.dumps(facts)}\n".encode()
    if not is_appended(file):
        _replace(file, line)
        return
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", buffering=0) as stream:
        stream.write(line)


def _replace(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}.draft")  # one name is enough: only one process writes
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(content)
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


@contextmanager
def _locked() -> Iterator[None]:
    """One process of the machine at a time, so that the head never goes back. A writer that was stopped must not stop
    all others."""
    own = _own()
    own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    until = time.monotonic() + PATIENCE
    with os.fdopen(os.open(own.with_name(f".{HEAD_FILE}.lock"), os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy("another process has locked it") from None
                time.sleep(0.001)
        yield
