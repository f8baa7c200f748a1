# [DEF:tasks.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on tasks do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page

LISTED: dict[str, Any] = {
    "id": 41,
    "plugin": "catalogue",
    "action": "sync",
    "environment": "prod",
    "environment_name": "prod",
    "state": "queued",
    "actor": "ada",
    "priority": 0,
    "created": "2026-11-24T21:59:59Z",
    "started": None,
    "finished": None,
    "attempts": 0,
    "title": "Sync prod",
    "migration": None,
    "allowed_actions": {
        "cancel": {"allowed": True, "reason": "", "who": []},
        "retry": {"allowed": False, "reason": "Task 41 is queued. It can be retried once it has ended.", "who": []},
        "answer": {"allowed": False, "reason": "Task 41 has no open question: it is queued.", "who": []},
        "dismiss": {"allowed": False, "reason": "There is no failure to dismiss.", "who": []},
    },
}
STAGE: dict[str, Any] = {
    "name": "list",
    "label": "Read the lists",
    "number": 1,
    "total": 2,
    "state": "waiting",
    "started": None,
    "finished": None,
    "note": "",
}
TASK: dict[str, Any] = {
    **LISTED,
    "host": "",
    "pid": None,
    "heartbeat": None,
    "cancel_requested": None,
    "retry_of": None,
    "retries": [],
    "needs": [],
    "waiting_reason": "",
    "params": {"everything": False, "pause": 0.02},
    "stages": [STAGE, {**STAGE, "name": "hash", "label": "Compute the content hashes", "number": 2}],
    "progress": None,
    "result": None,
    "error": None,
    "artifacts": [],
    "pause": None,
    "dismissed": None,
    "dismissed_by": None,
}
"""The response to each request that starts a task."""

FAILED: dict[str, Any] = {
    **TASK,
    "state": "failed",
    "started": "2026-11-24T22:00:00Z",
    "finished": "2026-11-24T22:00:05Z",
    "attempts": 1,
    "error": {
        "kind": "unreachable",
        "sentence": "prod: no answer.",
        "context": {},
        "line": 12,
        "next_steps": [{"text": "Retry the task.", "action": "retry", "migration": None}],
    },
    "dismissed": "2026-11-24T22:30:00Z",
    "dismissed_by": "ada",
}

LINE = {
    "seq": 7,
    "at": "2026-11-24T22:00:05.250000Z",
    "level": "info",
    "source": "catalogue",
    "text": "34 charts read",
    "facts": {"kind": "chart", "count": 34},
}
WELL = {"ok": True, "seen": "2026-11-24T22:00:05Z", "sentence": "", "next_step": ""}

SECTIONS = (
    Section(
        "Tasks",
        _("Runs of actions. What asks a Superset is a task: follow it here until it has ended."),
        {
            "GET /tasks": Operation(
                "list_tasks", _("List tasks"), _("Tasks that you may see, the latest first."), response=page(LISTED)
            ),
            "GET /tasks/{id}": Operation(
                "get_task",
                _("Get a task"),
                _("Poll it until its state is `succeeded`, `failed`, `cancelled`, `timed_out` or `interrupted`."),
                response=TASK,
            ),
            "GET /tasks/{id}/lines": Operation(
                "list_task_lines",
                _("Read the log of a task"),
                _("Lines after a number, in order. Repeat with `last` as `after` until `ended`."),
                response={"lines": [LINE], "last": 7, "state": "running", "ended": False},
            ),
            "GET /tasks/{id}/lines/count": Operation(
                "count_task_lines",
                _("Count the log lines of a task"),
                _("The number of lines by level and by source."),
                response={"total": 7, "levels": {"info": 6, "warning": 1}, "sources": {"catalogue": 7}},
            ),
            "GET /tasks/{id}/lines/text": Operation(
                "download_task_lines",
                _("Download the log of a task"),
                _("All or selected lines as a text file."),
                response="2026-11-24 22:00:05 info catalogue: 34 charts read\n",
            ),
            "GET /tasks/{id}/artifacts/{name}": Operation(
                "download_task_file", _("Download a file of a task"), _("The name is one of the task's `artifacts`.")
            ),
            "POST /tasks/{id}/cancel": Operation(
                "cancel_task",
                _("Cancel a task"),
                _("A running task stops as soon as it can: a write that was sent is awaited."),
                response=TASK,
            ),
            "POST /tasks/{id}/retry": Operation(
                "retry_task", _("Retry a task"), _("Starts a new task with the same parameters."), response=TASK
            ),
            "POST /tasks/{id}/dismiss": Operation(
                "dismiss_task",
                _("Dismiss a failed task"),
                _("Takes it off the overview, for everybody."),
                response=FAILED,
            ),
            "POST /tasks/{id}/restore": Operation(
                "restore_task",
                _("Restore a dismissed task"),
                _("Shows it on the overview again."),
                response={**FAILED, "dismissed": None, "dismissed_by": None},
            ),
            "POST /tasks/{id}/answer": Operation(
                "answer_task",
                _("Answer the question of a task"),
                _("The task goes on with the answers. Secrets are used once and never shown."),
                request={"answers": {"database_examples": "warehouse"}},
                response=TASK,
            ),
            "POST /plugins/{slug}/actions/{action}/run": Operation(
                "run_action",
                _("Run an action of a plugin"),
                _("Starts a task. The parameters are those of the action's `params_schema`."),
                request={"environment": "prod", "params": {"everything": True}},
                response=TASK,
            ),
        },
    ),
    Section(
        "Health",
        _("Whether Lockstep works. Probes without a sign-in are `/healthz` and `/readyz`."),
        {
            "GET /health": Operation(
                "get_health",
                _("Get the health of Lockstep"),
                _("Whether a worker runs tasks, schedules start and changes can be stored; if not, what to do."),
                response={"ok": True, "worker": WELL, "scheduler": WELL, "storage": {**WELL, "seen": None}},
            ),
        },
    ),
)
