# [DEF:catalogue.services.sides:Module]
# @COMPLEXITY: 3
# @PURPOSE: The assets of one kind in two environments: read from the servers, or from the catalogue.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Callable

from apps.catalogue import messages
from apps.catalogue.models import CatalogueAsset
from apps.catalogue.names import Side
from apps.core.errors import LockstepError
from apps.environments.connections import connected
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
from apps.superset.inventory import Entry, read_inventory
from apps.superset.protocol import Reporter

ReadSides = Callable[[Environment, Environment, Kind], tuple[Side, Side]]


def refuse_same(source: Environment, target: Environment) -> None:
    if source.pk == target.pk:
        raise LockstepError(messages.SAME_ENVIRONMENT.format(environment=source))


def read_sides(
    source: Environment, target: Environment, kind: Kind, *, reporter: Reporter | None = None
) -> tuple[Side, Side]:
    """One list of each environment."""
    return _read_side(source, kind, reporter), _read_side(target, kind, reporter)


def stored_sides(source: Environment, target: Environment, kind: Kind) -> tuple[Side, Side]:
    """As the last syncs saw them. No server is asked: for requests, which must not wait for one."""
    return _stored_side(source, kind), _stored_side(target, kind)


def _stored_side(environment: Environment, kind: Kind) -> Side:
    rows = CatalogueAsset.objects.filter(environment=environment, kind=kind.value)
    entries = tuple(
        Entry(Key(kind, str(uuid)), asset_id, name, {"backend": backend})
        for uuid, asset_id, name, backend in rows.values_list("uuid", "asset_id", "name", "backend")
    )
    return Side(environment.name, kind, entries)


def _read_side(environment: Environment, kind: Kind, reporter: Reporter | None) -> Side:
    with connected(environment, reporter=reporter) as client:
        return Side.of(environment.name, kind, read_inventory(client, [kind]))
