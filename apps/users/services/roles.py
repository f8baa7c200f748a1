# [DEF:users.services.roles:Module]
# @COMPLEXITY: 3
# @PURPOSE: Roles: what each permits, made and changed by those who may do all of it themselves.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from apps.audit.services import record
from apps.core.concurrency import locked
from apps.core.errors import Conflict, Refused
from apps.users.access import Permission, covers
from apps.users.models import Role, RolePermission, User
from apps.users.permissions import known
from apps.users.policies import EDIT, require
from apps.users.services.grants import permissions_of

Pairs = Sequence[tuple[str, str]]
"""What and where."""


def require_editable(actor: User, role: Role) -> None:
    require(actor, EDIT)
    if role.pk and not actor.access.contains(permissions_of(role)):
        raise Refused(f"The role “{role}” may do more than you: only someone who may do all of it can change it.")


def pairs_of(role: Role) -> list[tuple[str, str]]:
    return list(role.permissions.values_list("what", "where"))


def add_role(*, actor: User, slug: str, title: str, permissions: Pairs, description: str = "") -> Role:
    role = Role(slug=slug, title=title, description=description)
    require_editable(actor, role)
    role.clean_fields()
    wanted = _checked(actor, permissions)
    try:
        with transaction.atomic():
            role.save(force_insert=True)
            _store(role, wanted)
            record(actor=actor, action="role.add", target=role, after=_role_data(role))
    except IntegrityError:
        raise Conflict(f"There is a role “{slug}” already: choose another short name.") from None
    return role


def edit_role(*, actor: User, role: Role, permissions: Pairs | None = None, **changes: str) -> None:
    """Change title and description, and make its permissions these. Whoever holds it has what it says from then on."""
    with transaction.atomic():
        role = locked(role)
        require_editable(actor, role)
        before, kept = _role_data(role), {what for what, _ in pairs_of(role)}
        for name, value in changes.items():
            setattr(role, name, value)
        role.clean_fields()
        role.save(update_fields=list(changes))
        if permissions is not None:
            _store(role, _checked(actor, permissions, kept))
        after = _role_data(role)
        if after != before:
            different = [name for name in after if before[name] != after[name]]
            old, new = ({name: facts[name] for name in different} for facts in (before, after))
            record(actor=actor, action="role.edit", target=role, before=old, after=new)


def remove_role(*, actor: User, role: Role) -> None:
    """Forget one that nobody holds and no group is mapped to."""
    require_editable(actor, role)
    try:
        with transaction.atomic():
            record(actor=actor, action="role.remove", target=role, before=_role_data(role))
            role.delete()
    except ProtectedError:
        raise Refused(f"The role “{role}” is in use: take back its grants and group mappings first.") from None


def _checked(actor: User, permissions: Pairs, kept: Iterable[str] = ()) -> list[RolePermission]:
    """Rows for these, not stored yet. What nobody knows is a mistake, unless the role has had it all along."""
    rows = [RolePermission(what=what, where=where) for what, where in dict.fromkeys(permissions)]
    there = known()
    for row in rows:
        row.clean_fields(exclude=["role"])
        if row.what not in kept and not any(covers(row.what, each) for each in there):
            raise ValidationError(f"Nothing is permitted by “{row.what}”: there is {', '.join(sorted(there))}.")
        if not actor.access.contains([Permission(row.what, (row.where,))]):
            raise Refused(f"You may not do “{row}” yourself, so you cannot put it into a role.")
    return rows


def _store(role: Role, wanted: list[RolePermission]) -> None:
    role.permissions.all().delete()
    for row in wanted:
        row.role = role
    RolePermission.objects.bulk_create(wanted)


def _role_data(role: Role) -> dict[str, Any]:
    permissions = sorted(f"{what} {where}" for what, where in pairs_of(role))
    return {"slug": role.slug, "title": role.title, "description": role.description, "permissions": permissions}
