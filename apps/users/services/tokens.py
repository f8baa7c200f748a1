# [DEF:users.services.tokens:Module]
# @COMPLEXITY: 3
# @PURPOSE: API tokens: created, shown once, found by their hash, revoked.
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.audit.services import record
from apps.core.concurrency import compare_and_set, write_if_possible
from apps.core.errors import NothingToDo, NotThere, Refused
from apps.users import messages
from apps.users.access import validate_where
from apps.users.models import ApiToken, SsoIdentity, TokenScope, TokenState, User
from apps.users.policies import EDIT, VIEW, access_of

PREFIX = "lockstep_"
"""Makes tokens recognisable to secret scanners."""

LONGEST = 365
NOTED_EVERY = timedelta(minutes=1)


def create_token(
    *, user: User, name: str, days: int, scope: str = TokenScope.READ, where: Sequence[str] = ()
) -> tuple[ApiToken, str]:
    """The token and its text, which nobody can read again. It is valid for 1 to 365 days."""
    for each in where:
        validate_where(each)
    name = ApiToken._meta.get_field("name").clean(name.strip(), None)  # noqa: SLF001 - Django's documented model API
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user=user,
        name=name,
        digest=_digest(text),
        hint=text.removeprefix(PREFIX)[:4],
        scope=TokenScope(scope),
        where=list(where),
        expires=timezone.now() + timedelta(days=max(1, min(days, LONGEST))),
    )
    with transaction.atomic():
        token.save(force_insert=True)
        facts = {"name": name, "scope": token.scope, "where": token.where, "expires": token.expires.isoformat()}
        record(actor=user, action="token.create", target=token, after=facts)
    return token, text


def visible_tokens(user: User) -> QuerySet[ApiToken]:
    """Your own, or everybody's if you may see accounts."""
    return ApiToken.objects.all() if access_of(user).may(VIEW) else ApiToken.objects.filter(user=user)


def require_revocable(actor: User, token: ApiToken) -> None:
    if token.user_id != actor.pk and not access_of(actor).may(EDIT):
        raise Refused(messages.TOKEN_NOT_YOURS.format(token=token, permission=EDIT))


def revoke_token(*, actor: User, token: ApiToken) -> None:
    require_revocable(actor, token)
    with transaction.atomic():
        if not compare_and_set(token, expected={"revoked": None}, revoked=timezone.now()):
            raise NothingToDo(messages.TOKEN_ALREADY_REVOKED.format(token=token))
        record(actor=actor, action="token.revoke", target=token)


def get_token(*, user: User, number: int) -> ApiToken:
    found = user.api_tokens.filter(pk=number).first()
    if found is None:
        raise NotThere(messages.NO_TOKEN.format(number=number))
    return found


def bearer(text: str) -> tuple[User, ApiToken] | None:
    """The owner, with access narrowed to the token's, and the token. None if it is not valid."""
    token = ApiToken.objects.select_related("user__sso_identity").filter(digest=_digest(text)).first()
    if token is None or token.state != TokenState.VALID or not token.user.is_active:
        return None
    now = timezone.now()
    identity: SsoIdentity | None = getattr(token.user, "sso_identity", None)
    if identity and now - identity.last_sign_in > timedelta(seconds=settings.SSO_MAX_AGE):
        return None
    if token.last_used is None or now - token.last_used > NOTED_EVERY:
        used = ApiToken.objects.filter(pk=token.pk)
        write_if_possible(lambda: used.update(last_used=now), "when a token was used")
    user = token.user
    user.access = user.access.narrowed(to_read=token.scope == TokenScope.READ, places=token.where)
    return user, token


def _digest(text: str) -> str:
    """The text is as random as a hash: it needs no salt and no slow function."""
    return hashlib.sha256(text.encode()).hexdigest()
