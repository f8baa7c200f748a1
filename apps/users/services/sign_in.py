# [DEF:users.services.sign_in:Module]
# @COMPLEXITY: 3
# @PURPOSE: Signing in with a password, throttled against guessing; changing it; ending sessions.
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
from apps.core.concurrency import advisory_lock
from apps.core.errors import LockstepError, TooOften
from apps.users import messages
from apps.users.client_address import beginning, is_loopback, network
from apps.users.models import SignInAttempt, User
from apps.users.services import sessions

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=5)
"""How long a refused attempt counts."""

FROM_ONE_ADDRESS = 20
FOR_ONE_ACCOUNT = 30
FOR_ONE_ACCOUNT_FROM_ONE_ADDRESS = 5
"""Refused attempts in the window after which even the right password has to wait. An IPv6 address counts as its
network. The limit for one account from everywhere does not apply to networks from which it recently signed in, nor to
this machine, so that others cannot lock its owner out."""

RECENTLY = timedelta(days=30)

LOCK = 7_204_118
"""Advisory lock of the database: attempts are counted one at a time, so that simultaneous ones get no more tries."""

UNDECIDED = timedelta(minutes=1)
"""How long an attempt without an outcome counts: its process may have been killed."""

LONGEST_WAIT, POLL_INTERVAL = 10.0, 0.05
"""Seconds that an attempt waits for earlier ones that it depends on, and between two checks."""

REFUSED, THROTTLED, SIGNED_IN = "session.refused", "session.throttled", "session.sign_in"

SSO = "sso"
"""The source of entries about single sign-on: no password is guessed there, so it is not throttled."""

NOBODY = User(username="an unknown account")
"""The target of attempts for an account that does not exist."""


class SignInRefused(LockstepError):
    """The user name and password do not match an active account."""

    kind = "sign_in_refused"


def authenticated_user(
    *, request: HttpRequest | None, username: str, password: str, admit: Callable[[User], None] = lambda _: None
) -> User:
    """The active user with this name and password. The refusal does not say which of the two was wrong.

    `admit` raises ValidationError for a user who may not sign in here."""
    account = User.objects.filter(username=username).first()
    with _attempt(account):
        user = authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            _record(REFUSED, account)
            raise SignInRefused(messages.SIGN_IN_REFUSED)
        try:
            admit(user)
        except ValidationError:
            _record(REFUSED, user)
            raise
    if request is not None:
        request.session.pop("began", None)  # its lifetime starts again
    record(actor=user, action=SIGNED_IN, target=user)
    return user


def end_all_sessions(*, actor: User, user: User) -> None:
    """Sign the account out everywhere; its tokens stay."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        record(actor=actor, action="session.end_all", target=user)
        sessions.sessions_ended()
    user.refresh_from_db(fields=["session_epoch"])


def change_password(*, user: User, old: str, new: str) -> None:
    """All other sessions of the account end. ValidationError names the wrong field."""
    require_own_password(user=user, password=old)
    require_other_password(user=user, old=old, new=new)
    set_password(actor=user, user=user, password=new)


def require_own_password(*, user: User, password: str) -> None:
    """Password checks of a signed-in user are throttled like sign-ins, in case somebody else uses their browser."""
    with _attempt(user):
        if not user.check_password(password):
            _record(REFUSED, user)
            raise ValidationError({"old": str(messages.WRONG_PASSWORD)})


def require_other_password(*, user: User, old: str, new: str) -> None:
    """Where a change is due, somebody else knows the old one."""
    if user.password_change_due and new == old:
        raise ValidationError({"new": str(messages.SAME_PASSWORD)})


def set_password(*, actor: User | None, user: User, password: str, must_change: bool = False) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from None
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        password_changed(actor=actor, user=user, must_change=must_change)


def password_changed(*, actor: User | None, user: User, must_change: bool = False) -> None:
    """To be called in the transaction of the change, which ends all sessions except the current one."""
    user.must_change_password = must_change
    user.save(update_fields=["must_change_password"])
    after = {"must_change_password": True} if must_change else None
    record(actor=actor, action="user.change_password", target=user, after=after)
    sessions.sessions_ended()


@contextmanager
def _attempt(account: User | None) -> Iterator[None]:
    """A password is checked inside. TooOften before that, if too many were wrong."""
    attempt = _begin(account, current_origin().address)
    try:
        yield
    finally:
        attempt.delete()


def _begin(account: User | None, address: str) -> SignInAttempt:
    """It waits for undecided attempts only if these could be too many."""
    end = time.monotonic() + LONGEST_WAIT
    while True:
        with transaction.atomic():
            advisory_lock(LOCK)
            SignInAttempt.objects.filter(at__lt=timezone.now() - UNDECIDED).delete()
            counts = list(_counted(account, address))
            refusal = next(filter(None, (_refusal(count, account, address) for count in counts)), None)
            if not refusal and all(len(count.moments) + count.undecided < count.limit for count in counts):
                return SignInAttempt.objects.create(user=account, address=address)
        if refusal or time.monotonic() > end:
            raise refusal or TooOften(messages.SIGN_IN_BUSY, retry_after=1)
        time.sleep(POLL_INTERVAL)


@dataclass(frozen=True, slots=True)
class Count:
    """When the attempts that count were refused, newest first; how many are undecided; how many may be refused."""

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
    return TooOften(messages.sign_in_throttled(wait), retry_after=wait)


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
        signed_in = AuditEntry.objects.filter(action=SIGNED_IN, at__gt=timezone.now() - RECENTLY, **whose)
        undecided_of_it = sum(user == account.pk for user, _ in undecided)
        is_many = len(everywhere) + undecided_of_it >= FOR_ONE_ACCOUNT
        if is_many and not is_loopback(address) and not _near(address, signed_in):
            yield Count(everywhere, undecided_of_it, FOR_ONE_ACCOUNT)


def _near(address: str, entries: QuerySet[AuditEntry]) -> list[AuditEntry]:
    """The entries from the same network, newest first."""
    alike = entries.filter(address__startswith=beginning(address)) if address else entries.filter(address="")
    return [entry for entry in alike.order_by("-at") if network(entry.address) == network(address)]


def _record(action: str, account: User | None) -> None:
    """The given name is recorded only if such an account exists: people type passwords into the wrong field."""
    target = account or NOBODY
    record(actor=None, action=action, target=target)
    logger.warning("%s for “%s” from %s", action, target, current_origin().address or "a command")
