# [DEF:tasks.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers the system check of the queue's settings.
# @RELATION DEPENDS_ON -> tasks.checks

from __future__ import annotations

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "apps.tasks"

    def ready(self) -> None:
        from apps.tasks import checks  # noqa: F401, PLC0415 - registers them; Django's way
