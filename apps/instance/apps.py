# [DEF:instance.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class InstanceConfig(AppConfig):
    name = "apps.instance"
