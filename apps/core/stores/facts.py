# [DEF:core.stores.facts:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the stores of files have in common: the facts of a file, and the error of a store that cannot be used.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from django.core.files.base import File


@dataclass(frozen=True, slots=True)
class FileFacts:
    """An existing file: its path as in `StoredFile`, its size in bytes, and when it was last stored (Unix time)."""

    path: str
    size: int
    modified: float


class StoreAway(ConnectionError):
    """The store of files does not answer, or refuses. `strerror` says why, without any secret."""


class Store(Protocol):
    """What `core.files` uses of a Django storage, and one method more: listing a folder in one request."""

    place: str
    """Where it is, for people: a directory or an s3:// address."""

    remote: bool

    def open(self, name: str) -> File[bytes]: ...
    def save(self, name: str, content: File[bytes]) -> str:
        """Completely or not at all; an existing file is replaced."""

    def delete(self, name: str) -> None: ...
    def exists(self, name: str) -> bool: ...
    def look(self) -> None:
        """StoreAway if it does not answer within two seconds. It changes nothing."""

    def facts(self, folder: str) -> Iterator[FileFacts]:
        """Of all files in the folder, or in every folder without a name; none where there is no such folder."""
