# [DEF:tasks.view.rows:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks as lists show them, in the API and through sockets.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> tasks.view.row_policies
# @RELATION CALLS -> tasks.view.titles
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import F, QuerySet

from apps.tasks.models import Task
from apps.tasks.view.row_policies import ListedActions, with_row_policies
from apps.tasks.view.titles import migration_of, title_of
from apps.users.models import User

LARGE = ("result", "error", "stages", "progress", "environment__secret", "environment__last_error", "actor__password")


def for_rows(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """With all that a row needs, and without what is large."""
    found = tasks.select_related("actor", "environment").defer(*LARGE)
    return with_row_policies(found).annotate(made=F("result__migration"))


def task_rows(tasks: Sequence[Task], user: User, *, naming: bool = True) -> list[dict[str, Any]]:
    """In the language at work. `naming`: each verdict names who may do what the user may not."""
    actions = ListedActions(user, tasks, naming=naming)
    return [task_row(task, actions) for task in tasks]


def task_row(task: Task, actions: ListedActions) -> dict[str, Any]:
    same = ("id", "plugin", "action", "environment_name", "state", "priority", "created", "started", "finished")
    return {
        **{name: getattr(task, name) for name in same},
        "attempts": task.attempts,
        "environment": task.environment.slug if task.environment else None,
        "actor": task.actor.username if task.actor else None,
        "title": title_of(task),
        "migration": migration_of(task),
        "allowed_actions": {name: asdict(verdict) for name, verdict in actions.of(task).items()},
    }
