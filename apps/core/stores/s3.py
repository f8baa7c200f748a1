# [DEF:core.stores.s3:Module]
# @COMPLEXITY: 3
# @PURPOSE: Files in a bucket of any S3-compatible store, for installations on several hosts.
# @RELATION DEPENDS_ON -> core.stores.facts
"""Loaded only where it is configured: the client takes 12 MB. Content passes in pieces, whatever its size: on its way
in it is sent in parts, on its way out it waits in a temporary file until its checksum is known.

The client has threads, which do not survive a fork: a process that forks must not use it before.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import IO, Any

import obstore
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible
from obstore.exceptions import BaseError
from obstore.store import S3Store

from apps.core.stores.facts import FileFacts, StoreAway

PART = 8 * 1024 * 1024
"""Bytes of a part of an upload; a smaller file is sent in one request. S3 takes 10,000 parts of 5 MiB or more."""

PIECE = 256 * 1024
"""Bytes read at a time of a download."""

IN_MEMORY = 1024 * 1024
"""A smaller file does not touch the disk on its way out."""

CONNECT, SILENCE = timedelta(seconds=5), timedelta(seconds=30)
RETRIES, RETRIED_FOR = 2, timedelta(seconds=15)

GLANCE = timedelta(seconds=2)
"""For so long a probe waits."""

CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d{3}[\w ]*)")
FULL = frozenset({"QuotaExceeded", "QuotaExceededException", "XMinioStorageFull", "InsufficientStorage"})


@deconstructible
class S3Files(Storage):
    """The objects below `prefix` in a bucket. Errors are those of files: OSError, with a short reason."""

    remote = True

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        endpoint: str = "",
        region: str,
        access_key_id: str,
        secret_access_key: str,
    ) -> None:
        self.place = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket, self._prefix = bucket, prefix
        self._pid = 0
        self._config: dict[str, Any] = {
            "region": region,
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
            **({"endpoint": endpoint} if endpoint else {}),
        }

    @cached_property
    def _patient(self) -> S3Store:
        limits = {"connect_timeout": CONNECT, "read_timeout": SILENCE, "timeout": 10 * SILENCE}
        return self._connected(limits, retries=RETRIES)

    @cached_property
    def _impatient(self) -> S3Store:
        return self._connected({"connect_timeout": GLANCE, "timeout": GLANCE}, retries=0)

    def _connected(self, limits: dict[str, Any], *, retries: int) -> S3Store:
        plain = str(self._config.get("endpoint", "")).startswith("http://")
        return S3Store(
            self._bucket,
            prefix=self._prefix or None,
            config=self._config,  # type: ignore[arg-type]
            client_options={"allow_http": plain, **limits},  # type: ignore[arg-type]
            retry_config={"max_retries": retries, "retry_timeout": RETRIED_FOR},
        )

    @property
    def _store(self) -> S3Store:
        self._refuse_in_fork()
        return self._patient

    def _refuse_in_fork(self) -> None:
        """There, a request would wait forever."""
        self._pid = self._pid or os.getpid()
        if self._pid != os.getpid():
            raise RuntimeError("The client of the S3 store was used before this process was forked.")

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:  # noqa: ARG002 - Django's signature
        # Closed by whoever asked for it, or by the response
        file: Any = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=_directory())  # noqa: SIM115
        try:
            with _errors_of_files():
                for piece in obstore.get(self._store, name).stream(min_chunk_size=PIECE):
                    file.write(piece)
        except BaseException:  # the file is nobody's yet
            file.close()
            raise
        file.seek(0)
        return File(file, name)

    def _save(self, name: str, content: File[Any]) -> str:
        source: IO[bytes] = content.file or content
        with _errors_of_files(storing=True):
            obstore.put(
                self._store, name, source, use_multipart=content.size > PART, chunk_size=PART, max_concurrency=1
            )
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002 - Django's signature
        return name

    def delete(self, name: str) -> None:
        with _errors_of_files():
            obstore.delete(self._store, name)

    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self._head(name)["size"])

    def get_modified_time(self, name: str) -> datetime:
        modified: datetime = self._head(name)["last_modified"]
        return modified

    def facts(self, folder: str) -> Iterator[FileFacts]:
        with _errors_of_files():
            for some in obstore.list(self._store, folder or None):
                for each in some:
                    yield FileFacts(each["path"], each["size"], each["last_modified"].timestamp())

    def look(self) -> None:
        self._refuse_in_fork()
        with _errors_of_files():
            next(iter(obstore.list(self._impatient, "probes")), None)

    def _head(self, name: str) -> Any:
        with _errors_of_files():
            return obstore.head(self._store, name)


@contextmanager
def _errors_of_files(*, storing: bool = False) -> Iterator[None]:
    """The client's texts have the whole response, which may name keys: only its code is passed on."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise _error_of_files(error, storing=storing) from None


def _error_of_files(error: Exception, *, storing: bool) -> OSError:
    said = str(error)
    code, status = CODE.search(said), STATUS.search(said)
    reason = code[1] if code else status[1].strip() if status else ""
    if isinstance(error, FileNotFoundError) and not storing and reason != "NoSuchBucket":
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if reason in FULL or reason.startswith("507"):
        return OSError(errno.ENOSPC, reason)
    if isinstance(error, OSError) and error.strerror:  # of the temporary file
        return error
    return StoreAway(errno.EHOSTUNREACH, reason or "no answer")


def _directory() -> str | None:
    """Where there is room for files; the system's own place may be in memory."""
    return str(settings.DATA_DIR) if settings.DATA_DIR.is_dir() else None
