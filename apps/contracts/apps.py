# [DEF:contracts.apps:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "apps.contracts"
