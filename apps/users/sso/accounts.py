# [DEF:users.sso.accounts:Module]
# @COMPLEXITY: 4
# @PURPOSE: The account of a person of the directory, and the roles that their groups give it.
# @RELATION CALLS -> users.services.grants
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.concurrency
# @PRE: the claims are of a token whose signature, issuer and audience were checked
# @POST: the account is that of the subject and holds the roles of its mapped groups; without one, sign-in is
#   refused
# @SIDE_EFFECT: an account at the first sign-in, roles given and taken, sessions ended, audit entries
"""An account belongs to one subject of one issuer forever, since names and mail addresses get reassigned. It is created
at the first sign-in of a member of a mapped group; an existing account is never taken over.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.contracts.belief import belief_scope, reason, reflect
from apps.core.concurrency import locked
from apps.core.errors import Conflict
from apps.users import messages
from apps.users.models import GroupMapping, SsoIdentity, User
from apps.users.services.grants import sync_group_grants
from apps.users.services.sign_in import NOBODY, REFUSED, SIGNED_IN, SSO, end_all_sessions
from apps.users.sso.claims import groups_of, person_of, to_show, username_of
from apps.users.sso.provider import SsoRefused


def account_of(*, issuer: str, claims: dict[str, Any]) -> User:
    """The account for these claims, with the roles of their groups. SsoRefused if no group has access."""
    identity = SsoIdentity.objects.select_related("user").filter(issuer=issuer, subject=claims["sub"]).first()
    groups = groups_of(claims)
    mapped = [row for row in GroupMapping.objects.select_related("role") if row.matches(groups)]
    if not mapped:
        _refuse_without_group(identity, groups)
    with belief_scope("users.sso.accounts"), transaction.atomic():
        reason("the token was checked, and a group is mapped", mapped=len(mapped), known=identity is not None)
        user = locked(identity.user if identity else _new_user(issuer, claims))
        if user.is_active:
            _update_from_directory(user, claims, staff=any(row.staff for row in mapped))
            sync_group_grants(user=user, wanted=[(row.role, row.where, row.group) for row in mapped])
            SsoIdentity.objects.filter(user=user).update(last_sign_in=timezone.now(), claims=to_show(claims))
            record(actor=user, action=SIGNED_IN, target=user, after={"issuer": issuer, "groups": groups}, source=SSO)
            reflect("the account has the roles of its groups", user=user.pk)
        else:
            record(actor=None, action=REFUSED, target=user, source=SSO)
    if not user.is_active:
        raise SsoRefused(messages.SSO_ACCOUNT_INACTIVE)
    return user


def _refuse_without_group(identity: SsoIdentity | None, groups: list[str]) -> None:
    """A person who left every mapped group loses the roles of these at once, in all sessions."""
    with transaction.atomic():
        user = locked(identity.user) if identity else None
        if user:
            sync_group_grants(user=user, wanted=[])
            end_all_sessions(actor=user, user=user)
        record(actor=None, action=REFUSED, target=user or NOBODY, source=SSO)
    raise SsoRefused(messages.SSO_NO_GROUP, groups=groups)


def _new_user(issuer: str, claims: dict[str, Any]) -> User:
    name = username_of(claims)
    for number in range(1, 100):
        user = User(username=name if number == 1 else f"{name}-{number}")
        user.set_unusable_password()
        try:
            with transaction.atomic():
                if User.objects.filter(username__iexact=user.username).exists():
                    continue
                user.save(force_insert=True)
                SsoIdentity.objects.create(user=user, issuer=issuer, subject=claims["sub"], last_sign_in=timezone.now())
        except IntegrityError:  # another process was quicker: perhaps with the same person
            found = SsoIdentity.objects.select_related("user").filter(issuer=issuer, subject=claims["sub"]).first()
            if found:
                return found.user
            continue
        record(
            actor=None,
            action="user.add",
            target=user,
            after={"username": user.username, "issuer": issuer},
            source=SSO,
        )
        return user
    raise Conflict(messages.SSO_NAMES_USED_UP.format(name=name))


def _update_from_directory(user: User, claims: dict[str, Any], *, staff: bool) -> None:
    wanted = {**person_of(claims), "is_staff": staff or user.is_superuser}
    before = {name: getattr(user, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if changed:
        for name, value in changed.items():
            setattr(user, name, value)
        user.save(update_fields=list(changed))
        old = {name: before[name] for name in changed}
        record(actor=user, action="user.follow_directory", target=user, before=old, after=changed, source=SSO)
