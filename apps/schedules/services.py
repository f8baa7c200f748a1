# [DEF:schedules.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: Adds, changes, pauses and removes schedules, and runs one by hand.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> plugins.params
# @RELATION DEPENDS_ON -> tasks.policies

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.services import record
from apps.core.advice import advise
from apps.core.concurrency import locked
from apps.core.errors import Conflict, LockstepError, NothingToDo, NotThere
from apps.core.sentences import Sentence
from apps.core.validation import errors_inside
from apps.plugins.base import Action
from apps.plugins.params import parse, to_json
from apps.plugins.policies import require_permitted, require_possible_now, require_runnable
from apps.schedules import messages
from apps.schedules.cron import next_slot, refuse_bad_cron, refuse_bad_zone, slots_after
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.policies import require_editable, require_failure, require_resumable, require_runnable_now
from apps.schedules.runs import start_scheduled
from apps.tasks.dismissal import set_dismissed
from apps.tasks.policies import require_environment, require_matching_environment
from apps.users.models import User

EDITABLE = ("name", "plugin", "action", "params", "environment", "cron", "zone", "priority", "overlap", "missed")
FACTS = (*EDITABLE, "enabled")


def create_schedule(*, actor: User, **facts: Any) -> Schedule:
    """Facts are those of FACTS. ValidationError by their names; parameters as `params.NAME`."""
    schedule = Schedule(**facts, actor=actor)
    require_editable(actor, schedule)
    _check(schedule)
    schedule.next_run = _first(schedule) if schedule.enabled else None
    with transaction.atomic():
        _save(schedule)
        record(actor=actor, action="schedule.add", target=schedule, after=audit_facts(schedule))
    return schedule


def edit_schedule(*, actor: User, schedule: Schedule, **changes: Any) -> dict[str, Any]:
    """Change some of EDITABLE; from then on it runs on behalf of this user. Returns what is different.

    Slots that were due before the change and not looked at yet are skipped.
    """
    require_editable(actor, schedule)
    with transaction.atomic():
        row = _locked(schedule)
        before = audit_facts(row)
        for name, value in changes.items():
            setattr(row, name, value)
        row.actor = actor
        require_editable(actor, row)
        _check(row)
        different = {name: value for name, value in audit_facts(row).items() if before[name] != value}
        if different:
            row.next_run = _first(row) if row.enabled else None
            _save(row)
            old = {name: before[name] for name in different}
            record(actor=actor, action="schedule.edit", target=row, before=old, after=different)
    schedule.refresh_from_db()
    return different


def set_enabled(*, actor: User, schedule: Schedule, enabled: bool) -> bool:
    """Pause or resume it; False if nothing changed. Slots during a pause are skipped, and so is a waiting run.

    To resume it the user must be permitted what it does: from then on it runs on their behalf.
    """
    require_editable(actor, schedule)
    with transaction.atomic():
        row = _locked(schedule)
        changed = row.enabled is not enabled
        if changed:
            if enabled:
                require_resumable(actor, row)
                row.actor = actor
            row.enabled = enabled
            row.next_run = _first(row) if enabled else None
            row.save(update_fields=["enabled", "next_run", "actor"])
            waiting = row.runs.filter(state=ScheduledRunState.WAITING)
            waiting.update(state=ScheduledRunState.SKIPPED, reason=Sentence(messages.PAUSED_MEANWHILE))
            action = "schedule.resume" if enabled else "schedule.pause"
            record(actor=actor, action=action, target=row, after={"enabled": enabled, "on_behalf_of": str(row.actor)})
    schedule.refresh_from_db()
    return changed


def remove_schedule(*, actor: User, schedule: Schedule) -> None:
    """Its tasks stay."""
    require_editable(actor, schedule)
    with transaction.atomic():
        record(actor=actor, action="schedule.remove", target=schedule, before=audit_facts(schedule))
        schedule.delete()


