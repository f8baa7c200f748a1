# [DEF:tasks.retention:Module]
# @COMPLEXITY: 3
# @PURPOSE: How long the tasks that have ended are kept, with what they told and their files.
# @RELATION DEPENDS_ON -> core.files
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> tasks.policies
# @RELATION DEPENDS_ON -> users.models
"""Only the folder of artefacts is touched. Snapshots and the contents of plans are in folders of their own and stay as
long as their migrations do: a rollback may need them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.audit.services import record
from apps.core.files import FileFacts, remove, stored_files
from apps.tasks.models import ENDED, Task, TaskArtifact, TaskLine
from apps.tasks.policies import require_prunable
from apps.tasks.worker.context import ARTEFACTS
from apps.users.models import User

PLUGIN, PRUNE = "retention", "prune"
"""The action that does it as a task."""

BATCH = 100
LINES = 5000
"""Tasks, and lines, that are removed in one transaction: others write meanwhile."""

YOUNG = 3600.0
"""Seconds for which a file is left alone: a task that runs stores it before the row that points to it."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is removed, or would be."""

    tasks: int = 0
    lines: int = 0
    files: int = 0
    bytes: int = 0


def outdated(now: datetime) -> Pruned:
    """What `prune` would remove now."""
    doomed = _doomed(now)
    files = list(_unreferenced(TaskArtifact.objects.exclude(task__in=doomed)))
    lines = TaskLine.objects.filter(task__in=doomed).count()
    return Pruned(doomed.count(), lines, len(files), sum(file.size for file in files))


def prune_by_hand(*, actor: User, now: datetime) -> Pruned:
    require_prunable(actor)
    return prune(now=now, actor=actor)


def prune(*, now: datetime, actor: User | None = None, between: Callable[[], None] = lambda: None) -> Pruned:
    """Remove the tasks that ended too long ago, or are more than are kept, and the files that nothing points to.

    Without an actor it is the clock that does it. `between` is called between two transactions, and may raise: what is
    removed by then is gone.
    """
    tasks = lines = 0
    while batch := list(_doomed(now).order_by("pk")[:BATCH]):
        numbers = [task.pk for task in batch]
        lines += _forget_lines(numbers, between)
        with transaction.atomic():
            Task.objects.filter(pk__in=numbers).delete()
            facts = {"tasks": len(numbers), "first": numbers[0], "last": numbers[-1]}
            record(actor=actor, action="task.prune", target=batch[-1], before=facts)
        tasks += len(batch)
        between()
    files = [file for file in _unreferenced(TaskArtifact.objects.all()) if remove(file.path)]
    return Pruned(tasks, lines, len(files), sum(file.size for file in files))


def _forget_lines(tasks: list[int], between: Callable[[], None]) -> int:
    removed = 0
    some = TaskLine.objects.filter(task__in=tasks).order_by().values("pk")[:LINES]
    while number := TaskLine.objects.filter(pk__in=some).delete()[0]:
        removed += number
        between()
    return removed


def _doomed(now: datetime) -> QuerySet[Task]:
    ended = Task.objects.filter(state__in=ENDED)
    first_kept = ended.order_by("-pk").values_list("pk", flat=True)[settings.TASKS_KEPT - 1 : settings.TASKS_KEPT]
    too_many = Q(pk__lt=next(iter(first_kept), 0))
    return ended.filter(Q(finished__lt=now - settings.TASKS_KEPT_FOR) | too_many)


def _unreferenced(kept: QuerySet[TaskArtifact]) -> Iterator[FileFacts]:
    """Equal content is one file: it stays until the last row that points to it is gone."""
    paths = set(kept.values_list("path", flat=True).iterator())
    latest = time.time() - YOUNG
    return (file for file in stored_files(ARTEFACTS) if file.path not in paths and file.modified < latest)
