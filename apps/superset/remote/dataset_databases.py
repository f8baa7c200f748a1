# [DEF:superset.remote.dataset_databases:Module]
# @COMPLEXITY: 2
# @PURPOSE: The connections of listed datasets by UUID, where a list of datasets has only their ids.
"""Until 5.0, a list of datasets leaves out `database.uuid` without an error (datasets/api.py: list_columns; seen on
4.1.4 and 5.0.0)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.superset.assets import Kind
from apps.superset.releases.base import Release
from apps.superset.shapes import is_id

UUID, ID = "database.uuid", "database.id"


def served_columns(resource: str, columns: Sequence[str], release: Release) -> tuple[str, ...]:
    """The columns to request for these."""
    if release.lists_database_uuids or resource != Kind.DATASET or UUID not in columns:
        return tuple(columns)
    return tuple(dict.fromkeys(ID if column == UUID else column for column in columns))


def with_databases(rows: Iterable[dict[str, Any]], databases: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a list of datasets with the UUIDs from a list of databases; none for one that the account does not
    see."""
    uuids = {row["id"]: row.get("uuid") for row in databases}
    return [{**row, "database": _named(row.get("database"), uuids)} for row in rows]


def _named(database: Any, uuids: Mapping[Any, Any]) -> Any:
    if not isinstance(database, Mapping):
        return database
    number = database.get("id")
    return {**database, "uuid": uuids.get(number) if is_id(number) else None}
