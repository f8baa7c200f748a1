# [DEF:users.services.sign_in:Module]
# @COMPLEXITY: 3
# @PURPOSE: Signing in with a name and a password, slowed down where it is guessed, and ending sessions.
# @RELATION DEPENDS_ON -> users.models
# @RELATION CALLS -> users.services.sessions
# @RELATION CALLS -> users.client_address
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.audit.origin import current_origin
from apps.audit.services import record
from apps.core.concurrency import alone
from apps.core.errors import LockstepError, TooOften
from apps.users.client_address import beginning, is_loopback, network
from apps.users.models import SignInAttempt, User
from apps.users.services import sessions

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=5)
"""For so long a refused attempt counts."""

FROM_ONE_ADDRESS = 20
FOR_ONE_ACCOUNT = 30
FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS = 5
"""Refused attempts in the window, after which even the right password has to wait. An address of IPv6 counts as its
network. The limit for one account from everywhere does not hold where it has signed in lately, nor on this machine: so
others cannot lock its owner out."""

LATELY = timedelta(days=30)

LOCK = 7_204_118
"""Of the database: one attempt at a time is counted, so that of many at once no more come through than one by one."""

UNDECIDED = timedelta(minutes=1)
"""For so long an attempt counts whose end nobody has told: its process may have been killed."""

PATIENCE, LOOK = 10.0, 0.05
"""Seconds for which an attempt waits for those before it, if it depends on them, and between two looks."""

REFUSED, THROTTLED, SIGNED_IN = "session.refused", "session.throttled", "session.sign_in"

SSO = "sso"
"""The source of what the provider's answers led to: no password is guessed by it, and nobody has to wait for it."""

NOBODY = User(username="an unknown account")
"""The target of what was tried for no account that there is."""


class SignInRefused(LockstepError):
    """The name and the password are not those of an active user."""

    kind = "sign_in_refused"


def authenticated_user(
    *, request: HttpRequest | None, username: str, password: str, admit: Callable[[User], None] = lambda _: None
) -> User:
    """The active user with this name and password. The refusal does not tell which of the two was wrong.

    `admit` raises ValidationError for a user who may not enter by this way."""
    account = User.objects.filter(username=username).first()
    with _attempt(account):
        user = authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            _record(REFUSED, account)
            raise SignInRefused("This user name and password do not belong together, or the account is not active.")
        try:
            admit(user)
        except ValidationError:
            _record(REFUSED, user)
            raise
    if request is not None:
        request.session.pop("began", None)  # its lifetime begins anew
    record(actor=user, action=SIGNED_IN, target=user)
    return user


def end_all_sessions(*, actor: User, user: User) -> None:
    """Sign the account out everywhere; its tokens stay."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        record(actor=actor, action="session.end_all", target=user)
        sessions.ended()
    user.refresh_from_db(fields=["session_epoch"])


def change_password(*, user: User, old: str, new: str) -> None:
    """ValidationError names the field that is wrong. All other sessions of the account end."""
    require_own_password(user=user, password=old)
    set_password(actor=user, user=user, password=new)


def require_own_password(*, user: User, password: str) -> None:
    """Of somebody who is signed in: whoever finds their browser open does not guess any faster."""
    with _attempt(user):
        if not user.check_password(password):
            _record(REFUSED, user)
            raise ValidationError({"old": "This is not the present password."})


def set_password(*, actor: User | None, user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from None
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        password_changed(actor=actor, user=user)


def password_changed(*, actor: User | None, user: User) -> None:
    """To be called in the transaction of the change: all sessions but the one in hand end by it."""
    record(actor=actor, action="user.change_password", target=user)
    sessions.ended()


@contextmanager
def _attempt(account: User | None) -> Iterator[None]:
    """Inside, a password is looked at; TooOften, before that, if too many were wrong."""
    attempt = _begun(account, current_origin().address)
    try:
        yield
    finally:
        attempt.delete()


def _begun(account: User | None, address: str) -> SignInAttempt:
    """It waits for those that are undecided only if these could be too many."""
    end = time.monotonic() + PATIENCE
    while True:
        with transaction.atomic():
            alone(LOCK)
            SignInAttempt.objects.filter(at__lt=timezone.now() - UNDECIDED).delete()
            counts = list(_counted(account, address))
            refusal = next(filter(None, (_refusal(count, account, address) for count in counts)), None)
            if not refusal and all(len(count.moments) + count.undecided < count.limit for count in counts):
                return SignInAttempt.objects.create(user=account, address=address)
        if refusal or time.monotonic() > end:
            raise refusal or TooOften("Too many sign in at once: try again in a moment.", retry_after=1)
        time.sleep(LOOK)


@dataclass(frozen=True, slots=True)
class Count:
    """When attempts were refused that count now, newest first; how many are undecided; how many may be refused."""

    moments: list[datetime]
    undecided: int
    limit: int


def _refusal(count: Count, account: User | None, address: str) -> TooOften | None:
    if len(count.moments) < count.limit:
        return None
    since = count.moments[count.limit - 1]
    wait = max(1, round((since + WINDOW - timezone.now()).total_seconds()))
    if not _near(address, AuditEntry.objects.filter(action=THROTTLED, at__gt=since)):
        _record(THROTTLED, account)
    return TooOften(f"Too many sign-ins were refused: try again in {wait} seconds.", retry_after=wait)


def _counted(account: User | None, address: str) -> Iterator[Count]:
    refused = AuditEntry.objects.filter(action=REFUSED, at__gt=timezone.now() - WINDOW).exclude(source=SSO)
    here = _near(address, refused)
    undecided = list(SignInAttempt.objects.values_list("user", "address"))
    nearby = [user for user, each in undecided if network(each) == network(address)]
    if address:
        yield Count([entry.at for entry in here], len(nearby), FROM_ONE_ADDRESS)
    if account:
        whose = {"object_type": "users.user", "object_id": str(account.pk)}
        own = [entry.at for entry in here if (entry.object_type, entry.object_id) == tuple(whose.values())]
        yield Count(own, nearby.count(account.pk), FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS)
        everywhere = list(refused.filter(**whose).order_by("-at").values_list("at", flat=True)[:FOR_ONE_ACCOUNT])
        signed_in = AuditEntry.objects.filter(action=SIGNED_IN, at__gt=timezone.now() - LATELY, **whose)
        undecided_of_it = sum(user == account.pk for user, _ in undecided)
        is_many = len(everywhere) + undecided_of_it >= FOR_ONE_ACCOUNT
        if is_many and not is_loopback(address) and not _near(address, signed_in):
            yield Count(everywhere, undecided_of_it, FOR_ONE_ACCOUNT)


def _near(address: str, entries: QuerySet[AuditEntry]) -> list[AuditEntry]:
    """Those from the same network, newest first."""
    alike = entries.filter(address__startswith=beginning(address)) if address else entries.filter(address="")
    return [entry for entry in alike.order_by("-at") if network(entry.address) == network(address)]


def _record(action: str, account: User | None) -> None:
    """The name that was given is told only if there is such an account: people type passwords into the wrong field."""
    target = account or NOBODY
    record(actor=None, action=action, target=target)
    logger.warning("%s for “%s” from %s", action, target, current_origin().address or "a command")
