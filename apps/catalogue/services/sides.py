"""Reading the assets of one kind on both sides of a pair of environments."""

from __future__ import annotations

from apps.catalogue.names import Side
from apps.core.errors import LockstepError
from apps.environments.connections import open_client
from apps.environments.models import Environment
from apps.superset.assets import Kind
from apps.superset.inventory import read_inventory


def refuse_same(source: Environment, target: Environment) -> None:
    if source.pk == target.pk:
        raise LockstepError(f"Source and target are both “{source}”: name two environments.")


def read_sides(source: Environment, target: Environment, kind: Kind) -> tuple[Side, Side]:
    """One list of each environment."""
    return _read_side(source, kind), _read_side(target, kind)


def _read_side(environment: Environment, kind: Kind) -> Side:
    client = open_client(environment)
    try:
        return Side.of(environment.name, kind, read_inventory(client, [kind]))
    finally:
        client.close()
