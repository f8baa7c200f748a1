# [DEF:migrations.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class MigrationsConfig(AppConfig):
    name = "apps.migrations"
