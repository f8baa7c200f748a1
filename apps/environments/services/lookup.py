# [DEF:environments.services.lookup:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds an environment by its name.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.advice import Advice, advise
from apps.core.errors import NotThere
from apps.environments import messages
from apps.environments.models import Environment
from apps.environments.policies import EDIT
from apps.users.models import User
from apps.users.policies import access_of


def get_environment(name: str, *, user: User | None = None) -> Environment:
    """By name or slug, in any letter case; NotThere names those that exist. With a user, of those they may see."""
    seen = Environment.objects.visible_to(user) if user else Environment.objects.all()
    environment = _first(seen, name)
    if environment is None:
        raise _not_there(name, list(seen.values_list("name", flat=True)[:20]), user)
    return environment


def find_environment(name: str) -> Environment | None:
    return _first(Environment.objects.all(), name)


def _first(seen: QuerySet[Environment], name: str) -> Environment | None:
    return seen.filter(name__iexact=name).first() or seen.filter(slug__iexact=name).first()


def first_step(user: User | None) -> Advice:
    """The advice for somebody who sees no environment at all."""
    may_add = user is None or access_of(user).may_somewhere(EDIT)
    return advise("environments.add" if may_add else "environments.ask_for_role")


def _not_there(name: str, known: list[str], user: User | None) -> NotThere:
    message = messages.NO_ENVIRONMENT.format(name=name)
    if not known:
        return NotThere(message, advice=first_step(user))
    return NotThere(f"{message} {messages.KNOWN.format(names=', '.join(known))}")
