# [DEF:users.services.roles:Module]
# @COMPLEXITY: 3
# @PURPOSE: Adding, editing and removing roles, within the permissions of the actor.
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
from apps.users import messages
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
        raise Refused(messages.ROLE_NOT_EDITABLE.format(role=role))


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
        raise Conflict(messages.ROLE_EXISTS.format(slug=slug)) from None
    return role


def edit_role(*, actor: User, role: Role, permissions: Pairs | None = None, **changes: str) -> None:
    """Change title and description, and replace the permissions. It applies at once to all who have the role."""
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
    """Remove a role that has no grants and no group mappings."""
    require_editable(actor, role)
    try:
        with transaction.atomic():
            record(actor=actor, action="role.remove", target=role, before=_role_data(role))
            role.delete()
    except ProtectedError:
        raise Refused(messages.ROLE_IN_USE.format(role=role)) from None


def _checked(actor: User, permissions: Pairs, kept: Iterable[str] = ()) -> list[RolePermission]:
    """Unsaved rows for these. An unknown permission is a mistake, unless the role already had it (`kept`)."""
    rows = [RolePermission(what=what, where=where) for what, where in dict.fromkeys(permissions)]
    permissions_here = known()
    for row in rows:
        row.clean_fields(exclude=["role"])
        if row.what not in kept and not any(covers(row.what, each) for each in permissions_here):
            names = ", ".join(sorted(permissions_here))
            raise ValidationError(messages.UNKNOWN_PERMISSION.format(what=row.what, known=names))
        if not actor.access.contains([Permission(row.what, (row.where,))]):
            raise Refused(messages.PERMISSION_NOT_YOURS.format(permission=row))
    return rows


def _store(role: Role, wanted: list[RolePermission]) -> None:
    role.permissions.all().delete()
    for row in wanted:
        row.role = role
    RolePermission.objects.bulk_create(wanted)


def _role_data(role: Role) -> dict[str, Any]:
    permissions = sorted(f"{what} {where}" for what, where in pairs_of(role))
    return {"slug": role.slug, "title": role.title, "description": role.description, "permissions": permissions}
