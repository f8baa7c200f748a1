# [DEF:users.services.groups:Module]
# @COMPLEXITY: 3
# @PURPOSE: Mapping directory groups to roles.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
"""A change takes effect at the next sign-in of each member."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.core.concurrency import locked
from apps.core.errors import Conflict
from apps.users import messages
from apps.users.access import EVERYWHERE
from apps.users.models import GroupMapping, Role, User
from apps.users.services.grants import require_grantable


def map_group(*, actor: User, group: str, role: Role, where: str = EVERYWHERE, staff: bool = False) -> GroupMapping:
    """Nobody maps a group to permissions that they do not have."""
    require_grantable(actor, role, where)
    mapping = GroupMapping(group=group.strip(), role=role, where=where, staff=staff)
    mapping.clean_fields()
    try:
        with transaction.atomic():
            mapping.save(force_insert=True)
            record(actor=actor, action="group_mapping.add", target=mapping, after=_mapping_data(mapping))
    except IntegrityError:
        raise Conflict(messages.MAPPING_EXISTS.format(mapping=mapping)) from None
    return mapping


def edit_mapping(*, actor: User, mapping: GroupMapping, **changes: Any) -> GroupMapping:
    """Change some of group, role, where and staff, and return the stored mapping. Before and after the change it may
    give only permissions that the actor has."""
    try:
        with transaction.atomic():
            mapping = locked(mapping)
            require_grantable(actor, mapping.role, mapping.where)
            before = _mapping_data(mapping)
            for name, value in changes.items():
                setattr(mapping, name, value.strip() if name == "group" else value)
            mapping.clean_fields()
            require_grantable(actor, mapping.role, mapping.where)
            after = _mapping_data(mapping)
            if different := [name for name in after if before[name] != after[name]]:
                mapping.save()
                old, new = ({name: facts[name] for name in different} for facts in (before, after))
                record(actor=actor, action="group_mapping.edit", target=mapping, before=old, after=new)
    except IntegrityError:
        raise Conflict(messages.MAPPING_EXISTS.format(mapping=mapping)) from None
    return mapping


def unmap_group(*, actor: User, mapping: GroupMapping) -> None:
    """Members lose the role at their next sign-in."""
    require_grantable(actor, mapping.role, mapping.where)
    with transaction.atomic():
        record(actor=actor, action="group_mapping.remove", target=mapping, before=_mapping_data(mapping))
        mapping.delete()


def _mapping_data(mapping: GroupMapping) -> dict[str, Any]:
    return {"group": mapping.group, "role": mapping.role.slug, "where": mapping.where, "staff": mapping.staff}
