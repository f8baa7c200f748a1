"""Faults of the database during a round, and what it holds afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from django.db import Error, connection, connections
from django_q.models import OrmQ

from apps.audit.models import AuditEntry
from apps.core.errors import Damaged
from apps.tasks.models import Pause, Task, TaskLine
from rig.stress.plugin import ARTEFACT
from rig.stress.verdict import Stored

TRIES = 20
LONGEST_TRANSACTION = 5.0
Result = TypeVar("Result")


def retry_on_database_error(query: Callable[[], Result]) -> Result:
    """The result of a query, repeated while the database is busy or its connection broken."""
    for left in reversed(range(TRIES)):
        try:
            return query()
        except Error:
            connections.close_all()
            if not left:
                raise
            time.sleep(0.2)
    raise AssertionError


def lose_wake_ups(rng: random.Random) -> int:
    """Most of them."""
    affected = [pk for pk in OrmQ.objects.values_list("pk", flat=True) if rng.random() < 0.8]
    return OrmQ.objects.filter(pk__in=affected).delete()[0]


def double_wake_ups() -> int:
    messages = list(OrmQ.objects.all()[:50])
    OrmQ.objects.bulk_create(OrmQ(key=each.key, payload=each.payload, lock=each.lock) for each in messages)
    return len(messages)


def break_connections(rng: random.Random) -> int:
    """Some connections of others to this database. PostgreSQL only: SQLite has none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
            "backend_type = 'client backend'"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
        chosen = rng.sample(pids, k=min(len(pids), rng.choice((1, 1, 2, len(pids)))))
        for pid in chosen:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    return len(chosen)


def held_locks() -> list[str]:
    """Transactions that stay open longer than anything here takes, and may block others."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND "
            "xact_start < now() - %s * interval '1 second' AND pid <> pg_backend_pid()",
            [LONGEST_TRANSACTION],
        )
        return [
            f"session {pid} is {state} with an open transaction, last query: {query}" for pid, state, query in cursor
        ]


def stored(tasks: Iterable[Task], *, answered: dict[int, int], cancelled: Collection[int]) -> list[Stored]:
    return [_stored(task, answered.get(task.pk, 0), cancelled=task.pk in cancelled) for task in tasks]


def _stored(task: Task, answered: int, *, cancelled: bool) -> Stored:
    lines = list(TaskLine.objects.filter(task=task).order_by("seq"))
    source = f"{task.plugin}.{task.action}"
    audited = AuditEntry.objects.filter(object_type="tasks.task", object_id=str(task.pk)).order_by("pk")
    return Stored(
        task=task.pk,
        action=task.action,
        repeatable=task.repeatable,
        state=task.state,
        attempts=task.attempts,
        pid=task.pid,
        result=task.result,
        error=str((task.error or {}).get("sentence", "")),
        lines=[line.seq for line in lines],
        written=[(line.facts["execution"], line.facts["number"]) for line in lines if line.source == source],
        artefact=_artefact(task),
        audited=list(audited.values_list("action", flat=True)),
        secrets=Pause.objects.filter(task=task, secrets__isnull=False).count(),
        asks=task.params["ending"] == "ask",
        answered=answered,
        cancelled=cancelled,
    )


def _artefact(task: Task) -> str:
    found = task.artifacts.filter(name=ARTEFACT).first()
    try:
        return found.file.read().decode() if found else ""
    except Damaged as error:
        return str(error)
