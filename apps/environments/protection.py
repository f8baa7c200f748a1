# [DEF:environments.protection:Module]
# @COMPLEXITY: 3
# @PURPOSE: What lowers the protection of an environment, who may confirm it, and asking for that.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> core.policies
# @RELATION CALLS -> audit.services
"""Lowering is whatever makes a protected environment easier to write to: no protection, fewer approvals, another tier
(whose approvers are others), another address (the old one could then be added without protection), and its removal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.errors import Conflict, NotThere, Refused
from apps.core.policies import Verdict, verdicts
from apps.environments import messages
from apps.environments.models import Environment, ProtectionRequest, RequestState
from apps.environments.policies import EDIT
from apps.users.models import User
from apps.users.policies import require

LASTS = timedelta(days=7)
"""For so long a request may be confirmed."""

SHOWN_FOR = timedelta(days=30)
"""For so long the front page shows that somebody lowered a protection alone."""

NAMED = 3

Listener = Callable[[ProtectionRequest], None]
_listeners: list[Listener] = []


def announce_to(listener: Listener) -> None:
    """Call an app above when somebody lowers a protection alone, in that transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


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
    return verdicts(
        confirm=partial(require_confirmable, user, environment), decline=partial(require_declinable, user, environment)
    )


def ask(
    *,
    actor: User,
    environment: Environment,
    places: tuple[Environment, ...],
    before: Mapping[str, Any] = MappingProxyType({}),
    after: Mapping[str, Any] = MappingProxyType({}),
    reason: str = "",
    sign_in: Mapping[str, str] | None = None,
    removes: bool = False,
) -> ProtectionRequest:
    """To be called in the transaction of the change. The request waits if there is somebody to confirm it; else it says
    that the actor does it alone, and the caller goes on."""
    holders = other_holders(actor, *places)
    now = timezone.now()
    request = ProtectionRequest(
        environment=environment,
        environment_name=environment.name,
        removes=removes,
        before={name: before[name] for name in after},
        after=dict(after),
        reason=reason.strip(),
        requested_by=actor,
        expires=now + LASTS,
    )
    if sign_in:
        request.sign_in = {name: value for name, value in sign_in.items() if name != "secret"}
    if not holders:
        return _note_alone(request, environment, actor)
    if sign_in:
        request.secret = Secret.of(sign_in["secret"])
    expire()
    _refuse_second(environment)
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        _refuse_second(environment)
        raise
    record(actor=actor, action="environment.protection.request", target=environment, **_facts(request))
    return request


def edit_waits(
    *,
    actor: User,
    environment: Environment,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
    sign_in: Mapping[str, str] | None,
) -> bool:
    """Whether somebody else has to confirm this edit; then the environment in hand is as stored. `sign_in` has the
    secret, too."""
    stored = Environment.objects.get(pk=environment.pk)
    places = (stored,)
    request = ask(
        actor=actor, environment=stored, places=places, before=before, after=after, reason=reason, sign_in=sign_in
    )
    if request.state != RequestState.PENDING:
        return False
    environment.refresh_from_db()
    environment.waiting = request
    return True


def decline(*, actor: User, environment: Environment) -> ProtectionRequest:
    """The requester withdraws it; another user with the permission declines it."""
    request = pending_or_refuse(environment)
    require_declinable(actor, environment)
    with transaction.atomic():
        decide(request, actor, RequestState.DECLINED)
        record(actor=actor, action="environment.protection.decline", target=environment, **_facts(request))
    return request


def decline_rest(*, actor: User, environment: Environment) -> None:
    """What waits for an environment that is about to be removed: nobody could decide it afterwards."""
    expire()
    if request := pending(environment):
        decide(request, actor, RequestState.DECLINED)
        record(actor=actor, action="environment.protection.decline", target=environment, **_facts(request))


def decide(request: ProtectionRequest, actor: User, state: RequestState) -> None:
    """Once, by one. The secret is needed no longer."""
    decided = {"decided_by": actor, "decided": timezone.now(), "secret": None}
    still = {"state": RequestState.PENDING}
    if not compare_and_set(request, expected=still, state=state, **decided):
        raise Conflict(messages.ALREADY_DECIDED.format(environment=request.environment_name))


def expire() -> None:
    """Close the requests that nobody confirmed in time, and forget their secrets. Called once a minute, too."""
    late = ProtectionRequest.objects.filter(state=RequestState.PENDING, expires__lte=timezone.now())
    late.update(state=RequestState.EXPIRED, secret=None)


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


def _note_alone(request: ProtectionRequest, environment: Environment, actor: User) -> ProtectionRequest:
    request.state, request.decided_by, request.decided = RequestState.ALONE, actor, timezone.now()
    request.save(force_insert=True)
    record(actor=actor, action="environment.protection.lowered_alone", target=environment, **_facts(request))
    for listener in _listeners:
        listener(request)
    return request


def _as_asked(environment: Environment, request: ProtectionRequest) -> Environment:
    wanted = copy(environment)
    wanted.tier = request.after.get("tier", environment.tier)
    return wanted


def _refuse_second(environment: Environment) -> None:
    if request := pending(environment):
        raise Conflict(
            messages.ALREADY_REQUESTED.format(
                user=request.requested_by, environment=environment, changes=request.in_words
            )
        )


def _facts(request: ProtectionRequest) -> dict[str, Any]:
    wish = {"remove": True} if request.removes else request.after
    facts = {"requested_by": request.requested_by.username, "reason": request.reason}
    if request.sign_in:
        facts["sign_in"] = request.sign_in
    return {"before": dict(request.before), "after": {**wish, **facts}}


def _names(holders: list[User]) -> str:
    more = len(holders) - NAMED
    names = ", ".join(user.username for user in holders[:NAMED])
    return messages.AND_MORE.format(names=names, number=more) if more > 0 else names
