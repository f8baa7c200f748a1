# [DEF:instance.services.backup:Module]
# @COMPLEXITY: 3
# @PURPOSE: Writes the archive of an instance while it runs: its rows of one moment, and the files that they refer to.
# @RELATION CALLS -> instance.tables
# @RELATION CALLS -> instance.schema
# @RELATION DEPENDS_ON -> instance.archive
# @RELATION DEPENDS_ON -> instance.keys
# @RELATION CALLS -> core.files
# @RELATION CALLS -> audit.head
# @RELATION CALLS -> audit.services
# @RELATION DEPENDS_ON -> users.models
"""Files are copied before the rows are read, and those that came since afterwards. A file that a row refers to is in
one of the two: retention deletes none that is younger than an hour.
"""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from django.db import connection, transaction

from apps.audit import head
from apps.audit.services import record
from apps.core import files
from apps.core.errors import Damaged, LockstepError
from apps.instance import keys, messages, schema, tables
from apps.instance.archive import FILES, HEAD, KEYS, TABLES, Manifest, Writer, new_archive, now
from apps.users.models import User

INSTANCE = User(username="this instance")
"""What the audit names, as there is no row for it."""

NAMED = re.compile(r"lockstep-\d{4}-\d\d-\d\d-\d{6}\.tar")

REPORTED = 100_000
"""Rows between two reports of progress."""

NO_KEYS = keys.Carried()

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written. `unknown`: secrets that no key of this instance opens."""

    file: Path
    size: int
    manifest: Manifest
    unknown: int = 0
    removed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Contents:
    """What was written so far."""

    rows: dict[str, int] = field(default_factory=dict)
    needed: keys.Needed = field(default_factory=keys.Needed)
    referred: set[str] = field(default_factory=set)


def backup(
    *, into: Path, with_keys: bool = False, passphrase: str = "", keep: int = 0, actor: User | None = None,
    say: Say = lambda _: None,
) -> Made:  # fmt: skip
    """Write an archive to this file, or with a name of its time into this directory. Of the archives with such names in
    that directory, the `keep` newest stay; 0: all. A passphrase encrypts the keys in it."""
    if keep and not into.is_dir():
        raise LockstepError(messages.KEEP_NEEDS_DIRECTORY)
    file = into / named() if into.is_dir() else into
    made = write(
        file, has=keys.carried() if with_keys or passphrase else keys.Carried(), passphrase=passphrase, say=say
    )
    removed = _prune(into, keep) if keep else ()
    facts = {"file": str(file), "size": made.size, "carries": made.manifest.keys, "removed": list(removed)}
    with transaction.atomic():
        record(actor=actor, action="instance.backed_up", target=INSTANCE, after=facts)
    return replace(made, removed=removed)


def named() -> str:
    """The name of an archive that is made now."""
    return f"lockstep-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.tar"


def write(file: Path, *, has: keys.Carried = NO_KEYS, passphrase: str = "", say: Say = lambda _: None) -> Made:
    """Write an archive with these keys, and no word about it into the audit."""
    if not file.parent.is_dir():
        raise LockstepError(messages.DIRECTORY_MISSING.format(directory=file.parent))
    anchored = head.content()  # before the rows: what it names is among them
    contents = _Contents()
    with new_archive(file) as writer:
        say(str(messages.COPYING_FILES))
        _copy_files(writer)
        say(str(messages.READING_TABLES))
        with tables.snapshot():
            created, migrations = now(), schema.applied()
            for table in schema.our_tables():
                if table not in schema.TRANSIENT and table != schema.HISTORY:
                    contents.rows[table] = _dump(table, file.parent, writer, contents, say)
        _copy_files(writer)
        if anchored:
            writer.add_bytes(HEAD, anchored)
        if has != NO_KEYS:
            writer.add_bytes(KEYS, keys.packed(has, passphrase))
        manifest = Manifest(
            lockstep=version("lockstep"),
            created=created,
            database=connection.vendor,
            migrations={app: list(names) for app, names in migrations.items()},
            tables=contents.rows,
            members=writer.members,
            keys="none" if has == NO_KEYS else "passphrase" if passphrase else "plain",
            needed=contents.needed.data(),
            missing=sorted(path for path in contents.referred if f"{FILES}{path}" not in writer.members),
        )
        writer.finish(manifest)
    return Made(file, file.stat().st_size, manifest, contents.needed.unknown)


def _dump(table: str, beside: Path, writer: Writer, contents: _Contents, say: Say) -> int:
    """By way of a file beside the archive, because a tar has the size of a member before its content."""
    names = tables.columns(table)
    paths = [name for name in names if name.endswith("path") and f"{name.removesuffix('path')}sha256" in names]
    tells = paths or any(name in ("mark", "hash") or name.startswith("secret") for name in names)
    rows = 0
    with tempfile.TemporaryFile(dir=beside) as spool:
        with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=6, mtime=0) as packed:
            for line in tables.lines(table):
                packed.write(line + b"\n")
                rows += 1
                if tells:
                    row = json.loads(line)
                    contents.needed.note(row)
                    contents.referred.update(filter(None, (row[name] for name in paths)))
                if rows % REPORTED == 0:
                    say(messages.READ_ROWS.format(table=table, rows=f"{rows:,}"))
        size = spool.tell()
        spool.seek(0)
        writer.add(f"{TABLES}{table}.jsonl.gz", spool, size)
    return rows


def _copy_files(writer: Writer) -> None:
    """Those that are not in the archive yet. One that was changed is left out: nobody reads it any more."""
    for facts in files.all_files():
        name = f"{FILES}{facts.path}"
        if name in writer.members:
            continue
        try:
            content = files.open_file(facts.path)
        except Damaged:  # deleted just now
            continue
        with content:
            digest = writer.add(name, content, facts.size)
        if digest not in PurePosixPath(facts.path).name:
            writer.leave_out(name)


def _prune(directory: Path, keep: int) -> tuple[str, ...]:
    return tuple(_remove(file) for file in _named(directory)[:-keep])


def _named(directory: Path) -> list[Path]:
    return sorted(file for file in directory.iterdir() if NAMED.fullmatch(file.name))


def _remove(file: Path) -> str:
    file.unlink()
    return file.name
