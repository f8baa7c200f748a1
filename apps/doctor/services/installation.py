# [DEF:doctor.services.installation:Module]
# @COMPLEXITY: 3
# @PURPOSE: The checks of the installation itself. They change nothing, and ask no environment.
# @RELATION DEPENDS_ON -> doctor.findings
# @RELATION DEPENDS_ON -> doctor.services.tasks
# @RELATION DEPENDS_ON -> doctor.services.machine
# @RELATION CALLS -> contracts.plain_text
# @RELATION CALLS -> core.files
# @RELATION DEPENDS_ON -> core.advice

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.apps import apps
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from apps.contracts.plain_text import one_line
from apps.core.advice import advise
from apps.core.files import store_of_files
from apps.doctor import messages
from apps.doctor.findings import Check, Finding, State
from apps.doctor.services.machine import clock, files, secrets, storage
from apps.doctor.services.tasks import broker, queue, scheduler, workers

NAMED = 3
LONGEST_REASON = 300

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

OF_TABLES: tuple[tuple[Check, Callable[[], Finding]], ...] = (
    (Check.QUEUE, queue),
    (Check.WORKERS, workers),
    (Check.SCHEDULER, scheduler),
)


def examine_installation() -> list[Finding]:
    """In the order of `Check`. Without the database, or its tables, the rest is not known."""
    found = [_guarded(Check.DATABASE, database), _guarded(Check.SCHEMA, schema)]
    answers, current = (each.state is not State.FAILED for each in found)
    if not answers:
        found[1] = _unknown(Check.SCHEMA, messages.DATABASE_UNKNOWN)
    why_not = messages.DATABASE_UNKNOWN if not answers else messages.TABLES_UNKNOWN
    usable = answers and current
    found += [_guarded(check, look) if usable else _unknown(check, why_not) for check, look in OF_TABLES]
    if settings.BROKER:
        found.insert(len(found) - 2, broker())
    found += [
        _guarded(Check.CLOCK, clock) if answers else _unknown(Check.CLOCK, messages.DATABASE_UNKNOWN),
        _guarded(Check.STORAGE, partial(storage, with_database=answers)),
        *([files()] if store_of_files().remote else []),
        _guarded(Check.SECRETS, secrets) if usable else _unknown(Check.SECRETS, why_not),
    ]
    return found


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    facts = {"engine": ENGINES.get(connection.vendor, connection.vendor), "version": _version()}
    return Finding(Check.DATABASE, State.OK, messages.DATABASE_ANSWERS.format(**facts), facts=facts)


def schema() -> Finding:
    executor = MigrationExecutor(connection)
    loader = executor.loader
    pending = executor.migration_plan(loader.graph.leaf_nodes())
    ours = {each.label for each in apps.get_app_configs()}
    applied = set(loader.applied_migrations) - set(loader.disk_migrations)
    newer = sorted(".".join(key) for key in applied if key[0] in ours)
    facts = {"pending": len(pending), "unknown": len(newer)}
    if newer:
        text = messages.SCHEMA_AHEAD.format(names=", ".join(newer[:NAMED]))
        return Finding(Check.SCHEMA, State.FAILED, text, str(advise("doctor.downgraded")), facts=facts)
    if pending:
        text = messages.schema_lacking(len(pending))
        return Finding(Check.SCHEMA, State.FAILED, text, str(advise("doctor.migrate")), facts=facts)
    return Finding(Check.SCHEMA, State.OK, str(messages.SCHEMA_CURRENT), facts=facts)


def _version() -> str:
    major, *rest = connection.get_database_version()
    return ".".join(map(str, (major, *rest)))


def _guarded(check: Check, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Error as error:
        reason = one_line(" ".join(str(error).split()), LONGEST_REASON).rstrip(".?")
        text = messages.DATABASE_FAILED.format(reason=reason)
        return Finding(check, State.FAILED, text, str(advise("doctor.database")))


def _unknown(check: Check, why: object) -> Finding:
    return Finding(check, State.UNKNOWN, str(why))
