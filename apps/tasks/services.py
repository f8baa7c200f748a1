"""Starting work, and following it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.errors import LockstepError, NotThere
from apps.environments.models import Environment
from apps.plugins.params import parse, to_json
from apps.plugins.services import runnable_action
from apps.tasks import queue
from apps.tasks.models import Task, TaskLine, Worker
from apps.users.models import User

LOOKS = 0.3
"""Seconds between two looks at the lines of a task that runs."""

ALIVE = timedelta(seconds=30)
"""A worker that was not seen for longer is gone."""


def start_task(
    *,
    actor: User,
    plugin: str,
    action: str,
    params: Mapping[str, Any],
    environment: Environment | None = None,
    priority: int = 0,
    retry_of: Task | None = None,
) -> Task:
    """Queue one action of a plugin and wake a worker. ValidationError for wrong parameters, by their names."""
    chosen = runnable_action(plugin, action)
    if chosen.writes and environment is None:
        raise LockstepError(f"{plugin}.{action} writes to an environment: say to which.")
    if chosen.needs_environment and environment is None:
        raise LockstepError(f"{plugin}.{action} works on an environment: say on which.")
    if environment is not None and not environment.enabled:
        raise LockstepError(f"The environment “{environment}” is disabled: enable it first.")
    task = Task(
        plugin=plugin,
        action=action,
        params=to_json(parse(chosen.params, params)),
        environment=environment,
        environment_name=environment.name if environment else "",
        actor=actor,
        writes=chosen.writes,
        repeatable=chosen.repeatable,
        priority=priority,
        retry_of=retry_of,
    )
    with transaction.atomic():
        task.save(force_insert=True)
        record(actor=actor, action="task.start", target=task, after={"params": task.params})
        transaction.on_commit(queue.wake)
    return task


def get_task(number: int) -> Task:
    found = Task.objects.select_related("actor", "environment").filter(pk=number).first()
    if found is None:
        raise NotThere(f"There is no task {number}: see `manage.py task list`.")
    return found


def follow(task: Task, *, after: int = 0, wait: Callable[[float], None] = time.sleep) -> Iterator[TaskLine]:
    """Its lines after this number as they come, until it has ended and all were told. `task` is fresh then."""
    while True:
        task.refresh_from_db()
        ended = task.ended  # asked before the lines: the last ones are stored before the end is
        for line in task.lines.filter(seq__gt=after).order_by("seq"):
            after = line.seq
            yield line
        if ended:
            return
        wait(LOOKS)


def worker_is_alive() -> bool:
    """Whether a worker that could take a task was seen lately."""
    return Worker.objects.filter(seen__gt=timezone.now() - ALIVE).exists()
