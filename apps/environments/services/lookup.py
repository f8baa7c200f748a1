# [DEF:environments.services.lookup:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds an environment by its name.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from apps.core.advice import advise
from apps.core.errors import NotThere
from apps.environments import messages
from apps.environments.models import Environment
from apps.users.models import User


def get_environment(name: str, *, user: User | None = None) -> Environment:
    """By name or slug, in any letter case; NotThere names those that exist. With a user, of those they may see."""
    seen = Environment.objects.visible_to(user) if user else Environment.objects.all()
    environment = seen.filter(name__iexact=name).first() or seen.filter(slug__iexact=name).first()
    if environment is None:
        raise _not_there(name, list(seen.values_list("name", flat=True)[:20]))
    return environment


def _not_there(name: str, known: list[str]) -> NotThere:
    message = messages.NO_ENVIRONMENT.format(name=name)
    if not known:
        return NotThere(message, advice=advise("environments.add"))
    return NotThere(f"{message} {messages.KNOWN.format(names=', '.join(known))}")
