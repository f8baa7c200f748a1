# [DEF:tasks.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers the system check of the queue's settings, and rings when sessions end.
# @RELATION DEPENDS_ON -> tasks.checks
# @RELATION DEPENDS_ON -> users.services.sessions

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_delete


class TasksConfig(AppConfig):
    name = "apps.tasks"

    def ready(self) -> None:
        from django.contrib.sessions.models import Session  # noqa: PLC0415 - Django's way, both

        from apps.tasks import checks  # noqa: F401, PLC0415 - registers itself
        from apps.tasks.live import doorbell  # noqa: PLC0415
        from apps.users.services.sessions import on_sessions_ended  # noqa: PLC0415

        post_delete.connect(doorbell.ring_sessions, sender=Session)
        on_sessions_ended(doorbell.ring_sessions)
