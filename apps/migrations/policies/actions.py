# [DEF:migrations.policies.actions:Module]
# @COMPLEXITY: 3
# @PURPOSE: What this user may do with this migration now, and why not the rest.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from functools import partial

from apps.core.policies import Verdict, verdicts
from apps.migrations.models import Migration
from apps.migrations.policies.decisions import (
    require_approvable,
    require_commentable,
    require_rejectable,
    require_submittable,
    require_withdrawable,
)
from apps.migrations.policies.execution import require_applicable, require_overridable, require_undoable
from apps.migrations.policies.failures import require_failure
from apps.migrations.policies.planning import require_replannable
from apps.users.models import User


def allowed_actions(user: User, migration: Migration) -> dict[str, Verdict]:
    return verdicts(
        replan=partial(require_replannable, user, migration),
        submit=partial(require_submittable, user, migration),
        approve=partial(require_approvable, user, migration),
        reject=partial(require_rejectable, user, migration),
        withdraw=partial(require_withdrawable, user, migration),
        comment=partial(require_commentable, user, migration),
        apply=partial(require_applicable, user, migration),
        override=partial(require_overridable, user, migration),
        rollback=partial(require_undoable, user, migration),
        dismiss=partial(require_failure, user, migration, dismissed=False),
        restore=partial(require_failure, user, migration, dismissed=True),
    )
