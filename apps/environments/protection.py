# [DEF:environments.protection:Module]
# @COMPLEXITY: 3
# @PURPOSE: What lowers the protection of an environment, and who may confirm it.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.policies
# @RELATION CALLS -> users.who
"""Lowering is whatever makes a protected environment easier to write to: no protection, fewer approvals, another tier
(whose approvers are others), another address (the old one could then be added without protection), and its removal.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone

from apps.core.errors import NotThere, Refused
from apps.core.policies import Verdict
from apps.environments import messages
from apps.environments.models import Environment, ProtectionRequest, RequestState
from apps.environments.policies import EDIT
from apps.users.models import User
from apps.users.policies import require
from apps.users.who import WhoCan, with_who

SHOWN_FOR = timedelta(days=30)
"""For so long the front page shows that somebody lowered a protection alone."""

NAMED = 3


def lowers(before: Mapping[str, Any], different: Mapping[str, Any]) -> bool:
    """Whether these changes make a protected environment easier to write to."""
    fewer = different.get("approvals_needed", before["approvals_needed"]) < before["approvals_needed"]
    return bool(before["protected"]) and (fewer or bool({"protected", "tier", "url"} & different.keys()))


def other_holders(actor: User, *places: Environment) -> list[User]:
    """Who else may edit it now, where it is and where it gets to: active, with a role that says so. That two accounts
    are one person cannot be known."""
    with_a_role = User.objects.filter(Q(is_superuser=True) | Q(grants__isnull=False), is_active=True)
    found = with_a_role.exclude(pk=actor.pk).distinct().order_by("username")
    return [user for user in found if all(user.access.may(EDIT, place) for place in places)]


def pending(environment: Environment) -> ProtectionRequest | None:
    waiting = ProtectionRequest.objects.select_related("environment", "requested_by").filter(environment=environment)
    return waiting.filter(state=RequestState.PENDING, expires__gt=timezone.now()).first()


def allowed_actions(user: User, environment: Environment) -> dict[str, Verdict]:
    """What may be done with the request that waits; `policies.allowed_actions` has the rest."""
    request, who = pending(environment), WhoCan(EDIT)
    asked_by = [request.requested_by_id] if request else []
    return with_who(
        user,
        {
            "confirm": partial(require_confirmable, environment=environment),
            "decline": partial(require_declinable, environment=environment),
        },
        lambda action: who.names((EDIT, environment), without=asked_by if action == "confirm" else ()),
    )


def pending_or_refuse(environment: Environment) -> ProtectionRequest:
    request = pending(environment)
    if request is None:
        raise NotThere(messages.NOTHING_PENDING.format(environment=environment))
    return request


def require_confirmable(actor: User, environment: Environment) -> None:
    """By a second user with the permission, while the first still has it."""
    request = pending_or_refuse(environment)
    places = [environment]  # the requester needs the permission where it gets to as well
    require(actor, EDIT, *places)
    if request.requested_by_id == actor.pk:
        names = _names(other_holders(actor, *places))
        message = messages.OWN_REQUEST if names else messages.NOBODY_LEFT
        raise Refused(message.format(permission=EDIT, names=names))
    asked_by = request.requested_by
    if not all(asked_by.access.may(EDIT, place) for place in (environment, _as_asked(environment, request))):
        raise Refused(messages.REQUESTER_LOST_PERMISSION.format(user=asked_by, environment=environment))


def require_declinable(actor: User, environment: Environment) -> None:
    pending_or_refuse(environment)
    require(actor, EDIT, environment)


def waiting_sentence(request: ProtectionRequest) -> str:
    """For the person who asked."""
    environment = request.environment
    places = [environment] if environment else []
    names = _names(other_holders(request.requested_by, *places))
    return messages.WAITING.format(
        environment=request.environment_name,
        changes=request.in_words,
        names=names,
        expires=f"{request.expires:%Y-%m-%d %H:%M}",
    )


def _as_asked(environment: Environment, request: ProtectionRequest) -> Environment:
    wanted = copy(environment)
    wanted.tier = request.after.get("tier", environment.tier)
    return wanted


def _names(holders: list[User]) -> str:
    more = len(holders) - NAMED
    names = ", ".join(user.username for user in holders[:NAMED])
    return messages.AND_MORE.format(names=names, number=more) if more > 0 else names
