# [DEF:superset.remote.listing:Module]
# @COMPLEXITY: 3
# @PURPOSE: The facts of every asset that a catalogue keeps, from lists: newest first, or all of them.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> contracts.plain_text
"""Superset cannot filter by the date of change (`changed_on`), but it can sort by it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import NAME_FIELDS, Key, Kind
from apps.superset.protocol import Client
from apps.superset.releases.base import Release
from apps.superset.shapes import is_uuid


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """One asset as a list shows it. `version` is the server's own time of the change: a different one means a new
    state.

    `changed_on` is None for connections: their lists show the local time of a server with an unknown time zone.
    `database` is the UUID of a dataset's connection, `backend` the engine of a connection (`postgresql`).
    """

    key: Key
    id: int
    name: str
    version: str
    changed_on: datetime | None
    slug: str = ""
    published: bool | None = None
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    database: str = ""
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Up to a hundred assets, and the total number of the kind."""

    assets: list[ListedAsset]
    count: int


def newest(client: Client, kind: Kind) -> Iterator[Page]:
    """Page by page, most recently changed first, to the end of the list or until the caller stops."""
    seen: set[int] = set()
    for number in itertools.count():
        rows, count = client.list_newest(kind.value, client.profile.columns.catalogue[kind], page=number)
        yield Page([listed_asset(kind, row, client.profile) for row in rows], count)
        new = {row["id"] for row in rows} - seen
        seen |= new
        if not new or len(seen) >= count:  # a page without new rows is the last, regardless of the count
            return


def everything(client: Client, kind: Kind) -> list[ListedAsset]:
    """Every asset of the kind."""
    profile = client.profile
    return [listed_asset(kind, row, profile) for row in client.list_rows(kind.value, profile.columns.catalogue[kind])]


def listed_asset(kind: Kind, row: Mapping[str, Any], release: Release) -> ListedAsset:
    """A row of a list with the columns of a catalogue."""
    in_utc = str(row.get("changed_on_utc") or "")
    return ListedAsset(
        key=Key(kind, str(row["uuid"]).lower()),
        id=row["id"],
        name=one_line(row.get(NAME_FIELDS[kind]) or ""),
        version=in_utc or str(row.get("changed_on") or ""),
        changed_on=_moment(in_utc),
        slug=one_line(row.get("slug") or ""),
        published=published if isinstance(published := row.get("published"), bool) else None,
        owners=tuple(sorted(_full_name(owner) for owner in row.get("owners") or ())),
        tags=tuple(
            sorted(one_line(tag.get("name")) for tag in row.get("tags") or () if tag.get("type") == release.custom_tag)
        ),
        database=str(database).lower() if is_uuid(database := (row.get("database") or {}).get("uuid")) else "",
        backend=one_line(row.get("backend") or ""),
    )


def _full_name(owner: Mapping[str, Any]) -> str:
    names = (owner.get("first_name"), owner.get("last_name"))
    return " ".join(one_line(name) for name in names if name) or f"account {owner.get('id')}"


def _moment(text: str) -> datetime | None:
    """`2026-11-23T02:37:57.463722+0000`; None if it is not a date, which only affects its display."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
