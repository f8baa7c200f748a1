# [DEF:users.services.grants:Module]
# @COMPLEXITY: 3
# @PURPOSE: Giving roles to accounts and taking them back.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from apps.audit.services import record
from apps.core.errors import NothingToDo, NotThere, Refused
from apps.users.access import EVERYWHERE, Permission
from apps.users.models import Grant, Role, User
from apps.users.policies import EDIT, require, require_manageable


def get_role(slug: str) -> Role:
    found = Role.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Role.objects.values_list("slug", flat=True)) or "none"
        raise NotThere(f"There is no role “{slug}”: known are {known}.")
    return found


def require_grantable(actor: User, role: Role, where: str = EVERYWHERE) -> None:
    """Nobody gives a role that may do more than they may themselves."""
    require(actor, EDIT)
    if not actor.access.contains(permissions_of(role, where)):
        raise Refused(f"The role “{role}” may do more than you: only someone who may do all of it can give or take it.")


def permissions_of(role: Role, where: str = EVERYWHERE) -> list[Permission]:
    """What the role is worth when it is granted there."""
    return [Permission(what, (place, where)) for what, place in role.permissions.values_list("what", "where")]


def grant_role(*, actor: User, user: User, role: Role, where: str = EVERYWHERE) -> Grant:
    require_grantable(actor, role, where)
    require_manageable(actor, user)
    given = Grant(user=user, role=role, where=where)
    given.clean_fields()
    with transaction.atomic():
        given, created = Grant.objects.get_or_create(user=user, role=role, where=where, group="")
        if not created:
            raise NothingToDo(f"“{user}” has the role “{given}” already.")
        record(actor=actor, action="user.grant", target=user, after=_grant_data(given))
    _forget(user)
    return given


def require_revocable(actor: User, grant: Grant) -> None:
    """One that came from the directory goes with the group."""
    require_grantable(actor, grant.role, grant.where)
    require_manageable(actor, grant.user)
    if grant.group:
        raise Refused(f"This grant came with the group “{grant.group}”: it ends when the account leaves the group.")


def revoke_role(*, actor: User, grant: Grant) -> None:
    """Take back a grant that a person made."""
    require_revocable(actor, grant)
    with transaction.atomic():
        record(actor=actor, action="user.revoke", target=grant.user, before=_grant_data(grant))
        grant.delete()
    _forget(grant.user)


def sync_group_grants(*, user: User, wanted: Iterable[tuple[Role, str, str]]) -> None:
    """Make the grants that came from the directory these `(role, where, group)`; what people granted stays."""
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
    told = {"role": grant.role.slug, "where": grant.where}
    return told | {"group": grant.group} if grant.group else told


def _forget(user: User) -> None:
    """The instance in hand reads its access anew."""
    user.__dict__.pop("access", None)
