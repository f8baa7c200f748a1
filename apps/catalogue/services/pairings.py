# [DEF:catalogue.services.pairings:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which asset of the source overwrites which of the target although their UUIDs differ. Confirmed by a
#   person.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> core.errors
"""Which asset of the source overwrites which of the target although their UUIDs differ. Confirmed by a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.catalogue.models import AssetPairing
from apps.catalogue.names import find_pair, find_stored
from apps.catalogue.services.sides import ReadSides, read_sides, refuse_same
from apps.core.errors import Conflict, NotThere
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
from apps.superset.inventory import Entry
from apps.users.models import User


def confirmed_pairing(*, source: Environment, target: Environment) -> dict[Key, Key]:
    """Source key → target key, as stored."""
    rows = AssetPairing.objects.filter(source=source, target=target)
    return {Key(Kind(row.kind), str(row.source_uuid)): Key(Kind(row.kind), str(row.target_uuid)) for row in rows}


def pair_assets(
    *,
    actor: User,
    source: Environment,
    target: Environment,
    kind: Kind,
    pairs: Sequence[str],
    reason: str = "",
    sides: ReadSides = read_sides,
) -> list[AssetPairing]:
    """Store that assets of the source overwrite assets of the target whose UUIDs differ; all or none."""
    refuse_same(source, target)
    both = sides(source, target, kind)
    found = [find_pair(pair, *both) for pair in pairs]
    try:
        with transaction.atomic():
            return [_pair(actor, source, target, first, second, reason) for first, second in found]
    except IntegrityError:
        raise Conflict(
            f"Another {kind} of {source} is paired with one of these already: unpair that one first."
        ) from None


def unpair_assets(
    *, actor: User, source: Environment, target: Environment, kind: Kind, names: Sequence[str]
) -> list[str]:
    """Forget pairings, named by the source's asset or its UUID; all or none. Returns what was removed."""
    with transaction.atomic():
        return [_unpair(actor, source, target, kind, name) for name in names]


def _pair(
    actor: User, source: Environment, target: Environment, first: Entry, second: Entry, reason: str
) -> AssetPairing:
    kind, uuid = first.key.kind.value, UUID(first.key.uuid)
    key: dict[str, Any] = {"source": source, "target": target, "kind": kind, "source_uuid": uuid}
    before = AssetPairing.objects.filter(**key).first()
    values = {
        "source_name": first.name,
        "target_uuid": UUID(second.key.uuid),
        "target_name": second.name,
        "reason": reason,
        "confirmed_by": actor,
    }
    pairing, _ = AssetPairing.objects.update_or_create(**key, defaults=values)
    record(
        actor=actor,
        action="pairing.set",
        target=pairing,
        before=_facts(before) if before else None,
        after=_facts(pairing),
    )
    return pairing


def _unpair(actor: User, source: Environment, target: Environment, kind: Kind, name: str) -> str:
    pairing = find_stored(name, AssetPairing.objects.filter(source=source, target=target, kind=kind.value))
    if pairing is None:
        raise NotThere(
            f"No pairing of a {kind} “{name}” from {source} to {target} is stored: see `manage.py mapping list`."
        )
    record(actor=actor, action="pairing.remove", target=pairing, before=_facts(pairing))
    pairing.delete()
    return str(pairing)


def _facts(pairing: AssetPairing) -> dict[str, str]:
    return {
        "kind": pairing.kind,
        "source_uuid": str(pairing.source_uuid),
        "source_name": pairing.source_name,
        "target_uuid": str(pairing.target_uuid),
        "target_name": pairing.target_name,
        "reason": pairing.reason,
    }
