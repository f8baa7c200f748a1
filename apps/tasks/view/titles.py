# [DEF:tasks.view.titles:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a task is called in lists, and which migration it is about.
# @RELATION CALLS -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.models

from __future__ import annotations

from typing import Any

from apps.plugins.registry import registry
from apps.tasks import messages
from apps.tasks.models import Task

MIGRATION = "migration"
"""The parameter, or the part of a result, that names a migration by its number."""


class _Facts(dict[str, Any]):
    """A fact that a title names and the task lacks is left open."""

    def __missing__(self, name: str) -> str:
        return "…"


def title_of(task: Task) -> str:
    """In the language at work: “Apply migration 11 to prod”."""
    action = registry().action(task.plugin, task.action)
    if action and action.task_title:
        return str(action.task_title).format_map(_Facts(task.params, environment=task.environment_name))
    title = str(action.title) if action else f"{task.plugin}.{task.action}"
    if not task.environment_name:
        return title
    return messages.TITLE_ON.format(title=title, environment=task.environment_name)


def migration_of(task: Task) -> int | None:
    """The one that it was started for, or has made."""
    if isinstance(number := task.params.get(MIGRATION), int):
        return number
    made = task.__dict__["made"] if "made" in task.__dict__ else (task.result or {}).get(MIGRATION)
    return made if isinstance(made, int) else None
