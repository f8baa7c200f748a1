# [DEF:environments.services.identity:Module]
# @COMPLEXITY: 3
# @PURPOSE: What tells environments apart: name and address, each taken once.
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from apps.core.errors import Conflict
from apps.environments import messages
from apps.environments.models import Environment
from apps.superset.errors import NotConfigured
from apps.superset.http.url import base_url, place
from apps.users.models import User


def normal_address(name: str, url: str) -> str:
    try:
        return base_url(url)
    except NotConfigured as error:
        error.environment = name
        raise


def refuse_taken(actor: User, environment: Environment) -> None:
    others = Environment.objects.exclude(pk=environment.pk)
    lookups: list[tuple[object, dict[str, Any]]] = [
        (messages.NAME, {"name__iexact": environment.name}),
        (messages.SHORT_NAME, {"slug": environment.slug}),
    ]
    taken = [(what, others.filter(**lookup).first()) for what, lookup in lookups]
    for what, other in (*taken, (messages.ADDRESS, _at_the_same_place(environment, others))):
        if other:
            seen = Environment.objects.visible_to(actor).filter(pk=other.pk).exists()
            named = messages.THE_ENVIRONMENT.format(name=other, url=other.url) if seen else messages.ANOTHER_ENVIRONMENT
            raise Conflict(messages.CHOOSE_ANOTHER.format(other=named, what=what))


def _at_the_same_place(environment: Environment, others: QuerySet[Environment]) -> Environment | None:
    """However its address is written: two environments of one server would not know of each other's runs. One that was
    stored so before stays editable."""
    if Environment.objects.filter(pk=environment.pk, url=environment.url).exists():
        return None
    return next((other for other in others if place(other.url) == place(environment.url)), None)


def absolute_path(path: str) -> str:
    return str(Path(path).expanduser().resolve()) if path else ""
