# [DEF:overview.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations of the application's frame do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section
from apps.environments.api.operations import ROW
from apps.tasks.api.operations import LISTED, WELL

NAMED = ("slug", "name", "tier", "protected", "enabled", "state", "release", "url", "last_contact")
BRIEF: dict[str, Any] = {name: ROW[name] for name in (*NAMED, "catalogue", "writing", "freeze")}
HEALTH = {"ok": True, "worker": WELL, "scheduler": WELL, "storage": {**WELL, "seen": None}}

SECTIONS = (
    Section(
        "Overview",
        _("What every page of the application shows around itself, and its search."),
        {
            "GET /activity": Operation(
                "get_activity",
                _("Get the activity"),
                _(
                    "Tasks that run, wait or have just ended, what waits for you, the environments, and the health of "
                    "Lockstep, in one request. Of what you may see."
                ),
                response={
                    "running": 0,
                    "queued": 1,
                    "waiting": 0,
                    "decisions": 2,
                    "tasks": [LISTED],
                    "environments": [BRIEF],
                    "health": HEALTH,
                },
            ),
            "GET /search": Operation(
                "search",
                _("Search"),
                _("Assets, migrations, tasks and environments, at most 30. Of what you may see."),
                response={
                    "results": [
                        {
                            "type": "dashboard",
                            "title": "World Bank's Data",
                            "hint": "prod",
                            "environment": "prod",
                            "id": "19eb5db6-5ec5-4f18-b3c8-b66a035e430d",
                        }
                    ]
                },
            ),
        },
    ),
)
