# [DEF:project.storage:Module]
# @COMPLEXITY: 3
# @PURPOSE: The data directory of an installation, and the embedded database in it.
# @RELATION DEPENDS_ON -> core.crypto.keys

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from apps.core.crypto import keys

SQLITE = "django.db.backends.sqlite3"

BUNDLED = Path(__file__).parent / "bundled"
"""Where the wheel has the templates and static files: beside its packages, they would lie among everybody's."""

HERE = BUNDLED if BUNDLED.is_dir() else Path(__file__).parent.parent
"""The directory of the templates and static files; in a checkout, that of `apps` and `project`, too."""


def default_data_dir(source: Mapping[str, str] = os.environ) -> Path:
    """`lockstep` in the user's data directory ($XDG_DATA_HOME or ~/.local/share), outside of any checkout."""
    base = source.get("XDG_DATA_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "share") / "lockstep"


def embedded_database(data_dir: Path) -> dict[str, Any]:
    """SQLite for several processes: readers never wait for the writer, writers queue for up to 20 seconds.

    IMMEDIATE, because a transaction that begins by reading and then writes fails at once under another writer, without
    waiting for the time-out. Each connection caches half a megabyte: with SQLite's own two, the four threads of a web
    server took 8 MB more and answered no faster.
    """
    return {
        "ENGINE": SQLITE,
        "NAME": data_dir / "lockstep.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; "
            "PRAGMA cache_size=-500;",
        },
    }


def stores(
    *, bucket: tuple[str, str] | None, endpoint: str, region: str, access_key_id: str, secret_access_key: str
) -> dict[str, Any]:
    """Django's STORAGES. Files are below the data directory, unless there is a bucket, and a prefix in it."""
    files: dict[str, Any] = {"BACKEND": "apps.core.stores.local.LocalFiles"}
    if bucket:
        if not (access_key_id and secret_access_key):
            raise ImproperlyConfigured(
                "LOCKSTEP_STORAGE names a bucket, but there is no key for it. Set LOCKSTEP_S3_ACCESS_KEY_ID and "
                "LOCKSTEP_S3_SECRET_ACCESS_KEY, or the files with them, LOCKSTEP_S3_ACCESS_KEY_ID_FILE and "
                "LOCKSTEP_S3_SECRET_ACCESS_KEY_FILE."
            )
        require_package("obstore", extra="s3", setting="LOCKSTEP_STORAGE")
        options = {"bucket": bucket[0], "prefix": bucket[1], "endpoint": endpoint, "region": region}
        keys_of_bucket = {"access_key_id": access_key_id, "secret_access_key": secret_access_key}
        files = {"BACKEND": "apps.core.stores.s3.S3Files", "OPTIONS": options | keys_of_bucket}
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "files": files,
    }


def require_package(module: str, *, extra: str, setting: str) -> None:
    """ImproperlyConfigured if an optional package is not installed. It is not loaded yet."""
    if find_spec(module) is None:
        raise ImproperlyConfigured(f"{setting} needs a package that is not installed. Install lockstep[{extra}].")


def prepare(database: Mapping[str, Any]) -> None:
    """Create the file of an embedded database, readable by its owner only; SQLite gives its side files the same mode.

    Called once the encryption key exists: a database without a key counts as one that lost it.
    """
    if database["ENGINE"] != SQLITE:
        return
    path = Path(database["NAME"])
    keys.prepare_directory(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ImproperlyConfigured(
            f"The database “{path}” cannot be opened ({error.strerror}). Set LOCKSTEP_DATA_DIR to a directory that "
            "this user may write to."
        ) from None


def database_exists(database: Mapping[str, Any]) -> bool:
    """Whether the database already has our tables. Called only if there is no encryption key."""
    if database["ENGINE"] == SQLITE:
        return Path(database["NAME"]).exists()
    import psycopg  # noqa: PLC0415 - 16 MB in every process, for one that asks this

    parameters = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        "connect_timeout": "10",
        **database["OPTIONS"],
    }
    try:
        with psycopg.connect(**{name: value for name, value in parameters.items() if value}) as connection:
            row = connection.execute("SELECT to_regclass('environments_environment') IS NOT NULL").fetchone()
    except psycopg.Error:
        raise ImproperlyConfigured(
            f"There is no encryption key yet, and whether the database {database['NAME']} needs an existing "
            "one cannot be checked. Check DATABASE_URL and that the server is running."
        ) from None
    return bool(row and row[0])
