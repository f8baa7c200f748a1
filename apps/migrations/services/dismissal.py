# [DEF:migrations.services.dismissal:Module]
# @COMPLEXITY: 3
# @PURPOSE: Takes the failure of a migration off the overview, and back.
# @RELATION CALLS -> migrations.policies.failures
# @RELATION CALLS -> tasks.dismissal
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from apps.migrations.models import Migration
from apps.migrations.policies.failures import require_failure
from apps.tasks.dismissal import set_dismissed
from apps.users.models import User


def dismiss(*, actor: User, migration: Migration, undo: bool = False) -> None:
    """Of its latest run. The status stays what it is, and the next run that fails shows again."""
    run = require_failure(actor, migration, dismissed=undo)
    set_dismissed(actor=actor, row=run, target=migration, dismissed=not undo)
