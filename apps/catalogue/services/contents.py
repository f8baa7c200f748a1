# [DEF:catalogue.services.contents:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the catalogue knows of the content of many assets at once, as lean as thousands of rows need.
# @RELATION DEPENDS_ON -> environments.models
"""Inside, an asset is named by `kind/` and the hexadecimal digits of its UUID: databases write UUIDs differently, and a
UUID object for each of tens of thousands of rows would take longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import orjson
from django.db.models import Case, CharField, F, TextField, Value, When
from django.db.models.functions import Cast

from apps.catalogue.models import AssetKind, CatalogueAsset
from apps.environments.models import Environment


class Content(NamedTuple):
    """Of one asset. `portable_hash` is empty unless it was taken of the state that the lists show now; `names` and
    `depends_on` are JSON as stored, None if nobody has read them. Another environment's dependencies are not read."""

    key: str
    id: int
    name: str
    portable_hash: str
    names: str | None
    database: str | None
    depends_on: str | None


Row = tuple[str, int, str, str, str | None, str | None, str | None]


class Contents:
    """All that one environment has, by key.

    Kept as plain tuples, which the garbage collector stops following when it first meets them: tens of thousands of
    other objects would make it read the whole process again and again.
    """

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def add(self, row: Row) -> None:
        self._rows[row[0]] = row

    def get(self, key: str) -> Content | None:
        row = self._rows.get(key)
        return None if row is None else Content._make(row)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)


COLUMNS = (
    "environment_id",
    "kind",
    Cast("uuid", CharField()),
    "asset_id",
    "name",
    Case(When(hashed_version=F("version"), then=F("portable_hash")), default=Value("")),
    Cast("names", TextField()),
    Cast("database_uuid", CharField()),
)
"""Where the fields of Content come from, as texts: a database driver or Django would make an object of each."""


def key_of(kind: str, uuid: str | UUID) -> str:
    return f"{kind}/{str(uuid).replace('-', '')}"


def kind_in(key: str) -> str:
    return key.partition("/")[0]


def uuid_in(key: str) -> str:
    """With dashes, as everybody else writes it. Sliced, since a page of the matrix has thousands."""
    digits = key.partition("/")[2]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def keys_in(stored: str | None) -> tuple[str, ...]:
    """Of a JSON list of assets as stored."""
    return tuple(orjson.loads(stored.replace("-", ""))) if stored else ()


def read_contents(
    environment: Environment, others: Collection[Environment], kinds: Iterable[AssetKind]
) -> dict[int, Contents]:
    """By environment. Two queries, for the one and for all others."""
    assets = CatalogueAsset.objects.filter(kind__in=list(kinds)).order_by()
    here = assets.filter(environment=environment).values_list(*COLUMNS, Cast("depends_on", TextField()))
    there = assets.filter(environment__in=[each.pk for each in others]).values_list(*COLUMNS, Value(None, TextField()))
    found = {each.pk: Contents() for each in (environment, *others)}
    for number, kind, uuid, *rest, depends_on in chain(here.iterator(ROWS), there.iterator(ROWS)):
        key = f"{kind}/{uuid}".replace("-", "")
        found[number].add((key, *rest, depends_on))
    return found


ROWS = 5_000
"""Read at a time."""
