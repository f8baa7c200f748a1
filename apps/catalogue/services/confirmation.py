# [DEF:catalogue.services.confirmation:Module]
# @COMPLEXITY: 3
# @PURPOSE: What mappings and pairings have in common: somebody says which of the target's stands for which of the
#   source's.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> superset.inventory

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from apps.audit.services import record
from apps.catalogue.models import AssetPairing, DatabaseMapping
from apps.superset.inventory import Entry
from apps.users.models import User

Row = TypeVar("Row", DatabaseMapping, AssetPairing)

FACTS = ("kind", "source_uuid", "source_name", "target_uuid", "target_name", "reason")


def confirm(
    model: type[Row], *, actor: User, action: str, ends: Mapping[str, Any], pair: tuple[Entry, Entry], **more: str
) -> Row:
    """Store that the second stands for the first, instead of whatever did. `ends` are the fields that say between what.

    Call it in a transaction.
    """
    first, second = pair
    key = {**ends, "source_uuid": UUID(first.key.uuid)}
    before = model.objects.filter(**key).first()
    values = {
        "source_name": first.name,
        "target_uuid": UUID(second.key.uuid),
        "target_name": second.name,
        "confirmed_by": actor,
        **more,
    }
    row, _ = model.objects.update_or_create(**key, defaults=values)
    record(actor=actor, action=action, target=row, before=facts(before) if before else None, after=facts(row))
    return row


def forget(row: DatabaseMapping | AssetPairing, *, actor: User, action: str) -> str:
    """Remove it; returns how it was called. Call it in a transaction."""
    record(actor=actor, action=action, target=row, before=facts(row))
    row.delete()
    return str(row)


def facts(row: DatabaseMapping | AssetPairing) -> dict[str, str]:
    return {name: str(getattr(row, name)) for name in FACTS if hasattr(row, name)}
