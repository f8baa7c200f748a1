# [DEF:instance.schema:Module]
# @COMPLEXITY: 3
# @PURPOSE: The tables of an instance: which are ours, which schema migrations made them, and making them anew.
# @RELATION DEPENDS_ON -> audit.triggers
# @RELATION DEPENDS_ON -> core.errors
"""All of it works inside one transaction, on both databases: who reads meanwhile sees the old tables until the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from apps.audit import triggers
from apps.core.advice import advise
from apps.core.errors import LockstepError
from apps.instance import messages

Migrations = Mapping[str, Sequence[str]]
"""The names of the applied schema migrations of each app, sorted."""

HISTORY = "django_migrations"

TRANSIENT = frozenset(
    {"django_session", "users_ssosession", "tasks_worker", "django_q_ormq", "django_q_schedule", "django_q_task"}
)
"""Not kept: sessions, the workers that run, and what the queue makes anew."""


def applied() -> Migrations:
    """Those of the database as it is; empty if it has no tables."""
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


def unknown(migrations: Migrations) -> list[str]:
    """Those that this version does not have: they are of a newer one."""
    known = MigrationLoader(None).disk_migrations
    return [f"{app}.{name}" for app, names in migrations.items() for name in names if (app, name) not in known]


def our_tables() -> list[str]:
    """The tables of Lockstep that exist, also those of a newer version. Others in the same database are left alone."""
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}  # noqa: SLF001
    prefixes = tuple(f"{app}_" for app in applied())
    with connection.cursor() as cursor:
        existing = connection.introspection.table_names(cursor)
    return sorted(name for name in existing if name in models | {HISTORY} or (prefixes and name.startswith(prefixes)))


def is_occupied() -> bool:
    """Whether there is anything that a restore would replace. Tables that `migrate` has just made are not."""
    tables = set(our_tables())
    with connection.cursor() as cursor:
        for table in ("users_user", "environments_environment", "tasks_task", "audit_auditentry"):
            if table in tables:
                cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608 - a name of ours
                if cursor.fetchone():
                    return True
    return False


@contextmanager
def replacing() -> Iterator[None]:
    """One transaction in which tables may be dropped, made and filled in any order."""
    connection.disable_constraint_checking()  # SQLite: inside a transaction it is too late
    try:
        with transaction.atomic():
            yield
    finally:
        connection.enable_constraint_checking()


def drop() -> None:
    """Remove our tables."""
    tables = our_tables()
    if triggers.ENTRIES in tables:
        triggers.remove(connection)
    quoted = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and quoted:
            cursor.execute(f"DROP TABLE {', '.join(quoted)} CASCADE")
        elif connection.vendor != "postgresql":
            for table in quoted:
                cursor.execute(f"DROP TABLE {table}")


def build(migrations: Migrations) -> None:
    """Make the tables as these schema migrations leave them, and empty. LockstepError if this version cannot."""
    if names := unknown(migrations):
        refuse_newer(names)
    executor = MigrationExecutor(connection)
    given = {(app, name) for app, names in migrations.items() for name in names}
    graph = executor.loader.graph
    ends = [node for node in sorted(given) if not any(child.key in given for child in graph.node_map[node].children)]
    executor.migrate(ends)
    made = {(app, name) for app, names in applied().items() for name in names}
    if made != given:
        raise LockstepError(messages.OTHER_SCHEMA.format(names=", ".join(".".join(each) for each in made ^ given)))
    _empty()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # schema migrations make some of them immediate


def forward() -> int:
    """Apply the schema migrations that are missing, with what belongs to it; how many there were."""
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes()
    missing = len(executor.migration_plan(targets))
    executor.migrate(targets)
    ContentType.objects.clear_cache()  # its numbers are those of the archive now
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    return missing


def refuse_newer(names: Sequence[str]) -> None:
    text = messages.NEWER_SCHEMA.format(names=", ".join(names[:5]))
    raise LockstepError(text, advice=advise("instance.newer"), unknown=list(names))


def _empty() -> None:
    """Schema migrations may have filled in rows; those of the archive take their place."""
    with connection.cursor() as cursor:
        for table in our_tables():
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT 1 FROM {quoted} LIMIT 1")  # noqa: S608 - a table of ours
            if table != HISTORY and cursor.fetchone():
                cursor.execute(f"DELETE FROM {quoted}")  # noqa: S608
