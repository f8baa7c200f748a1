# [DEF:schedules.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on schedules do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page
from apps.tasks.api.operations import TASK

SCHEDULE: dict[str, Any] = {
    "id": 5,
    "name": "nightly",
    "plugin": "catalogue",
    "action": "sync",
    "environment": "prod",
    "cron": "30 2 * * *",
    "zone": "Europe/Berlin",
    "enabled": True,
    "priority": 0,
    "overlap": "skip",
    "missed": "run_once",
    "actor": "ada",
    "next_run": "2026-11-25T01:30:00Z",
    "created": "2026-11-20T08:00:00Z",
}
RUN: dict[str, Any] = {
    "slot": "2026-11-24T01:30:00Z",
    "state": "skipped",
    "reason": "Task 40 had not ended.",
    "seen": "2026-11-24T01:30:01Z",
    "started": None,
    "missed_since": None,
    "task": None,
}
ALLOWED = {"allowed": True, "reason": "", "who": []}
DETAIL: dict[str, Any] = {
    **SCHEDULE,
    "params": {"everything": False, "pause": 0.02},
    "coming": ["2026-11-25T01:30:00Z", "2026-11-26T01:30:00Z"],
    "last_run": RUN,
    "allowed_actions": {
        "edit": ALLOWED,
        "pause": ALLOWED,
        "resume": {"allowed": False, "reason": "“nightly” is already active.", "who": []},
        "run": ALLOWED,
        "remove": ALLOWED,
    },
}

SECTIONS = (
    Section(
        "Schedules",
        _("Actions that start by cron expression."),
        {
            "GET /schedules": Operation("list_schedules", _("List schedules"), response=page(SCHEDULE)),
            "POST /schedules": Operation(
                "add_schedule",
                _("Add a schedule"),
                _("It runs on behalf of the caller."),
                request={
                    "name": "nightly",
                    "plugin": "catalogue",
                    "action": "sync",
                    "environment": "prod",
                    "cron": "30 2 * * *",
                    "zone": "Europe/Berlin",
                },
                response=DETAIL,
            ),
            "GET /schedules/{id}": Operation("get_schedule", _("Get a schedule"), response=DETAIL),
            "PATCH /schedules/{id}": Operation(
                "edit_schedule",
                _("Edit a schedule"),
                _("Fields that are not sent keep their values. From then on it runs on behalf of the caller."),
                request={"cron": "0 4 * * *"},
                response=DETAIL,
            ),
            "DELETE /schedules/{id}": Operation("remove_schedule", _("Remove a schedule"), _("Its tasks stay.")),
            "GET /schedules/{id}/runs": Operation(
                "list_schedule_runs", _("List the runs of a schedule"), _("The latest first."), response=page(RUN)
            ),
            "POST /schedules/{id}/pause": Operation(
                "pause_schedule", _("Pause a schedule"), _("Until it is resumed."), response=DETAIL
            ),
            "POST /schedules/{id}/resume": Operation(
                "resume_schedule",
                _("Resume a schedule"),
                _("Slots that were due during the pause are skipped."),
                response=DETAIL,
            ),
            "POST /schedules/{id}/dismiss": Operation(
                "dismiss_schedule",
                _("Dismiss a run that could not start"),
                _("Takes it off the overview, for everybody."),
                response=DETAIL,
            ),
            "POST /schedules/{id}/restore": Operation(
                "restore_schedule",
                _("Restore a dismissed run"),
                _("Shows it on the overview again."),
                response=DETAIL,
            ),
            "POST /schedules/{id}/run": Operation(
                "run_schedule", _("Run a schedule now"), _("Once, even if it is paused. Starts a task."), response=TASK
            ),
        },
    ),
)
