# [DEF:users.services.grants:Module]
# @COMPLEXITY: 3
# @PURPOSE: Granting roles to accounts, and revoking them.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from apps.audit.services import record
from apps.core.errors import NothingToDo, NotThere, Refused
from apps.users import messages, places
from apps.users.access import EVERYWHERE, Permission
from apps.users.models import Grant, Role, User
from apps.users.policies import EDIT, require, require_manageable


def get_role(slug: str) -> Role:
    found = Role.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Role.objects.values_list("slug", flat=True)) or "none"
        raise NotThere(messages.NO_ROLE.format(slug=slug, known=known))
    return found


def require_grantable(actor: User, role: Role, where: str = EVERYWHERE) -> None:
    """Nobody grants permissions that they do not have."""
    require(actor, EDIT)
    if not actor.access.contains(permissions_of(role, where)):
        raise Refused(messages.ROLE_NOT_GRANTABLE.format(role=role))


def permissions_of(role: Role, where: str = EVERYWHERE) -> list[Permission]:
    """The permissions of the role when it is granted there."""
    return [Permission(what, (place, where)) for what, place in role.permissions.values_list("what", "where")]


def grant_role(*, actor: User, user: User, role: Role, where: str = EVERYWHERE) -> Grant:
    where = places.as_stored(where)
    require_grantable(actor, role, where)
    require_manageable(actor, user)
    given = Grant(user=user, role=role, where=where)
    given.clean_fields()
    with transaction.atomic():
        given, created = Grant.objects.get_or_create(user=user, role=role, where=where, group="")
        if not created:
            raise NothingToDo(messages.GRANT_EXISTS.format(user=user, role=given))
        record(actor=actor, action="user.grant", target=user, after=_grant_data(given))
    _forget(user)
    return given


def granted(grant: Grant) -> str:
    """What a person is told who granted it."""
    text = messages.GRANTED_EVERYWHERE if grant.where == EVERYWHERE else messages.GRANTED
    return f"{text.format(user=grant.user, role=grant)} {places.warning(grant.where)}".rstrip()


def require_revocable(actor: User, grant: Grant) -> None:
    """A grant that came from the directory ends with the group."""
    require_grantable(actor, grant.role, grant.where)
    require_manageable(actor, grant.user)
    if grant.group:
        raise Refused(messages.GRANT_FROM_GROUP.format(group=grant.group))


def revoke_role(*, actor: User, grant: Grant) -> None:
    """Revoke a grant that a person made."""
    require_revocable(actor, grant)
    with transaction.atomic():
        record(actor=actor, action="user.revoke", target=grant.user, before=_grant_data(grant))
        grant.delete()
    _forget(grant.user)


def sync_group_grants(*, user: User, wanted: Iterable[tuple[Role, str, str]]) -> None:
    """Replace the grants from the directory by these `(role, where, group)`; those made by people stay."""
    now = set(wanted)
    with transaction.atomic():
        have = {
            (grant.role, grant.where, grant.group): grant
            for grant in user.grants.select_related("role").exclude(group="").select_for_update(of=("self",))
        }
        for key in sorted(have.keys() - now, key=str):
            record(actor=user, action="user.revoke", target=user, before=_grant_data(have[key]), source="sso")
            have[key].delete()
        for role, where, group in sorted(now - have.keys(), key=str):
            given = Grant.objects.create(user=user, role=role, where=where, group=group)
            record(actor=user, action="user.grant", target=user, after=_grant_data(given), source="sso")
    _forget(user)


def _grant_data(grant: Grant) -> dict[str, str]:
    facts = {"role": grant.role.slug, "where": grant.where}
    return facts | {"group": grant.group} if grant.group else facts


def _forget(user: User) -> None:
    """Have this instance read its access again."""
    user.__dict__.pop("access", None)
