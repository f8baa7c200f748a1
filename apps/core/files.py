# [DEF:core.files:Module]
# @COMPLEXITY: 3
# @PURPOSE: Files that rows refer to (bundles, snapshots): named by their checksum, in the store that the settings name.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.storage
# @RELATION DEPENDS_ON -> core.stores.facts
"""The store is Django's storage `files`: the data directory, or a bucket (`core.stores`)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, cast

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from apps.core import messages
from apps.core.errors import Damaged, LockstepError, NoRoom, StoreUnavailable
from apps.core.storage import why_not_stored
from apps.core.stores.facts import FileFacts, Store, StoreAway

PROBES = "probes"
"""The folder of files that only show that the store works."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The path of a file (relative to the files directory, with `/`) and the SHA-256 of its content."""

    path: str
    sha256: str

    def read(self) -> bytes:
        """The content. Damaged if the file is gone or was changed."""
        try:
            with store_of_files().open(checked(self.path)) as file:
                content = file.read()
        except OSError as error:
            raise _unreadable(self.path, error) from None
        self._require(sha256(content))
        return content

    def open(self) -> IO[bytes]:
        """The content as a stream, verified beforehand. Damaged as above."""
        try:
            file = cast("IO[bytes]", store_of_files().open(checked(self.path)).file)
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
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


def stored_files(folder: str) -> Iterator[FileFacts]:
    """All files of a folder, including unfinished ones; without a name, those of every folder."""
    try:
        yield from store_of_files().facts(checked(folder) if folder else "")
    except StoreAway as error:
        raise _unavailable(error) from None


def all_files() -> Iterator[FileFacts]:
    """The files of all folders, without unfinished ones: for a backup."""
    yield from (file for file in stored_files("") if not PurePosixPath(file.path).name.startswith("."))


def open_file(path: str) -> IO[bytes]:
    """The content as a stream, whatever it is. Damaged if it cannot be read."""
    try:
        return cast("IO[bytes]", store_of_files().open(checked(path)).file)
    except OSError as error:
        raise _unreadable(path, error) from None


def remove(path: str) -> bool:
    """Delete the file; False if it does not exist."""
    files = store_of_files()
    try:
        exists = files.exists(checked(path))
        if exists:
            files.delete(path)
    except StoreAway as error:
        raise _unavailable(error) from None
    return exists


def store(folder: str, content: bytes, *, suffix: str = ".zip") -> StoredFile:
    """Write the file completely or not at all, for its owner only. Equal content in one folder is stored once."""
    digest = sha256(content)
    path = f"{folder}/{digest}{suffix}"
    files = store_of_files()
    try:
        files.save(checked(path), ContentFile(content))
    except StoreAway as error:
        raise _unavailable(error) from None
    except OSError as error:
        failure = NoRoom if why_not_stored(error) else Damaged
        template = messages.FILE_NOT_IN_STORE if files.remote else messages.FILE_NOT_STORED
        raise failure(template.format(path=path, directory=files.place, reason=error.strerror)) from None
    return StoredFile(path, digest)


def store_of_files() -> Store:
    return cast("Store", storages["files"])


def try_store() -> None:
    """Write, read and delete a file. The errors of `store` and `read`."""
    content = secrets.token_bytes(32)
    stored = store(PROBES, content, suffix="")
    try:
        stored.read()
    finally:
        with suppress(LockstepError):
            remove(stored.path)


def look_at_store() -> None:
    """Whether it answers within two seconds, without changing anything. StoreUnavailable if not."""
    try:
        store_of_files().look()
    except StoreAway as error:
        raise _unavailable(error) from None


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unreadable(path: str, error: OSError) -> LockstepError:
    if isinstance(error, StoreAway):
        return _unavailable(error)
    return Damaged(messages.FILE_UNREADABLE.format(path=path, reason=error.strerror))


def checked(path: str) -> str:
    """The same rule for every store: what leads out of the directory of files is not the name of one."""
    parts = PurePosixPath(path).parts
    if not parts or any(part in {"..", "/"} for part in parts):
        raise Damaged(messages.NOT_A_FILE_NAME.format(path=path))
    return path


def _unavailable(error: OSError) -> StoreUnavailable:
    return StoreUnavailable(messages.STORE_UNAVAILABLE.format(store=store_of_files().place, reason=error.strerror))
