# [DEF:environments.apps:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tells the API what to answer to failures of the engine.
# @RELATION CALLS -> core.api.announced
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> users.places

from __future__ import annotations

from django.apps import AppConfig

from apps.core.api import announced, codes
from apps.environments.problems import CODES, problem_of
from apps.superset.errors import SupersetError
from apps.users import places


class EnvironmentsConfig(AppConfig):
    name = "apps.environments"

    def ready(self) -> None:
        announced.register(SupersetError, problem_of)
        codes.add(CODES)
        places.register(_slug_of)


def _slug_of(name: str) -> str | None:
    from apps.environments.services.lookup import find_environment  # noqa: PLC0415 - models are loaded by then

    found = find_environment(name)
    return found.slug if found else None
