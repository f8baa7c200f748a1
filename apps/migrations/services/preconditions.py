# [DEF:migrations.services.preconditions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether a run may still write, asked again right before its first request leaves.
# @RELATION CALLS -> migrations.policies.execution
# @RELATION CALLS -> freezes.policies
# @RELATION CALLS -> audit.services
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> superset.protocol

from __future__ import annotations

from apps.audit.services import record
from apps.core.errors import Conflict
from apps.core.sentences import Sentence
from apps.freezes.policies import Freeze, freeze_of
from apps.migrations import messages
from apps.migrations.models import Migration, Run
from apps.migrations.policies.execution import require_ready, require_thawed
from apps.migrations.policies.state import require_usable
from apps.migrations.servers import require_same_target
from apps.migrations.services.planning import get_migration, latest_plan
from apps.superset.protocol import Reporter
from apps.users.models import User
from apps.users.policies import require


class StillReady:
    """Raises where a run may not write any more. An overridden freeze is recorded once."""

    def __init__(self, run: Run, override: str, reporter: Reporter) -> None:
        self._run, self._override, self._reporter = run, override, reporter
        self._recorded = False

    def __call__(self) -> None:
        run, migration = self._run, get_migration(self._run.migration_id)
        require_ready(migration)
        if latest_plan(migration) != run.plan:
            raise Conflict(messages.PLANNED_AGAIN.format(number=migration.pk))
        actor = User.objects.get(pk=run.actor_id)  # as it is now: grants are taken away meanwhile
        require(actor, "migrations.apply", migration.target)
        require_thawed(actor, migration.target, self._override)
        if not self._recorded and (freeze := freeze_of(migration.target)):
            self._record_override(migration, freeze)

    def _record_override(self, migration: Migration, freeze: Freeze) -> None:
        run, why = self._run, self._override
        facts = {"run": run.pk, "freeze": str(freeze.window), "until": freeze.until.isoformat(), "reason": why}
        record(actor=run.actor, action="migration.override", target=migration, after=facts)
        self._recorded = True
        freeze_facts = {"until": freeze.until_local, "window": freeze.window}
        self._reporter.log(Sentence(messages.OVERRIDE, **freeze_facts, user=run.actor, why=why), level="warning")


class StillAllowed:
    """Raises where an undo may not write any more."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __call__(self) -> None:
        migration = get_migration(self._run.migration_id)
        require_usable(migration.target)
        require_same_target(self._run.plan, migration.target)
        require(User.objects.get(pk=self._run.actor_id), "migrations.rollback", migration.target)
