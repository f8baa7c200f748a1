# [DEF:core.stores.local:Module]
# @COMPLEXITY: 3
# @PURPOSE: Files in the data directory: for their owner only, written completely or not at all.
# @RELATION DEPENDS_ON -> core.stores.facts

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from apps.core.stores.facts import FileFacts

FILES = "files"


class LocalFiles(FileSystemStorage):
    """Django's storage with private modes, atomic writes and one name for equal content."""

    remote = False

    @property
    def base_location(self) -> str:  # read anew: where the data directory is may change
        return str(Path(settings.DATA_DIR, FILES))

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)  # noqa: PTH100 - as Django's own, which resolves no links

    @property
    def place(self) -> str:
        return str(settings.DATA_DIR)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002 - Django's signature
        return name

    def look(self) -> None:
        """The disk is looked at elsewhere (`core.storage`)."""

    def facts(self, folder: str) -> Iterator[FileFacts]:
        directory = Path(self.path(folder))
        if not folder:
            for each in sorted(directory.iterdir()) if directory.is_dir() else ():
                yield from self.facts(each.name)
        elif directory.is_dir():
            for file in directory.iterdir():
                with suppress(FileNotFoundError):  # somebody removed it just now
                    found = file.stat()
                    yield FileFacts(f"{folder}/{file.name}", found.st_size, found.st_mtime)

    def _save(self, name: str, content: File[Any]) -> str:
        place = Path(self.path(name))
        draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        try:
            _make_private_directory(place.parent)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        return name


def _make_private_directory(directory: Path) -> None:
    """`mkdir(parents=True)` would give the parents the usual permissions."""
    if not directory.is_dir():
        _make_private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
