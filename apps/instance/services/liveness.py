# [DEF:instance.services.liveness:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether a web server or worker uses the database that is to be replaced.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION CALLS -> tasks.worker.processes
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from django.db import OperationalError, connection
from django.utils import timezone

from apps.core.advice import advise
from apps.core.errors import Conflict
from apps.instance import messages, schema
from apps.tasks.health import MINUTE
from apps.tasks.models import Worker
from apps.tasks.worker.processes import host, is_alive, machine_of

PATIENCE = 2000
"""Milliseconds for which a command that is about to end may still use SQLite's file."""


def refuse_while_alive() -> None:
    """Conflict if a worker gave a sign of life lately, or any other process is connected."""
    if Worker._meta.db_table in schema.our_tables():  # noqa: SLF001 - Django's documented model API
        _refuse_workers()
    if connection.vendor == "postgresql":
        _refuse_sessions()
    else:
        _refuse_openers()


def _refuse_workers() -> None:
    latest = Worker.objects.filter(seen__gte=timezone.now() - MINUTE).order_by("-seen")
    for place, pid, seen in latest.values_list("host", "pid", "seen"):
        if place != host() or is_alive(pid):
            worker = f"{pid} ({machine_of(place)})"
            text = messages.WORKER_ALIVE.format(worker=worker, seen=f"{seen:%H:%M:%S}")
            raise Conflict(text, advice=advise("instance.stop"))


def _refuse_sessions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(nullif(application_name, ''), usename::text, '?') "
            "|| coalesce(' on ' || host(client_addr), '') "
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' ORDER BY pid LIMIT 5"
        )
        if found := [name for (name,) in cursor.fetchall()]:
            text = messages.SESSIONS.format(sessions=", ".join(found))
            raise Conflict(text, advice=advise("instance.stop"))


def _refuse_openers() -> None:
    """SQLite leaves its log of writes only if nobody else has the file open."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            cursor.execute("PRAGMA journal_mode = DELETE")
        except OperationalError:
            raise Conflict(messages.IN_USE, advice=advise("instance.stop")) from None
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
            cursor.execute(f"PRAGMA journal_mode = {mode}")
