# [DEF:superset.checks.tables:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether the tables, columns and schemas that datasets need exist on the target.
# @RELATION CALLS -> superset.texts.sql_names
# @RELATION CALLS -> contracts.plain_text
"""An import checks none of it: a dataset whose table is missing on the connection is written and verified, and all its
charts fail (seen on 6.1.0). Names are compared case-insensitively, because engines treat case differently. What could
not be checked is reported as unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Key, Kind, objects
from apps.superset.inventory import Inventory
from apps.superset.plan.plan import Note
from apps.superset.probe import Bounds, Probe, Questions, Unknown
from apps.superset.protocol import Client
from apps.superset.texts.sql_names import named_schemas

NAMED = 10
"""Maximum number of columns per dataset that a warning names."""

MISSING_TABLES = "tables_missing"
MISSING_COLUMNS = "columns_missing"
MISSING_SCHEMAS = "schemas_missing"
UNKNOWN = "tables_unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A schema of a connection of the target; empty names mean its defaults."""

    database: int
    catalog: str
    schema: str


@dataclass(frozen=True, slots=True)
class Needed:
    """What one dataset needs. `database` is the connection's name; a virtual dataset has no table and no columns."""

    asset: Asset
    database: str
    places: tuple[Place, ...]
    table: str = ""
    columns: tuple[str, ...] = ()

    @property
    def is_physical(self) -> bool:
        return bool(self.table)


@dataclass(frozen=True, slots=True)
class Finding:
    """For one dataset: the kind of note, and what is missing or why it is unknown."""

    kind: str
    asset: Asset
    what: str


def table_notes(
    target: Client, there: Inventory, datasets: Iterable[Asset], bounds: Bounds | None = None
) -> tuple[Note, ...]:
    """Warnings about what these datasets need and the target lacks. Queries nothing if there are none."""
    needs = [need for asset in datasets if (need := _needed(asset, there))]
    if not needs:
        return ()
    found: dict[str, list[str]] = defaultdict(list)
    for finding in _findings(Questions(target, bounds or Bounds()), needs):
        found[finding.kind].append(f"{finding.asset}: {finding.what}")
    kinds = (MISSING_TABLES, MISSING_COLUMNS, MISSING_SCHEMAS, UNKNOWN)
    return tuple(Note.of(kind, found[kind], environment=target.environment) for kind in kinds if kind in found)


def _needed(asset: Asset, there: Inventory) -> Needed | None:
    document = asset.document
    database = there.get(Key(Kind.DATABASE, str(document.get("database_uuid") or "")))
    if database is None:
        return None
    own = Place(database.id, document.get("catalog") or "", document.get("schema") or "")
    if sql := document.get("sql"):
        named = {Place(database.id, catalog or own.catalog, schema) for catalog, schema in named_schemas(str(sql))}
        places = sorted(named | ({own} if own.schema else set()), key=lambda place: (place.catalog, place.schema))
        return Needed(asset, database.name, tuple(places))
    columns = [each["column_name"] for each in objects(document.get("columns")) if not each.get("expression")]
    return Needed(asset, database.name, (own,), str(document.get("table_name") or ""), tuple(map(str, columns)))


def _findings(questions: Questions, needs: list[Needed]) -> Iterator[Finding]:
    """In rounds, each based on the results of the last: the tables of schemas, then those that are not among them."""
    schemas = _schemas(questions, needs)
    physical = []
    for need in needs:
        if gone := _gone(need, schemas):
            yield gone
        elif need.is_physical:
            physical.append(need)
        else:
            yield from _unknown_schemas(need, schemas)
    tables = _tables(questions, physical)
    there = []
    for need in physical:
        place = need.places[0]
        names = tables.get(place)
        if names is None or isinstance(names, Unknown) or need.table.casefold() in names:
            there.append(need)
        else:
            yield _missing_table(need)
    wanted = {need.asset.key: partial(_columns, need) for need in there}
    columns = questions.answers(wanted)
    for need in there:
        yield from _of_columns(need, columns[need.asset.key])


def _schemas(questions: Questions, needs: Iterable[Needed]) -> Mapping[Place, frozenset[str] | Unknown]:
    """By connection and catalog (a place without a schema); queried if a schema is named."""
    wanted = {_whole(place) for need in needs for place in need.places if place.schema}
    return questions.answers({place: partial(_names_of_schemas, place) for place in wanted})


def _tables(questions: Questions, needs: Iterable[Needed]) -> Mapping[Place, frozenset[str] | Unknown]:
    """By schema. If a table is not in Superset's cache, the tables are read again without the cache."""
    places: dict[Place, set[str]] = defaultdict(set)
    for need in needs:
        if need.places[0].schema:
            places[need.places[0]].add(need.table.casefold())
    return questions.answers({place: partial(_names_of_tables, place, names) for place, names in places.items()})


def _names_of_schemas(place: Place, probe: Probe) -> frozenset[str]:
    return _folded(probe.schemas(place.database, catalog=place.catalog))


def _names_of_tables(place: Place, wanted: set[str], probe: Probe) -> frozenset[str]:
    ask = partial(probe.tables, place.database, catalog=place.catalog, schema=place.schema)
    names = _folded(ask())
    return names if wanted <= names else _folded(ask(fresh=True))


def _columns(need: Needed, probe: Probe) -> frozenset[str]:
    place = need.places[0]
    return _folded(probe.columns(place.database, need.table, catalog=place.catalog, schema=place.schema))


def _gone(need: Needed, schemas: Mapping[Place, frozenset[str] | Unknown]) -> Finding | None:
    known = {place: schemas[_whole(place)] for place in need.places if place.schema}
    lost = [
        place.schema
        for place, names in known.items()
        if not isinstance(names, Unknown) and place.schema.casefold() not in names
    ]
    if not lost:
        return None
    names = ", ".join(f"“{one_line(name)}”" for name in lost)
    return Finding(MISSING_SCHEMAS, need.asset, f"schema {names} of “{need.database}”")


def _unknown_schemas(need: Needed, schemas: Mapping[Place, frozenset[str] | Unknown]) -> Iterator[Finding]:
    for place in need.places:
        if isinstance(names := schemas[_whole(place)], Unknown):
            yield Finding(UNKNOWN, need.asset, f"schema “{one_line(place.schema)}”: {names.reason}")
            return


def _of_columns(need: Needed, found: frozenset[str] | Unknown) -> Iterator[Finding]:
    if isinstance(found, Unknown):
        yield Finding(UNKNOWN, need.asset, found.reason)
    elif not found:
        yield _missing_table(need)
    elif missing := [name for name in need.columns if name.casefold() not in found]:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        yield Finding(MISSING_COLUMNS, need.asset, ", ".join(map(one_line, missing[:NAMED])) + more)


def _missing_table(need: Needed) -> Finding:
    place = need.places[0]
    path = ".".join(part for part in (place.catalog, place.schema, need.table) if part)
    return Finding(MISSING_TABLES, need.asset, f"table {one_line(path)} of “{need.database}”")


def _whole(place: Place) -> Place:
    return Place(place.database, place.catalog, "")


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
