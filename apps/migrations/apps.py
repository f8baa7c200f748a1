# [DEF:migrations.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers what the clock calls for migrations.
# @RELATION DEPENDS_ON -> tasks.periodic

from __future__ import annotations

from django.apps import AppConfig

from apps.tasks import periodic


class MigrationsConfig(AppConfig):
    name = "apps.migrations"

    def ready(self) -> None:
        periodic.register("apps.migrations.services.outcomes.start_due_looks")
