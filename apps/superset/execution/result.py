# [DEF:superset.execution.result:Module]
# @COMPLEXITY: 2
# @PURPOSE: The result of a run.

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from apps.superset.plan.plan import Note


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: the names of the assets it wrote and removed, the number of repaired references; what was already
    as wanted, what an undo kept because others had changed it, and warnings."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    repaired: int = 0
    verified: bool = True
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    warnings: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        facts = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**facts, "warnings": [note.to_json() for note in self.warnings]}
