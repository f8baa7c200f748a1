# [DEF:catalogue.services.pairings:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which asset of the source overwrites which of the target although their UUIDs differ. Confirmed by a
#   person.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> superset.assets

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from apps.catalogue import messages
from apps.catalogue.models import AssetPairing
from apps.catalogue.names import find_pair, find_stored
from apps.catalogue.policies import require_mappable
from apps.catalogue.services.confirmation import confirm, forget
from apps.catalogue.services.sides import ReadSides, read_sides, refuse_same
from apps.core.advice import advise
from apps.core.errors import Conflict, NotThere
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
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
    require_mappable(actor, source, target)
    both = sides(source, target, kind)
    found = [find_pair(pair, *both) for pair in pairs]
    try:
        with transaction.atomic():
            ends = {"source": source, "target": target, "kind": kind.value}
            return [
                confirm(AssetPairing, actor=actor, action="pairing.set", ends=ends, pair=entries, reason=reason)
                for entries in found
            ]
    except IntegrityError:
        raise Conflict(messages.PAIRED_ALREADY.format(kind=kind, source=source)) from None


def unpair_assets(
    *, actor: User, source: Environment, target: Environment, kind: Kind, names: Sequence[str]
) -> list[str]:
    """Remove pairings, named by the source's asset or its UUID; all or none. Returns what was removed."""
    require_mappable(actor, source, target)
    with transaction.atomic():
        return [_unpair(actor, source, target, kind, name) for name in names]


def _unpair(actor: User, source: Environment, target: Environment, kind: Kind, name: str) -> str:
    pairing = find_stored(name, AssetPairing.objects.filter(source=source, target=target, kind=kind.value))
    if pairing is None:
        sides = {"source": source, "target": target}
        message = messages.NO_PAIRING.format(kind=kind, name=name, **sides)
        raise NotThere(message, advice=advise("catalogue.pairings", **sides))
    return forget(pairing, actor=actor, action="pairing.remove")
