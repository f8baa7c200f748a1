# [DEF:schedules.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what with a schedule, and why not.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> tasks.policies

from __future__ import annotations

from functools import partial

from apps.core.errors import Conflict, NothingToDo
from apps.core.policies import Verdict, verdicts
from apps.schedules import messages
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.runs import occupied_by
from apps.tasks.policies import require_dismissed, require_still_startable
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
        dismiss=partial(require_failure, user, schedule, dismissed=False),
        restore=partial(require_failure, user, schedule, dismissed=True),
    )


def require_editable(user: User, schedule: Schedule) -> None:
    require(user, EDIT, *([schedule.environment] if schedule.environment else []))


def refused_run(schedule: Schedule) -> ScheduledRun | None:
    """Its last run, if that could not start."""
    run = schedule.runs.select_related("dismissed_by").first()
    return run if run and run.state == ScheduledRunState.REFUSED else None


def require_failure(user: User, schedule: Schedule, *, dismissed: bool) -> ScheduledRun:
    require_editable(user, schedule)
    run = refused_run(schedule)
    require_dismissed(run, dismissed=dismissed)
    assert run
    return run


def require_resumable(user: User, schedule: Schedule) -> None:
    """The user must be permitted what it does, with its parameters: it then runs on their behalf."""
    require_editable(user, schedule)
    require_still_startable(user, schedule.plugin, schedule.action, schedule.environment, schedule.params, now=False)


def require_runnable_now(user: User, schedule: Schedule) -> None:
    require_editable(user, schedule)
    require_still_startable(user, schedule.plugin, schedule.action, schedule.environment, schedule.params)
    if task := occupied_by(schedule):
        raise Conflict(messages.RUN_IS_OPEN.format(number=task.pk, name=schedule))


def _require_switchable(user: User, schedule: Schedule, *, enabled: bool) -> None:
    require_editable(user, schedule)
    if schedule.enabled is enabled:
        raise NothingToDo((messages.ALREADY_ACTIVE if enabled else messages.ALREADY_PAUSED).format(name=schedule))
    if enabled:
        require_resumable(user, schedule)
