# [DEF:tasks.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers the system check of the queue's settings.
# @RELATION DEPENDS_ON -> tasks.checks

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_delete


class TasksConfig(AppConfig):
    name = "apps.tasks"

    def ready(self) -> None:
        from django.contrib.sessions.models import Session  # noqa: PLC0415 - Django's way, both

        from apps.tasks import checks, doorbell  # noqa: F401, PLC0415 - the first registers itself

        post_delete.connect(doorbell.ring_sessions, sender=Session)
