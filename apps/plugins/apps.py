# [DEF:plugins.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Registers the system check of the plugins.
# @RELATION DEPENDS_ON -> plugins.checks

from __future__ import annotations

from django.apps import AppConfig


class PluginsConfig(AppConfig):
    name = "apps.plugins"

    def ready(self) -> None:
        from apps.plugins import checks  # noqa: F401, PLC0415 - registers them; Django's way
