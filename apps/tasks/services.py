# [DEF:tasks.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: Starts, cancels, retries and follows tasks.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> plugins.params
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.advice import advise
from apps.core.concurrency import compare_and_set, locked, retry_on_database_error
from apps.core.errors import NotThere
from apps.core.sentences import Sentence
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.plugins.base import Action
from apps.plugins.installation import runnable_action
from apps.plugins.needs import as_text
from apps.plugins.params import parse, to_json
from apps.plugins.policies import places_of
from apps.tasks import messages, queue
from apps.tasks.live.doorbell import ACTIVITY, ring
from apps.tasks.models import OPEN, Task, TaskLine, TaskState
from apps.tasks.policies import require_cancellable, require_retryable, require_startable
from apps.tasks.transitions import transition
from apps.tasks.worker.journal import Line, append
from apps.users.models import User

LOOKS = 0.3
"""Seconds between two looks at the lines of a running task."""

SOURCE = "task"


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
    """Queue one action of a plugin and wake a worker. ValidationError for wrong parameters, by their names.

    Every start checks its permission and its precondition here. Of two at once for one environment, the second finds
    the task of the first.
    """
    with transaction.atomic():
        if environment is not None:
            environment = locked(environment)  # so that it is not removed meanwhile
        chosen = require_startable(actor, plugin, action, environment, params)
        reads = environment_read(chosen, params)
        task = Task(
            environment=environment,
            environment_name=environment.name if environment else "",
            reads=reads,
            reads_name=reads.name if reads else "",
            actor=actor,
            priority=priority,
            retry_of=retry_of,
        )
        return _queued(task, plugin, chosen, params)


def environment_read(action: Action, params: Mapping[str, Any]) -> Environment | None:
    name = places_of(action, params).reads
    return get_environment(name) if name else None


def start_as_system(
    *, plugin: str, action: str, params: Mapping[str, Any], environment: Environment | None = None
) -> Task:
    """Queue a task that Lockstep starts itself: it needs no permission."""
    with transaction.atomic():
        if environment is not None:
            environment = locked(environment)  # so that it is not removed meanwhile
        task = Task(environment=environment, environment_name=environment.name if environment else "")
        return _queued(task, plugin, runnable_action(plugin, action), params)


def start_as_system_once(*, plugin: str, action: str) -> Task | None:
    """The same, unless such a task is still open."""
    if Task.objects.filter(plugin=plugin, action=action, state__in=OPEN).exists():
        return None
    return start_as_system(plugin=plugin, action=action, params={})


def _queued(task: Task, plugin: str, action: Action, params: Mapping[str, Any]) -> Task:
    task.plugin, task.action = plugin, action.slug
    task.params = to_json(parse(action.params, params))
    task.writes, task.repeatable, task.needs = action.writes, action.repeatable, as_text(action.needs)
    with transaction.atomic():
        task.save(force_insert=True)
        record(actor=task.actor, action="task.start", target=task, after={"params": task.params})
        ring(ACTIVITY)
        transaction.on_commit(queue.wake, robust=True)  # a worker finds it without, too
    return task


def cancel(*, actor: User, task: Task) -> bool:
    """Cancel it. True if it has ended with this; False if it runs, and stops as soon as it can."""
    require_cancellable(actor, task)
    ended = task.state != TaskState.RUNNING and _end_as_cancelled(actor, task)
    if not ended and not _ask_to_stop(actor, task):
        task.refresh_from_db()  # it was claimed, asked something or ended in this moment
        return cancel(actor=actor, task=task)
    return ended


def _end_as_cancelled(actor: User, task: Task) -> bool:
    queued = task.state == TaskState.QUEUED
    template = messages.CANCELLED_BEFORE_START if queued else messages.CANCELLED_WHILE_WAITING
    sentence = Sentence(template, actor=actor)
    error = {"kind": "cancelled", "sentence": sentence, "context": {}}
    with transaction.atomic():
        ended = transition(task, to=TaskState.CANCELLED, actor=actor, finished=timezone.now(), error=error)
        if ended:
            append(task, Line(sentence, "warning", SOURCE))
    return ended


def _ask_to_stop(actor: User, task: Task) -> bool:
    with transaction.atomic():
        requested = compare_and_set(
            task,
            expected={"state": TaskState.RUNNING, "cancel_requested": None},
            cancel_requested=timezone.now(),
            cancel_requested_by=actor,
        )
        if requested:
            append(task, Line(Sentence(messages.CANCEL_REQUESTED, actor=actor), "warning", SOURCE))
            record(actor=actor, action="task.ask_to_stop", target=task)
    return requested


def retry(*, actor: User, task: Task) -> Task:
    """A new task with the same parameters that names this one as its origin. Answers are not passed on."""
    with transaction.atomic():
        require_retryable(actor, locked(task))
        return start_task(
            actor=actor,
            plugin=task.plugin,
            action=task.action,
            params=task.params,
            environment=task.environment,
            priority=task.priority,
            retry_of=task,
        )


def get_task(number: int, *, user: User | None = None) -> Task:
    """With a user, only if they may see it."""
    seen = Task.objects.visible_to(user) if user else Task.objects.all()
    found = seen.select_related("actor", "environment").filter(pk=number).first()
    if found is None:
        raise NotThere(messages.NO_TASK.format(number=number), advice=advise("tasks.list"))
    return found


def follow(task: Task, *, after: int = 0, wait: Callable[[float], None] = time.sleep) -> Iterator[TaskLine]:
    """Its lines after this number as they come, until it has ended or asks something. `task` is fresh then."""
    while True:
        retry_on_database_error(task.refresh_from_db, f"following {task}")
        # Read before the lines: the last ones are stored before the end is
        over = task.ended or task.state == TaskState.AWAITING_INPUT
        found = task.lines.filter(seq__gt=after).order_by("seq")
        lines: list[TaskLine] = retry_on_database_error(partial(list, found), f"following {task}")
        for line in lines:
            after = line.seq
            yield line
        if over:
            return
        wait(LOOKS)
