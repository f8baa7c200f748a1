# [DEF:schedules.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules as output of commands.
# @RELATION DEPENDS_ON -> core.management.output

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.core.management.base import Options
from apps.core.management.lists import Page, page_output
from apps.core.management.output import Output, table_output
from apps.core.management.program import program
from apps.schedules.cron import explained, moment
from apps.schedules.models import Schedule, ScheduledRun
from apps.schedules.services import audit_facts, coming

ACTIVE, PAUSED = STATES = ("active", "paused")
HEADERS = ("SCHEDULE", "ACTION", "ENVIRONMENT", "WHEN", "NEXT", "LAST")


def schedule_data(schedule: Schedule) -> dict[str, Any]:
    last = schedule.runs.select_related("task").first()
    return {
        "id": schedule.pk,
        **audit_facts(schedule),
        "actor": str(schedule.actor),
        "next_run": schedule.next_run.isoformat() if schedule.next_run else None,
        "last_run": run_data(last) if last else None,
    }


def run_data(run: ScheduledRun) -> dict[str, Any]:
    moments = {name: getattr(run, name) for name in ("slot", "created", "began", "missed_since")}
    return {
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "state": run.state,
        "reason": run.reason,
        "task": run.task_id,
    }


def list_output(page: Page[Schedule], options: Options) -> Output:
    empty = _("No schedules. Add one with `{program} schedule add`.").format(program=program())
    return page_output(page, options, HEADERS, data=schedule_data, cells=_row, empty=empty)


def runs_output(schedule: Schedule, page: Page[ScheduledRun], options: Options) -> Output:
    def cells(run: ScheduledRun) -> tuple[str, ...]:
        due = moment(run.slot, schedule.zone) if run.slot else _("by hand")
        began = moment(run.began, schedule.zone) if run.began else "-"
        return due, run.get_state_display(), str(run.task_id or "-"), began, run.reason or "-"

    headers = ("DUE", "STATE", "TASK", "STARTED", "REASON")
    empty = _("“{name}” has not run yet.").format(name=schedule)
    return page_output(page, options, headers, data=run_data, cells=cells, empty=empty)


def next_output(schedule: Schedule, count: int) -> Output:
    slots = coming(schedule, count)
    rows = [(moment(slot, schedule.zone), f"{slot:%Y-%m-%d %H:%M} UTC") for slot in slots]
    facts = {"cron": schedule.cron, "zone": schedule.zone, "words": explained(schedule.cron)}
    data = facts | {"enabled": schedule.enabled, "slots": [slot.isoformat() for slot in slots]}
    return table_output(data, (explained(schedule.cron), "" if schedule.enabled else _("(paused)")), rows, empty="")


def _row(schedule: Schedule) -> tuple[str, ...]:
    last = schedule.runs.first()
    return (
        schedule.name,
        f"{schedule.plugin}.{schedule.action}",
        schedule.environment.slug if schedule.environment else "-",
        f"{schedule.cron} ({schedule.zone})",
        moment(schedule.next_run, schedule.zone) if schedule.next_run else PAUSED,
        f"{last.get_state_display()}{f' as task {last.task_id}' if last.task_id else ''}" if last else "-",
    )
