# [DEF:tasks.view.downloads:Module]
# @COMPLEXITY: 3
# @PURPOSE: The files of a task that whoever sees the task may download.
# @RELATION CALLS -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.models

from __future__ import annotations

from django.db.models import QuerySet

from apps.plugins.registry import registry
from apps.tasks.models import Task, TaskArtifact


def downloads_of(task: Task) -> QuerySet[TaskArtifact]:
    action = registry().action(task.plugin, task.action)
    """None of an action that is not registered any more: which of its files are internal is not known."""
    return task.artifacts.exclude(name__in=action.internal_files) if action else task.artifacts.none()
