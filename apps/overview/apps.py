# [DEF:overview.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "apps.overview"
