# [DEF:schedules.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules as output of commands.
# @RELATION DEPENDS_ON -> core.management.output

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.core.management.output import Output, table_output
from apps.core.management.program import program
from apps.schedules.cron import explained, moment
from apps.schedules.models import Schedule, ScheduledRun
from apps.schedules.services import audit_facts, coming

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


def list_output(schedules: list[Schedule]) -> Output:
    data = [schedule_data(schedule) for schedule in schedules]
    rows = [_row(schedule, facts) for schedule, facts in zip(schedules, data, strict=True)]
    return table_output(
        data, HEADERS, rows, empty=_("No schedules. Add one with `{program} schedule add`.").format(program=program())
    )


def next_output(schedule: Schedule, count: int) -> Output:
    slots = coming(schedule, count)
    rows = [(moment(slot, schedule.zone), f"{slot:%Y-%m-%d %H:%M} UTC") for slot in slots]
    facts = {"cron": schedule.cron, "zone": schedule.zone, "words": explained(schedule.cron)}
    data = facts | {"enabled": schedule.enabled, "slots": [slot.isoformat() for slot in slots]}
    return table_output(data, (explained(schedule.cron), "" if schedule.enabled else _("(paused)")), rows, empty="")


def _row(schedule: Schedule, facts: dict[str, Any]) -> tuple[str, ...]:
    last = facts["last_run"]
    return (
        schedule.name,
        f"{schedule.plugin}.{schedule.action}",
        facts["environment"] or "-",
        f"{schedule.cron} ({schedule.zone})",
        moment(schedule.next_run, schedule.zone) if schedule.next_run else "paused",
        f"{last['state']}{' as task ' + str(last['task']) if last['task'] else ''}" if last else "-",
    )
