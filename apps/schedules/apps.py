# [DEF:schedules.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers what workers call for schedules.
# @RELATION CALLS -> tasks.periodic

from __future__ import annotations

from django.apps import AppConfig

from apps.tasks import periodic


class SchedulesConfig(AppConfig):
    name = "apps.schedules"

    def ready(self) -> None:
        periodic.register("apps.schedules.clock.start_due")
        periodic.register_clean_up("runs", "apps.schedules.retention.forget_runs")
