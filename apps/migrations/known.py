# [DEF:migrations.known:Module]
# @COMPLEXITY: 3
# @PURPOSE: All that the policies ask of a migration, where it was read at once for an answer about many.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> freezes.models
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> tasks.models
"""A migration that has it is asked no longer from the database. So it is for what is shown only: whoever does something
reads the migration again, under its lock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.audit.models import AuditEntry
from apps.freezes.models import FreezeWindow
from apps.migrations.models import (
    COUNTING,
    JUDGEMENTS,
    WENT_WRONG,
    Decision,
    DecisionKind,
    Migration,
    PlanRecord,
    Run,
    RunKind,
    RunState,
)
from apps.tasks.models import Task

Edits = Callable[[], Mapping[int, Sequence[AuditEntry]]]
"""By number of the environment: what the audit has of its edits, the oldest first, where that was read before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of one migration; each list in the order in which it came about."""

    plans: Sequence[PlanRecord]
    """Without their documents."""

    decisions: Sequence[Decision]
    runs: Sequence[Run]
    task: Task | None
    """The open one that does something with it."""

    answered: frozenset[int]
    """Who answered a question of one of its plans."""

    windows: Sequence[FreezeWindow]
    """Those that count for its target."""

    edits: Edits

    @property
    def plan(self) -> PlanRecord | None:
        return self.plans[-1] if self.plans else None

    @property
    def hands(self) -> set[int | None]:
        """Who planned or submitted it; its author may not be among them."""
        submitted = {each.actor_id for each in self.decisions if each.kind == DecisionKind.SUBMIT}
        return {each.actor_id for each in self.plans} | submitted

    @property
    def latest_run(self) -> Run | None:
        found = [run for run in self.runs if self.plan and run.plan_id == self.plan.pk and _counts(run)]
        return found[-1] if found else None

    @property
    def left_on_target(self) -> Run | None:
        last = next((run for run in reversed(self.runs) if _wrote(run) or _undid(run)), None)
        return None if last is None or _undid(last) else last

    @property
    def said(self) -> list[Decision]:
        return [each for each in self._of_plan(COUNTING) if self.plan and each.checksum == self.plan.checksum]

    @property
    def judgements(self) -> list[Decision]:
        return self._of_plan(JUDGEMENTS)

    @property
    def returned(self) -> Decision | None:
        found = self._of_plan((DecisionKind.RETURN,))
        return found[-1] if found else None

    def _of_plan(self, kinds: Collection[str]) -> list[Decision]:
        return [each for each in self.decisions if self.plan and each.plan_id == self.plan.pk and each.kind in kinds]


def _counts(run: Run) -> bool:
    return run.kind != RunKind.ROLLBACK or run.state not in WENT_WRONG or _wrote(run)


def _undid(run: Run) -> bool:
    return (run.kind, run.state) == (RunKind.ROLLBACK, RunState.SUCCEEDED)


def _wrote(run: Any) -> bool:
    return bool(run.wrote)


def known_of(migration: Migration) -> Known | None:
    known = migration.known
    return known if isinstance(known, Known) else None
