# [DEF:schedules.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: What may be done with a schedule, and why not.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> tasks.policies

from __future__ import annotations

from functools import partial

from apps.core.errors import Conflict, NothingToDo
from apps.core.policies import Verdict, verdicts
from apps.schedules.models import Schedule
from apps.schedules.runs import occupied_by
from apps.tasks.policies import require_still_startable
from apps.users.models import User
from apps.users.policies import require

EDIT = "schedules.edit"


def allowed_actions(user: User, schedule: Schedule) -> dict[str, Verdict]:
    return verdicts(
        edit=partial(require_editable, user, schedule),
        pause=partial(_require_switchable, user, schedule, enabled=False),
        resume=partial(_require_switchable, user, schedule, enabled=True),
        run=partial(require_runnable_now, user, schedule),
        remove=partial(require_editable, user, schedule),
    )


def require_editable(user: User, schedule: Schedule) -> None:
    require(user, EDIT, *([schedule.environment] if schedule.environment else []))


def require_resumable(user: User, schedule: Schedule) -> None:
    """Who switches it on has to be permitted what it does, with its parameters: it runs on their behalf then."""
    require_editable(user, schedule)
    require_still_startable(user, schedule.plugin, schedule.action, schedule.environment, schedule.params, now=False)


def require_runnable_now(user: User, schedule: Schedule) -> None:
    require_editable(user, schedule)
    require_still_startable(user, schedule.plugin, schedule.action, schedule.environment, schedule.params)
    if task := occupied_by(schedule):
        raise Conflict(f"Task {task.pk} of “{schedule}” has not ended: wait for its end, or cancel it.")


def _require_switchable(user: User, schedule: Schedule, *, enabled: bool) -> None:
    require_editable(user, schedule)
    if schedule.enabled is enabled:
        raise NothingToDo(f"“{schedule}” {'runs' if enabled else 'is paused'} already.")
    if enabled:
        require_resumable(user, schedule)
