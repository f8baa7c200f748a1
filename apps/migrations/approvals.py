# [DEF:migrations.approvals:Module]
# @COMPLEXITY: 3
# @PURPOSE: How many have approved the latest plan of a migration, how many it takes, and until when that counts.
# @RELATION DEPENDS_ON -> migrations.models
"""How many have approved the latest plan of a migration, how many it takes, and until when that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

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
    given = plan.decisions.filter(kind=DecisionKind.APPROVE, checksum=plan.checksum) if plan else []
    return Approvals(migration.target.approvals_needed, tuple(given))
