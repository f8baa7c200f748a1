"""Who may do what to which migration, and why not."""

from __future__ import annotations

from apps.core.errors import LockstepError
from apps.environments.models import Environment
from apps.migrations.models import HumanState, Migration
from apps.migrations.states import READY


class Refused(LockstepError):
    """It may not be done."""

    kind = "not_allowed"


def require_writable(target: Environment) -> None:
    """Until roles and approvals exist, nobody may write to a protected target."""
    if target.protected:
        raise Refused(
            f"“{target}” is protected: its changes need an approval, and approvals are not built yet. Nothing was "
            f"written; to allow it, an administrator runs `manage.py environment edit {target} --no-protected`."
        )


def require_ready(migration: Migration) -> None:
    if HumanState(migration.state) not in READY:
        raise Refused(f"Migration {migration.pk} is {migration.state}: only a planned one can be applied.")
