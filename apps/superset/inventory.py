# [DEF:superset.inventory:Module]
# @COMPLEXITY: 3
# @PURPOSE: The assets of one environment by UUID and by id: four list reads, no export.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import NAME_FIELDS, Key, Kind
from apps.superset.protocol import Client

NONE: list[Any] = []
NOTHING: Mapping[Kind, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an environment's lists. `row` has its other columns, as received, and its name where `name` is not
    literally that."""

    key: Key
    id: int
    name: str
    row: Mapping[str, Any] = field(repr=False)

    @property
    def label(self) -> str:
        """How a person finds it: by name, or by number if it has none."""
        return f"{self.key.kind} “{self.name}”" if self.name else f"{self.key.kind} {self.id} (without a name)"

    @property
    def slug(self) -> str:
        return str(self.row.get("slug") or "")

    @property
    def dashboard_ids(self) -> list[int]:
        """For a chart: the dashboards it is on."""
        return [row["id"] for row in self.row.get("dashboards") or ()]

    @property
    def table(self) -> tuple[str, str, str, str]:
        """For a dataset: its unique key: database UUID, catalog, schema, table."""
        database = self.row.get("database") or {}
        return (
            str(database.get("uuid") or ""),
            str(self.row.get("catalog") or ""),
            str(self.row.get("schema") or ""),
            str(self.row.get("table_name", self.name) or ""),
        )


@dataclass(frozen=True)
class Inventory:
    """The entries of one environment; lookups in both directions return None if there is no entry."""

    entries: Mapping[Key, Entry]
    provisional: Mapping[int, Key] = field(default_factory=dict)
    """The assets behind provisional numbers that a run has used (see `numbering`)."""

    origin: str = ""
    """The server's own address, if links to it count as links to its assets."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Inventory:
        return cls({entry.key: entry for entry in entries})

    def __post_init__(self) -> None:
        by_id: dict[Kind, dict[int, Key]] = defaultdict(dict)
        for entry in self.entries.values():
            by_id[entry.key.kind][entry.id] = entry.key
        object.__setattr__(self, "_by_id", by_id)

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def get(self, key: Key) -> Entry | None:
        return self.entries.get(key)

    def of_kind(self, kind: Kind) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.key.kind is kind]

    def id_of(self, key: Key) -> int | None:
        entry = self.entries.get(key)
        return entry.id if entry else None

    def key_of(self, kind: Kind, asset_id: int) -> Key | None:
        by_id: dict[Kind, dict[int, Key]] = self._by_id  # type: ignore[attr-defined]
        if (found := by_id[kind].get(asset_id) if kind in by_id else None) is not None:
            return found
        key = self.provisional.get(asset_id)
        return key if key is not None and key.kind is kind and key in self.entries else None

    def ids(self, keys: Iterable[Key]) -> list[int]:
        """The ids of the existing assets among these keys, ascending."""
        return sorted(entry.id for key in keys if (entry := self.entries.get(key)))


def read_inventory(
    client: Client, kinds: Iterable[Kind] = tuple(Kind), *, also: Mapping[Kind, tuple[str, ...]] = NOTHING
) -> Inventory:
    """List all assets of these kinds: one request per hundred. `also` are columns in addition to the identifying
    ones."""
    entries, identity = [], client.profile.columns.identity
    for kind in kinds:
        for row in client.list_rows(kind.value, (*identity[kind], *also.get(kind, ()))):
            name = one_line(row.get(NAME_FIELDS[kind]) or "")
            entries.append(
                Entry(Key(kind, str(row["uuid"]).lower()), row["id"], name, _rest_of(row, name, NAME_FIELDS[kind]))
            )
    return replace(Inventory.of(entries), origin=client.url)


def _rest_of(row: Mapping[str, Any], name: str, name_field: str) -> Mapping[str, Any]:
    """Without what an entry has of its own, and with one empty list for all: an environment has thousands of rows."""
    own = {"id", "uuid", *((name_field,) if row.get(name_field) == name else ())}
    return {column: NONE if value == [] else value for column, value in row.items() if column not in own}
