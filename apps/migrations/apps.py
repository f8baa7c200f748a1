# [DEF:migrations.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers what the clock calls for migrations, and has administrators mailed when somebody lowers a
#   protection alone.
# @RELATION DEPENDS_ON -> tasks.periodic
# @RELATION CALLS -> environments.services.protection_requests

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

from apps.tasks import periodic

if TYPE_CHECKING:
    from apps.environments.models import ProtectionRequest


class MigrationsConfig(AppConfig):
    name = "apps.migrations"

    def ready(self) -> None:
        from apps.environments.services.protection_requests import announce_to  # noqa: PLC0415 - models are loaded only now

        announce_to(_lowered_alone)
        periodic.register("apps.migrations.services.approval.store_overdue")
        periodic.register("apps.migrations.services.outcomes.queue_due_checks")
        periodic.register("apps.environments.services.protection_requests.expire")


def _lowered_alone(request: ProtectionRequest) -> None:
    from apps.migrations.mail.protection import lowered_alone  # noqa: PLC0415 - with the engine behind it

    lowered_alone(request)
