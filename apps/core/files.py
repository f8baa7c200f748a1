# [DEF:core.files:Module]
# @COMPLEXITY: 3
# @PURPOSE: Files that rows point to (bundles, snapshots): in the data directory, private, named by their checksum.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.storage

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings

from apps.core.errors import Damaged, NoRoom
from apps.core.storage import why_not_stored


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file is (relative to the files directory, with `/`) and the SHA-256 of what it holds."""

    path: str
    sha256: str

    def read(self) -> bytes:
        """The content. Damaged if it is gone or is not what was stored."""
        try:
            content = _place(self.path).read_bytes()
        except OSError as error:
            raise self._unreadable(error) from None
        self._require(sha256(content))
        return content

    def open(self) -> IO[bytes]:
        """The content, to be read in pieces; it was looked through before. Damaged as above."""
        try:
            file = _place(self.path).open("rb")
            found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._unreadable(error) from None
        try:
            self._require(found)
        except Damaged:
            file.close()
            raise
        file.seek(0)
        return file

    def _unreadable(self, error: OSError) -> Damaged:
        return Damaged(
            f"The stored file {self.path} cannot be read ({error.strerror}): put it back from the backup of the "
            "data directory."
        )

    def _require(self, found: str) -> None:
        if found != self.sha256:
            raise Damaged(
                f"The stored file {self.path} was changed after it was written: put it back from the backup of the "
                "data directory.",
                expected=self.sha256,
                found=found,
            )


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that is there: its path as of a `StoredFile`, its size in bytes, when it was last stored (Unix time)."""

    path: str
    size: int
    modified: float


def stored_files(folder: str) -> Iterator[FileFacts]:
    """All files of a folder, unfinished ones among them."""
    place = _place(folder)
    if place.is_dir():
        for file in place.iterdir():
            with suppress(FileNotFoundError):  # somebody else removed it in this moment
                facts = file.stat()
                yield FileFacts(f"{folder}/{file.name}", facts.st_size, facts.st_mtime)


def remove(path: str) -> bool:
    """False if it was not there."""
    try:
        _place(path).unlink()
    except FileNotFoundError:
        return False
    return True


def store(folder: str, content: bytes, *, suffix: str = ".zip") -> StoredFile:
    """Write the file whole or not at all, for its owner only. Equal content in one folder is one file."""
    digest = sha256(content)
    path = f"{folder}/{digest}{suffix}"
    place = _place(path)
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        _make_private_directory(place.parent)
        _write(draft, content)
        draft.replace(place)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        failure = NoRoom if why_not_stored(error) else Damaged
        raise failure(
            f"The file {path} cannot be stored in {settings.DATA_DIR} ({error.strerror}): check the space and the "
            "permissions of the data directory."
        ) from None
    return StoredFile(path, digest)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _place(path: str) -> Path:
    parts = PurePosixPath(path).parts
    if not parts or any(part in {"..", "/"} for part in parts):
        raise Damaged(f"“{path}” is not the name of a stored file.")
    return Path(settings.DATA_DIR, "files", *parts)


def _make_private_directory(directory: Path) -> None:
    """`mkdir(parents=True)` would give the parents the usual permissions."""
    if not directory.is_dir():
        _make_private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
