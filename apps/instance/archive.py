# [DEF:instance.archive:Module]
# @COMPLEXITY: 3
# @PURPOSE: The archive of an instance: a tar of compressed tables, files and keys, with a manifest that has the SHA-256
#   of each of them.
# @RELATION DEPENDS_ON -> core.errors
"""The tar itself is not compressed, so that any member can be read without the others; bundles are ZIP files already.
The manifest comes last: an archive that was not finished has none.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from apps.core.advice import advise
from apps.core.errors import Conflict, Damaged, LockstepError
from apps.instance import messages

FORMAT = 1
"""Archives of a newer format are refused."""

MANIFEST, HEAD, KEYS = "manifest.json", "audit_head", "keys.json"
TABLES, FILES = "tables/", "files/"
LARGEST_MANIFEST = 200_000_000
CHUNK = 1 << 20

TABLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive is. `tables`: rows by table. `members`: size in bytes and SHA-256 by name. `keys`: whether it has
    them (`none`, `plain`, `passphrase`). `needed`: fingerprints of the keys that its secrets and its audit need.
    `missing`: paths of files that rows refer to and that could not be read."""

    lockstep: str
    created: str
    database: str
    migrations: dict[str, list[str]]
    tables: dict[str, int]
    members: dict[str, list[Any]]
    keys: str = "none"
    needed: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def files(self) -> list[str]:
        return [name.removeprefix(FILES) for name in self.members if name.startswith(FILES)]

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.created)

    def to_bytes(self) -> bytes:
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps({**facts, "sha256": _digest_of(facts)}, indent=1).encode()


class Writer:
    """Adds members to an archive that is being made."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, list[Any]] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> str:
        """Copy a member, and return its SHA-256. OSError if there is less of it than `size`."""
        reader = _Hashing(content)
        self._tar.addfile(_info(name, size), reader)
        digest = reader.digest.hexdigest()
        self.members[name] = [size, digest]
        return digest

    def leave_out(self, name: str) -> None:
        """Do not list a member after all; nobody will look at it."""
        del self.members[name]

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> None:
        content = manifest.to_bytes()
        self._tar.addfile(_info(MANIFEST, len(content)), BytesIO(content))


@contextmanager
def new_archive(into: Path) -> Iterator[Writer]:
    """An archive, for its owner only. It gets its name once it is complete. Conflict if the name is taken."""
    draft = into.with_name(f".{into.name}.{os.getpid()}.part")
    try:
        if into.exists():
            raise Conflict(messages.FILE_EXISTS.format(file=into))
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, into)  # unlike `rename` it replaces nothing
    except FileExistsError:
        raise Conflict(messages.FILE_EXISTS.format(file=into)) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


class Archive:
    """An archive that exists. Use it as a context. LockstepError if it is none, Damaged if it is incomplete."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._content = file.open("rb")  # closed by `__exit__`
        except OSError as error:
            raise LockstepError(messages.ARCHIVE_UNREADABLE.format(file=file, reason=error.strerror or error)) from None
        try:
            self._tar = tarfile.open(fileobj=self._content, mode="r:")  # noqa: SIM115 - closed with its file
            self._index = {member.name: member for member in self._tar.getmembers() if member.isreg()}
            self.manifest = self._manifest()
        except (tarfile.TarError, EOFError, ValueError):
            self._content.close()
            raise Damaged(messages.NO_ARCHIVE.format(file=file)) from None
        except BaseException:  # the file is nobody's yet
            self._content.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._content.close()

    @property
    def size(self) -> int:
        return self.file.stat().st_size

    def verify(self) -> Iterator[int]:
        """Compare every member with its checksum; yields the bytes read so far. Damaged if one differs."""
        done = 0
        for name, (size, digest) in self.manifest.members.items():
            found = hashlib.sha256()
            length = 0
            with self.open(name) as content:
                while chunk := content.read(CHUNK):
                    found.update(chunk)
                    length += len(chunk)
                    yield done + length
            if (length, found.hexdigest()) != (size, digest):
                raise Damaged(messages.MEMBER_CHANGED.format(member=name, file=self.file), member=name)
            done += length

    def open(self, name: str) -> IO[bytes]:
        member = self._index.get(name)
        content = self._tar.extractfile(member) if member else None
        if content is None:
            raise Damaged(messages.MEMBER_MISSING.format(member=name, file=self.file), member=name)
        return content

    def read(self, name: str) -> bytes:
        with self.open(name) as content:
            return content.read()

    def lines(self, table: str) -> Iterator[bytes]:
        """The rows of a table, without line ends."""
        with self.open(f"{TABLES}{table}.jsonl.gz") as content, gzip.open(content) as plain:
            for line in plain:
                yield line.rstrip(b"\n")

    def has(self, name: str) -> bool:
        return name in self.manifest.members

    def _manifest(self) -> Manifest:
        member = self._index.get(MANIFEST)
        if member is None or member.size > LARGEST_MANIFEST:
            raise Damaged(messages.INCOMPLETE.format(file=self.file), advice=advise("instance.other_archive"))
        try:
            facts: dict[str, Any] = json.loads(self.read(MANIFEST))
            stated = facts.pop("sha256")
            newer = int(facts["format"]) > FORMAT
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Damaged(messages.MEMBER_CHANGED.format(member=MANIFEST, file=self.file)) from None
        if stated != _digest_of(facts):
            raise Damaged(messages.MEMBER_CHANGED.format(member=MANIFEST, file=self.file), member=MANIFEST)
        if newer:
            text = messages.NEWER_FORMAT.format(version=facts.get("lockstep"))
            raise LockstepError(text, advice=advise("instance.newer"))
        manifest = Manifest(**facts)
        if not all(map(TABLE.fullmatch, manifest.tables)):
            raise Damaged(messages.MEMBER_CHANGED.format(member=MANIFEST, file=self.file))
        return manifest


class _Hashing:
    """A stream that is hashed while it is read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self.digest.update(chunk)
        return chunk


def now() -> str:
    return timezone.now().isoformat(timespec="seconds")


def _digest_of(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info
