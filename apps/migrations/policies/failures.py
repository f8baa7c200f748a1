# [DEF:migrations.policies.failures:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which failure of a migration the overview shows, and who may take it off there.
# @RELATION DEPENDS_ON -> tasks.policies
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from apps.migrations.models import Migration, Run
from apps.migrations.policies.planning import require_own_or_operator
from apps.migrations.status import Status, latest_run, status_of
from apps.tasks.policies import require_dismissed
from apps.users.models import User


def failed_run(migration: Migration) -> Run | None:
    """The latest run of its latest plan, if the overview shows it as a failure."""
    run = latest_run(migration)
    failed = run is not None and status_of(migration) in (Status.FAILED, Status.INTERRUPTED)
    return run if failed else None


def require_failure(user: User, migration: Migration, *, dismissed: bool) -> Run:
    """Whoever could apply it again, or planned it, may take its failure off the overview."""
    require_own_or_operator(user, migration)
    run = failed_run(migration)
    require_dismissed(run, dismissed=dismissed)
    assert run
    return run
