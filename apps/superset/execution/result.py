# [DEF:superset.execution.result:Module]
# @COMPLEXITY: 2
# @PURPOSE: The result of a run.

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from apps.superset.assets import Asset
from apps.superset.messages.message import Line
from apps.superset.plan.plan import Note

REPAIRS_NAMED = 500
"""Maximum number of repairs that a result lists."""


@dataclass(frozen=True, slots=True)
class SetReference:
    """A reference that was set after the import: the asset, the place in its document, and both values."""

    asset: str
    field: str
    before: str
    after: str

    @classmethod
    def of(cls, asset: Asset, path: str, before: Any, after: Any) -> SetReference:
        return cls(str(asset), path, *("" if value is None else str(value) for value in (before, after)))


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: the names of the assets it wrote and removed, the number of repaired references and the first of
    them; what was already as wanted, what an undo kept because others had changed it, warnings, and a sentence for each
    aspect of an asset that was set beside its document."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    repaired: int = 0
    repairs: tuple[SetReference, ...] = ()
    verified: bool = True
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    warnings: tuple[Note, ...] = ()
    attached: tuple[str, ...] = ()
    reasons: tuple[Line, ...] = ()
    """Why an apply kept orphans that it was to delete."""

    def with_attached(self, attached: tuple[str, ...], kept: tuple[str, ...]) -> Result:
        return replace(self, attached=attached, kept=(*self.kept, *kept))

    def to_json(self) -> dict[str, Any]:
        facts = {each.name: getattr(self, each.name) for each in fields(self)}
        repairs = [asdict(repair) for repair in self.repairs]
        reasons = [{"text": str(line), "stored": line.stored} for line in self.reasons]
        warnings = [note.to_json() for note in self.warnings]
        return {**facts, "repairs": repairs, "warnings": warnings, "reasons": reasons}
