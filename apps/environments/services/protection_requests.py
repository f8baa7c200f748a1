# [DEF:environments.services.protection_requests:Module]
# @COMPLEXITY: 3
# @PURPOSE: Requests to lower a protection: asked, declined, expired, or noted where nobody else could confirm.
# @RELATION CALLS -> environments.protection
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION CALLS -> audit.services

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.errors import Conflict
from apps.environments import messages
from apps.environments.models import Environment, ProtectionRequest, RequestState
from apps.environments.protection import other_holders, pending, pending_or_refuse, require_declinable
from apps.users.models import User

LASTS = timedelta(days=7)
"""For so long a request may be confirmed."""

Listener = Callable[[ProtectionRequest], None]
_listeners: list[Listener] = []


def announce_to(listener: Listener) -> None:
    """Call an app above when somebody lowers a protection alone, in that transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


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


def _note_alone(request: ProtectionRequest, environment: Environment, actor: User) -> ProtectionRequest:
    request.state, request.decided_by, request.decided = RequestState.ALONE, actor, timezone.now()
    request.save(force_insert=True)
    record(actor=actor, action="environment.protection.lowered_alone", target=environment, **_facts(request))
    for listener in _listeners:
        listener(request)
    return request


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
