# [DEF:plugins.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers the system check of the plugins.
# @RELATION DEPENDS_ON -> plugins.checks
# @RELATION DEPENDS_ON -> users.permissions

from __future__ import annotations

from django.apps import AppConfig

from apps.users.permissions import offer


class PluginsConfig(AppConfig):
    name = "apps.plugins"

    def ready(self) -> None:
        from apps.plugins import checks  # noqa: F401, PLC0415 - registers them; Django's way
        from apps.plugins.registry import permissions  # noqa: PLC0415

        offer(permissions)
