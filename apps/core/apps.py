# [DEF:core.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
