# [DEF:catalogue.services.mappings:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which database of the target stands for which of the source. What is stored was confirmed by a person.
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION CALLS -> superset.checks.rights
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.catalogue import messages
from apps.catalogue.models import DatabaseMapping
from apps.catalogue.names import Side, find_pair, find_stored
from apps.catalogue.policies import VIEW, require_mappable
from apps.catalogue.services.confirmation import confirm, forget
from apps.catalogue.services.sides import ReadSides, read_sides, refuse_same
from apps.core.advice import advise
from apps.core.errors import NotThere
from apps.environments.models import Environment
from apps.superset.assets import Kind
from apps.superset.checks.rights import unseen_databases
from apps.superset.inventory import Entry, read_inventory
from apps.superset.planning.mapping import DatabaseEntry, Suggestion, suggest
from apps.superset.protocol import Client
from apps.users.models import User
from apps.users.policies import require


def suggest_mappings(
    *, actor: User, source: Environment, target: Environment, sides: ReadSides = read_sides
) -> list[Suggestion]:
    """For every database of the source, the most likely one of the target, with score and reason. Stores nothing."""
    refuse_same(source, target)
    require(actor, VIEW, source, target)
    both = sides(source, target, Kind.DATABASE)
    return suggest(*([_database(entry) for entry in side.entries] for side in both))


def confirmed_mapping(*, source: Environment, target: Environment) -> dict[str, str]:
    """Source UUID → target UUID, as stored."""
    rows = DatabaseMapping.objects.filter(source=source, target=target).values_list("source_uuid", "target_uuid")
    return {str(source_uuid): str(target_uuid) for source_uuid, target_uuid in rows}


def set_mappings(
    *, actor: User, source: Environment, target: Environment, pairs: Sequence[str], sides: ReadSides = read_sides
) -> list[DatabaseMapping]:
    """Store `SOURCE=TARGET` pairs of names or UUIDs that both environments have; all or none."""
    refuse_same(source, target)
    require_mappable(actor, source, target)
    both = sides(source, target, Kind.DATABASE)
    found = [find_pair(pair, *both) for pair in pairs]
    with transaction.atomic():
        ends = {"source": source, "target": target}
        return [
            confirm(DatabaseMapping, actor=actor, action="mapping.set", ends=ends, pair=entries) for entries in found
        ]


def remove_mappings(*, actor: User, source: Environment, target: Environment, names: Sequence[str]) -> list[str]:
    """Remove mappings, named by the source's database or its UUID; all or none. Returns what was removed."""
    require_mappable(actor, source, target)
    with transaction.atomic():
        return [_remove_mapping(actor, source, target, name) for name in names]


def read_mapping(source: Client, target: Client, pairs: Sequence[str]) -> dict[str, str]:
    """Source UUID → target UUID of `SOURCE=TARGET` pairs, read from two open clients. Stores nothing."""
    if not pairs:
        return {}
    here = Side.of(source.environment, Kind.DATABASE, read_inventory(source, [Kind.DATABASE]))
    there = Side.of(target.environment, Kind.DATABASE, read_inventory(target, [Kind.DATABASE]))
    try:
        found = [find_pair(pair, here, there) for pair in pairs]
    except NotThere as error:
        if why := unseen_databases(target):
            raise NotThere(messages.OR_UNSEEN.format(error=error, why=why)) from None
        raise
    return {first.key.uuid: second.key.uuid for first, second in found}


def _remove_mapping(actor: User, source: Environment, target: Environment, name: str) -> str:
    mapping = find_stored(name, DatabaseMapping.objects.filter(source=source, target=target))
    if mapping is None:
        facts = {"source": source, "target": target}
        raise NotThere(messages.NO_MAPPING.format(name=name, **facts), advice=advise("catalogue.mappings", **facts))
    return forget(mapping, actor=actor, action="mapping.remove")


def _database(entry: Entry) -> DatabaseEntry:
    return DatabaseEntry(entry.key.uuid, entry.name, str(entry.row.get("backend") or ""))
