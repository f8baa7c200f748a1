# [DEF:superset.plan.annex:Module]
# @COMPLEXITY: 2
# @PURPOSE: What readers are shown beside a plan: ids on both sides, what each asset is made of, who else uses it.
"""Not part of the plan or its checksum: nothing is carried out by it, and plans without one still open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.superset.assets import Key

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Named:
    """An asset of one environment: its key, its id there, its name."""

    key: Key
    id: int | None
    name: str = ""

    def to_json(self) -> list[Any]:
        return [str(self.key), self.id, self.name]

    @classmethod
    def from_json(cls, data: list[Any]) -> Named:
        return cls(Key.parse(data[0]), data[1], data[2])


@dataclass(frozen=True, slots=True)
class Entry:
    """Beside one change. `source` and `target` are None where the asset does not exist; `depends_on` are assets of the
    plan; `used_by` the dashboards of `Change.used_by`; `hidden` counts the differing values that are not compared."""

    source: Named | None = None
    target: Named | None = None
    depends_on: tuple[Key, ...] = ()
    used_by: tuple[Named, ...] = ()
    hidden: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source.to_json() if self.source else None,
            "target": self.target.to_json() if self.target else None,
            "depends_on": [str(key) for key in self.depends_on],
            "used_by": [each.to_json() for each in self.used_by],
            "hidden": self.hidden,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Entry:
        source, target = (Named.from_json(data[side]) if data[side] else None for side in ("source", "target"))
        keys = tuple(map(Key.parse, data["depends_on"]))
        return cls(source, target, keys, tuple(map(Named.from_json, data["used_by"])), data["hidden"])


@dataclass(frozen=True, slots=True)
class Annex:
    """By key of the target."""

    entries: Mapping[Key, Entry] = field(default_factory=dict)

    def of(self, key: Key) -> Entry | None:
        return self.entries.get(key)

    def to_text(self) -> str:
        entries = {str(key): entry.to_json() for key, entry in self.entries.items()}
        return json.dumps({"format": FORMAT, "entries": entries}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Annex:
        """The inverse of `to_text`; an empty one for no text and for a format that this version does not read."""
        data = json.loads(text) if text else {}
        if data.get("format") != FORMAT:
            return cls()
        return cls({Key.parse(key): Entry.from_json(entry) for key, entry in data["entries"].items()})
