# [DEF:tasks.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers the check of the queue's settings and the periodic functions, and rings when sessions end.
# @RELATION DEPENDS_ON -> tasks.queue
# @RELATION DEPENDS_ON -> users.services.sessions
# @RELATION CALLS -> tasks.periodic

from __future__ import annotations

import sys

from django.apps import AppConfig
from django.db.models.signals import post_delete

from apps.tasks import periodic

# Where it is installed, django-q2 loads it into every process, for a cluster that is not ours: a megabyte in each
if "prometheus_client" not in sys.modules:
    sys.modules["prometheus_client"] = None  # type: ignore[assignment]
    import django_q.conf  # noqa: F401

    del sys.modules["prometheus_client"]


class TasksConfig(AppConfig):
    name = "apps.tasks"

    def ready(self) -> None:
        from django.contrib.sessions.models import Session  # noqa: PLC0415 - Django's way, both

        from apps.tasks import queue  # noqa: F401, PLC0415 - registers its check
        from apps.tasks.live import doorbell  # noqa: PLC0415
        from apps.users.services.sessions import on_sessions_ended  # noqa: PLC0415

        periodic.register("apps.tasks.worker.clock.tick")
        periodic.register("apps.tasks.worker.clock.reap_lost")
        post_delete.connect(doorbell.ring_sessions, sender=Session)
        on_sessions_ended(doorbell.ring_sessions)
