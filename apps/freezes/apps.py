# [DEF:freezes.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class FreezesConfig(AppConfig):
    name = "apps.freezes"
