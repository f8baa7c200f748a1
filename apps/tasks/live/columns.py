# [DEF:tasks.live.columns:Module]
# @COMPLEXITY: 2
# @PURPOSE: The columns of tasks and lines that every surface shows.

from __future__ import annotations

TASK = {
    "id": "id",
    "plugin": "plugin",
    "action": "action",
    "environment": "environment__slug",
    "environment_name": "environment_name",
    "state": "state",
    "actor": "actor__username",
    "priority": "priority",
    "created": "created",
    "started": "started",
    "finished": "finished",
    "attempts": "attempts",
}
"""What a list shows of a task, and where that is stored."""

WATCHED = ("id", "state", "attempts", "started", "finished", "progress")
"""What may change while a task runs, besides its title, its migration and its stages."""

LINE = ("seq", "at", "level", "source", "text", "facts")
