# [DEF:instance.management.output:Module]
# @COMPLEXITY: 2
# @PURPOSE: Backups and restores as output of the command.
# @RELATION DEPENDS_ON -> instance.archive
# @RELATION DEPENDS_ON -> core.management.output

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.template.defaultfilters import filesizeformat

from apps.core.management.output import Output
from apps.instance.archive import Archive, Manifest
from apps.instance.keys import AUDIT, ENCRYPTION
from apps.instance.management import messages
from apps.instance.services.backup import Made
from apps.instance.services.restore import Restored

COUNTED = {
    "users_user": messages.users,
    "environments_environment": messages.environments,
    "migrations_migration": messages.migrations,
    "tasks_task": messages.tasks,
}


def manifest_data(manifest: Manifest) -> dict[str, Any]:
    """What an archive is, for programs: without the list of its members."""
    return {
        "lockstep": manifest.lockstep,
        "created": manifest.created,
        "database": manifest.database,
        "rows": manifest.tables,
        "files": len(manifest.files),
        "keys": manifest.keys,
        "needed_keys": manifest.needed,
        "missing_files": manifest.missing,
    }


def made_output(made: Made) -> Output:
    manifest = made.manifest
    size = _plain_size(made.size)
    sentences = [messages.WROTE.format(file=made.file, size=size, contents=contents_of(manifest)), *_about(manifest)]
    if made.unknown:
        sentences.append(messages.unknown_secrets(made.unknown))
    if made.removed:
        sentences.append(messages.REMOVED.format(names=", ".join(made.removed)))
    data = {"file": str(made.file), "size": made.size, **manifest_data(manifest), "removed": list(made.removed)}
    return Output(data, "\n".join(map(str, sentences)))


def intact_output(archive: Archive) -> Output:
    manifest = archive.manifest
    sentences = [what(archive), messages.INTACT.format(number=len(manifest.members)), *_about(manifest)]
    return Output({"file": str(archive.file), **manifest_data(manifest)}, "\n".join(map(str, sentences)))


def restored_output(archive: Archive, done: Restored) -> Output:
    manifest, audit = archive.manifest, done.audit
    data = {
        "file": str(archive.file),
        **manifest_data(manifest),
        "kept": str(done.kept.file) if done.kept else None,
        "schema_migrations": done.steps,
        "lost": done.settled.lost,
        "cancelled": done.settled.cancelled,
        "audit": {"holds": audit.holds, "faults": audit.faults, "doubts": audit.doubts},
    }
    return Output(data, "\n".join(map(str, _restored(manifest, done))))


def what(archive: Archive) -> str:
    manifest = archive.manifest
    return messages.WHAT.format(
        file=archive.file,
        created=f"{manifest.made:%Y-%m-%d %H:%M} UTC",
        version=manifest.lockstep,
        database={"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(manifest.database, manifest.database),
        contents=contents_of(manifest),
    )


def contents_of(manifest: Manifest) -> str:
    return contents(manifest.tables, len(manifest.files))


def contents(rows: Mapping[str, int], files: int) -> str:
    """`2 users, 3 environments …`"""
    counted = [count(rows.get(table, 0)) for table, count in COUNTED.items()]
    return ", ".join([*counted, messages.files(files)])


def needed_keys(manifest: Manifest) -> str:
    """The keys by their fingerprints; empty if it needs none."""
    parts = [
        text.format(names=", ".join(manifest.needed[kind]))
        for kind, text in ((ENCRYPTION, messages.ENCRYPTION_KEYS), (AUDIT, messages.AUDIT_KEYS))
        if manifest.needed.get(kind)
    ]
    return messages.AND.format(first=parts[0], second=parts[1]) if len(parts) > 1 else "".join(parts)


def would_replace(rows: Mapping[str, int], files: int, directory: Path) -> str:
    return messages.WOULD_REPLACE.format(contents=contents(rows, files), directory=directory)


def _about(manifest: Manifest) -> Iterator[object]:
    if manifest.missing:
        yield messages.missing_files(len(manifest.missing))
    if manifest.keys == "plain":
        yield messages.KEYS_IN_IT
    elif manifest.keys == "passphrase":
        yield messages.KEYS_ENCRYPTED
    elif names := needed_keys(manifest):
        yield messages.KEYS_NEEDED.format(keys=names)


def _restored(manifest: Manifest, done: Restored) -> Iterator[object]:
    created = f"{manifest.made:%Y-%m-%d %H:%M} UTC"
    yield messages.RESTORED.format(created=created, contents=contents_of(manifest))
    if done.steps:
        yield messages.steps(done.steps)
    if done.kept:
        yield messages.KEPT.format(file=done.kept.file)
    if manifest.missing:
        yield messages.missing_files(len(manifest.missing))
    yield messages.NOTHING_RUNS.format(lost=done.settled.lost, cancelled=done.settled.cancelled)
    if done.audit.holds:
        yield messages.AUDIT_HOLDS
    else:
        yield from (messages.AUDIT_BROKEN, *done.audit.faults, *done.audit.doubts)
    yield messages.SIGN_IN_AGAIN


def _plain_size(size: int) -> str:
    return str(filesizeformat(size)).replace("\xa0", " ")
