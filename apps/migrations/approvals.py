# [DEF:migrations.approvals:Module]
# @COMPLEXITY: 3
# @PURPOSE: How many have approved the latest plan of a migration, how many it takes, and until when that counts.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> environments.models
"""How many have approved the latest plan of a migration, how many it takes, and until when that counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from apps.environments.models import Environment
from apps.migrations.models import Decision, DecisionKind, Migration


@dataclass(frozen=True, slots=True)
class Approvals:
    """Those of the latest plan, by its checksum."""

    needed: int
    given: tuple[Decision, ...]

    @property
    def enough(self) -> bool:
        return len(self.given) >= self.needed

    @property
    def lacking(self) -> int:
        return max(0, self.needed - len(self.given))

    @property
    def expires(self) -> datetime | None:
        """When the first of them is worth nothing any more; then the migration is a draft again."""
        moment: datetime | None = min((each.at for each in self.given), default=None)
        return moment + settings.APPROVAL_LASTS if moment else None

    @property
    def expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


def approvals_of(migration: Migration) -> Approvals:
    plan = migration.plans.last()
    kinds = (DecisionKind.APPROVE, DecisionKind.SUBMIT)
    said = list(plan.decisions.filter(kind__in=kinds, checksum=plan.checksum)) if plan else []
    given = tuple(each for each in said if each.kind == DecisionKind.APPROVE)
    return Approvals(_needed(migration.target, said), given)


def _needed(target: Environment, said: Iterable[Decision]) -> int:
    """None where the protection is gone for which it was submitted. Whoever asked without having to waits for what
    they asked for."""
    had_to = any(each.needed for each in said)
    return 0 if had_to and not target.protected else target.approvals_needed
