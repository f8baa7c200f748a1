# [DEF:environments.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tells the API what to answer to failures of the engine.
# @RELATION CALLS -> core.api.announced
# @RELATION DEPENDS_ON -> superset.errors

from __future__ import annotations

from django.apps import AppConfig

from apps.core.api import announced, codes
from apps.environments.problems import CODES, problem_of
from apps.superset.errors import SupersetError


class EnvironmentsConfig(AppConfig):
    name = "apps.environments"

    def ready(self) -> None:
        announced.register(SupersetError, problem_of)
        codes.add(CODES)
