# [DEF:instance.services.restore:Module]
# @COMPLEXITY: 3
# @PURPOSE: Replaces an instance by the one of an archive, as a whole or not at all.
# @RELATION CALLS -> instance.services.liveness
# @RELATION CALLS -> instance.services.backup
# @RELATION CALLS -> instance.services.restored_work
# @RELATION CALLS -> instance.schema
# @RELATION CALLS -> instance.tables
# @RELATION DEPENDS_ON -> instance.archive
# @RELATION DEPENDS_ON -> instance.keys
# @RELATION CALLS -> core.files
# @RELATION CALLS -> audit.chain
# @RELATION CALLS -> tasks.worker.unfinished
"""Files and keys are added before the transaction that replaces the tables: the old instance does without them, and
still reads what it has. The head of the audit is replaced right before its commit. Who is killed between these two
leaves a note (`tasks.worker.unfinished`), with which neither web server nor worker starts until the restore is
repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import Error, connection, transaction

from apps.audit import chain, head
from apps.audit.chain import Verified
from apps.audit.services import record
from apps.core import files
from apps.core.advice import advise
from apps.core.crypto.keys import prepare_directory
from apps.core.errors import Conflict, Damaged, LockstepError
from apps.instance import keys, messages, schema, tables
from apps.instance.archive import FILES, HEAD, KEYS, Archive
from apps.instance.services.backup import INSTANCE, REPORTED, Made, named, write
from apps.instance.services.liveness import refuse_while_alive
from apps.instance.services.restored_work import Settled, settle
from apps.tasks.worker import unfinished

BESIDE = "backups"
"""The directory in the data directory for what a restore replaces."""

STEP = 100_000_000
"""Bytes between two reports of progress."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `kept`: the archive of what it has replaced. `steps`: schema migrations since the backup."""

    kept: Made | None
    steps: int
    settled: Settled
    audit: Verified


def verify(archive: Archive, *, say: Say = lambda _: None) -> None:
    """Read all of it. Damaged if anything is not what was written."""
    say(messages.VERIFYING.format(file=archive.file))
    reported = 0
    for done in archive.verify():
        if done - reported >= STEP:
            reported = done
            say(messages.VERIFIED_BYTES.format(done=done // 1_000_000, size=archive.size // 1_000_000))


def examine(archive: Archive, *, passphrase: str, replace: bool, without_keys: bool) -> keys.Carried:
    """The keys of the archive. LockstepError if it cannot be restored here, with the reason and the next step. Changes
    nothing, and reads only the manifest and the keys: see `verify`."""
    if names := schema.unknown(archive.manifest.migrations):
        schema.refuse_newer(names)
    has = keys.Carried()
    if archive.has(KEYS) and not without_keys:
        has = keys.unpacked(archive.read(KEYS), passphrase)
    if not without_keys:
        _refuse_missing_keys(keys.missing(archive.manifest.needed, has))
    if schema.is_occupied() and not replace:
        raise Conflict(messages.OCCUPIED, advice=advise("instance.replace"))
    refuse_while_alive()
    return has


def contents_here() -> tuple[dict[str, int], int]:
    """What a restore would replace: rows by table, and the number of files."""
    with connection.cursor() as cursor:
        rows = {}
        for table in schema.our_tables():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table of ours
            rows[table] = cursor.fetchone()[0]
    return rows, sum(1 for _ in files.all_files())


def restore(
    archive: Archive, *, passphrase: str = "", replace: bool = False, without_keys: bool = False,
    say: Say = lambda _: None,
) -> Restored:  # fmt: skip
    """Make this instance the one of the archive. What was here is backed up first."""
    verify(archive, say=say)
    has = examine(archive, passphrase=passphrase, replace=replace, without_keys=without_keys)
    kept = _keep(say) if schema.is_occupied() else None
    _store_files(archive, say)
    keys.install(has)
    steps, settled = _replace(archive, kept, say)
    return Restored(kept, steps, settled, chain.verify())


def _refuse_missing_keys(lacking: dict[str, list[str]]) -> None:
    if names := lacking.get(keys.ENCRYPTION):
        text = messages.ENCRYPTION_KEYS_MISSING.format(names=", ".join(names))
        raise LockstepError(text, advice=advise("instance.encryption_keys"), missing=lacking)
    if names := lacking.get(keys.AUDIT):
        text = messages.AUDIT_KEYS_MISSING.format(names=", ".join(names))
        raise LockstepError(text, advice=advise("instance.audit_keys"), missing=lacking)


def _keep(say: Say) -> Made:
    directory = Path(settings.DATA_DIR, BESIDE)
    prepare_directory(directory)
    file = directory / f"before-restore-{named()}"
    say(messages.BACKING_UP_FIRST.format(file=file))
    try:
        return write(file, say=say)
    except Error as error:
        reason = str(error).partition("\n")[0]
        raise Conflict(messages.NOT_BACKED_UP.format(reason=reason), advice=advise("instance.move_away")) from error


def _store_files(archive: Archive, say: Say) -> None:
    """They are named by their content, so what is there already stays what it is."""
    say(str(messages.STORING_FILES))
    for path in archive.manifest.files:
        place = PurePosixPath(path)
        content = archive.read(f"{FILES}{path}")
        stored = files.store(str(place.parent), content, suffix=place.name[64:])
        if stored.path != path:
            raise Damaged(messages.MEMBER_CHANGED.format(member=f"{FILES}{path}", file=archive.file))


def _replace(archive: Archive, kept: Made | None, say: Say) -> tuple[int, Settled]:
    """Until the commit it is the old instance, with its head; a failure puts that back."""
    anchored, half_restored = head.content(), unfinished.archive()
    committed: list[bool] = []
    try:
        with schema.replacing():
            transaction.on_commit(lambda: committed.append(True))
            done = _rebuild(archive, say)
            facts = {
                "file": str(archive.file),
                "made": archive.manifest.created,
                "kept": str(kept.file) if kept else "",
            }
            record(actor=None, action="instance.restored", target=INSTANCE, after=facts)
            unfinished.note(archive.file)
            head.put(archive.read(HEAD) if archive.has(HEAD) else b"")
    except BaseException:  # also Ctrl-C leaves the former instance
        if not committed:
            if head.content() != anchored:
                head.put(anchored)
            if not half_restored:
                unfinished.clear()
        raise
    chain.seal()
    unfinished.clear()
    return done


def _rebuild(archive: Archive, say: Say) -> tuple[int, Settled]:
    manifest = archive.manifest
    say(messages.MAKING_TABLES.format(version=manifest.lockstep))
    schema.drop()
    schema.build(manifest.migrations)
    known = schema.our_tables()
    say(str(messages.FILLING_TABLES))
    for table, rows in manifest.tables.items():
        if table not in known:
            raise Damaged(messages.TABLE_UNKNOWN.format(table=table))
        found = tables.insert(table, _reported(archive.lines(table), table, say))
        if found != rows:
            raise Damaged(messages.ROWS_LACKING.format(found=found, table=table, stated=rows))
    tables.settle(manifest.tables)
    say(str(messages.MIGRATING))
    return schema.forward(), settle(made=manifest.made)


def _reported(lines: Iterator[bytes], table: str, say: Say) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        yield line
        if number % REPORTED == 0:
            say(messages.FILLED_ROWS.format(table=table, rows=f"{number:,}"))