def run_now(*, actor: User, schedule: Schedule) -> ScheduledRun:
    """One extra run on behalf of this user, even if it is paused."""
    with transaction.atomic():
        row = _locked(schedule)
        require_runnable_now(actor, row)
        task = start_scheduled(row, actor)
        return ScheduledRun.objects.create(schedule=row, state=ScheduledRunState.STARTED, task=task)


def get_schedule(name: str, *, user: User | None = None) -> Schedule:
    """With a user, only if they may see it."""
    seen = Schedule.objects.visible_to(user) if user else Schedule.objects.all()
    found = seen.select_related("environment", "actor").filter(name=name).first()
    if found is None:
        raise NotThere(messages.NO_SCHEDULE.format(name=name), advice=advise("schedules.list"))
    return found


def coming(schedule: Schedule, count: int = 5) -> list[datetime]:
    """The next slots, also of a paused schedule."""
    return slots_after(timezone.now(), cron=schedule.cron, zone=schedule.zone, count=count)


def audit_facts(schedule: Schedule) -> dict[str, Any]:
    facts = {name: getattr(schedule, name) for name in FACTS}
    return facts | {"environment": schedule.environment.slug if schedule.environment else None}


def _first(schedule: Schedule) -> datetime | None:
    return next_slot(timezone.now(), cron=schedule.cron, zone=schedule.zone)


def _locked(schedule: Schedule) -> Schedule:
    found = Schedule.objects.select_for_update(of=("self",)).filter(pk=schedule.pk).first()
    if found is None:
        raise NotThere(messages.SCHEDULE_REMOVED.format(name=schedule))
    return found


def _save(schedule: Schedule) -> None:
    if schedule.environment is not None:
        locked(schedule.environment)  # so that it is not removed meanwhile
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError:
        raise Conflict(messages.NAME_TAKEN.format(name=schedule.name)) from None


def _check(schedule: Schedule) -> None:
    """ValidationError by the names of what is wrong."""
    schedule.name, schedule.cron = schedule.name.strip(), " ".join(schedule.cron.split())
    errors: dict[str, Any] = {}
    for name, check in (("cron", refuse_bad_cron), ("zone", refuse_bad_zone)):
        try:
            check(getattr(schedule, name))
        except ValueError as error:
            errors[name] = [str(error)]
    errors |= _action_errors(schedule)
    try:
        schedule.clean_fields(exclude=["actor", "environment", "params", "next_run", *errors])
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ValidationError(errors)


def _action_errors(schedule: Schedule) -> dict[str, Any]:
    """Of the action, its environment and its parameters, which are completed with their defaults."""
    try:
        action = require_runnable(
            schedule.actor, schedule.plugin, schedule.action, schedule.environment, schedule.params
        )
    except LockstepError as error:
        return {"action": [str(error)]}
    try:
        require_environment(action, schedule.plugin, schedule.environment)
    except LockstepError as error:
        return {"environment": [str(error)]}
    try:
        require_permitted(schedule.actor, action, schedule.params)
        _require_something_to_do(schedule, action)
    except ValidationError as error:
        return errors_inside("params", error)
    except LockstepError as error:
        return {"params": [str(error)]}
    try:
        require_matching_environment(action, schedule.plugin, schedule.environment, schedule.params)
    except LockstepError as error:
        return {"environment": [str(error)]}
    schedule.params = to_json(parse(action.params, schedule.params))
    return {}


def _require_something_to_do(schedule: Schedule, action: Action) -> None:
    """What prevents it now may be gone when it is due; what is already done is not."""
    try:
        require_possible_now(schedule.actor, action, schedule.params)
    except NothingToDo:
        raise
    except LockstepError:
        return


def dismiss(*, actor: User, schedule: Schedule, undo: bool = False) -> None:
    """Take the refusal of its last run off the overview, or back."""
    run = require_failure(actor, schedule, dismissed=undo)
    set_dismissed(actor=actor, row=run, target=schedule, dismissed=not undo)
