# [DEF:core.files:Module]
# @COMPLEXITY: 3
# @PURPOSE: Files that rows refer to (bundles, snapshots): private, in the data directory, named by their checksum.
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

from apps.core import messages
from apps.core.errors import Damaged, NoRoom
from apps.core.storage import why_not_stored


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The path of a file (relative to the files directory, with `/`) and the SHA-256 of its content."""

    path: str
    sha256: str

    def read(self) -> bytes:
        """The content. Damaged if the file is gone or was changed."""
        try:
            content = _place(self.path).read_bytes()
        except OSError as error:
            raise _unreadable(self.path, error) from None
        self._require(sha256(content))
        return content

    def open(self) -> IO[bytes]:
        """The content as a stream, verified beforehand. Damaged as above."""
        try:
            file = _place(self.path).open("rb")
            found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(self.path, error) from None
        try:
            self._require(found)
        except Damaged:
            file.close()
            raise
        file.seek(0)
        return file

    def _require(self, found: str) -> None:
        if found != self.sha256:
            raise Damaged(messages.FILE_CHANGED.format(path=self.path), expected=self.sha256, found=found)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """An existing file: its path as in `StoredFile`, its size in bytes, and when it was last stored (Unix time)."""

    path: str
    size: int
    modified: float


def stored_files(folder: str) -> Iterator[FileFacts]:
    """All files of a folder, including unfinished ones."""
    place = _place(folder)
    if place.is_dir():
        for file in place.iterdir():
            with suppress(FileNotFoundError):  # somebody removed it just now
                facts = file.stat()
                yield FileFacts(f"{folder}/{file.name}", facts.st_size, facts.st_mtime)


def all_files() -> Iterator[FileFacts]:
    """The files of all folders, without unfinished ones: for a backup."""
    root = Path(settings.DATA_DIR, "files")
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        yield from (file for file in stored_files(folder.name) if not PurePosixPath(file.path).name.startswith("."))


def open_file(path: str) -> IO[bytes]:
    """The content as a stream, whatever it is. Damaged if it cannot be read."""
    try:
        return _place(path).open("rb")
    except OSError as error:
        raise _unreadable(path, error) from None


def remove(path: str) -> bool:
    """Delete the file; False if it does not exist."""
    try:
        _place(path).unlink()
    except FileNotFoundError:
        return False
    return True


def store(folder: str, content: bytes, *, suffix: str = ".zip") -> StoredFile:
    """Write the file completely or not at all, for its owner only. Equal content in one folder is stored once."""
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
        text = messages.FILE_NOT_STORED.format(path=path, directory=settings.DATA_DIR, reason=error.strerror)
        raise failure(text) from None
    return StoredFile(path, digest)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unreadable(path: str, error: OSError) -> Damaged:
    return Damaged(messages.FILE_UNREADABLE.format(path=path, reason=error.strerror))


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _place(path: str) -> Path:
    parts = PurePosixPath(path).parts
    if not parts or any(part in {"..", "/"} for part in parts):
        raise Damaged(messages.NOT_A_FILE_NAME.format(path=path))
    return Path(settings.DATA_DIR, "files", *parts)


def _make_private_directory(directory: Path) -> None:
    """`mkdir(parents=True)` would give the parents the usual permissions."""
    if not directory.is_dir():
        _make_private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
