# [DEF:migrations.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on migrations do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page
from apps.tasks.api.operations import TASK

CHECKSUM = "d55ed762ebd01d2bcec2afada376e70d859c59cf27bd56f451dd5bef3624d588"
HASH = "345a641ac7f389562738798efb88185f22b8f5c996d3f0e86e53f974a682d3a3"
ALLOWED = {"allowed": True, "reason": ""}
PLAN: dict[str, Any] = {
    "format": 1,
    "source": {"environment": "dev", "release": "6.1.0"},
    "target": {"environment": "prod", "release": "6.1.0"},
    "dashboards": ["dashboard/02543e07-662c-46be-bb04-fe5afbe1a86c"],
    "databases": [],
    "changes": [
        {
            "kind": "dashboard",
            "uuid": "02543e07-662c-46be-bb04-fe5afbe1a86c",
            "name": "USA Births Names",
            "action": "create",
            "before": None,
            "after": HASH,
            "differences": [],
            "used_by": [],
        }
    ],
    "warnings": [],
    "losses": [],
    "content": HASH,
    "acknowledged": [],
    "checksum": CHECKSUM,
    "pending": True,
}
LISTED: dict[str, Any] = {
    "id": 12,
    "title": "USA Births Names",
    "source": "dev",
    "target": "prod",
    "status": "planned",
    "state": "planned",
    "author": "ada",
    "created": "2026-11-24T22:00:05Z",
    "task": 41,
}
DETAIL: dict[str, Any] = {
    **LISTED,
    "selection": {"names": ["births"], "everything": False},
    "plan": PLAN,
    "approvals": {"needed": 0, "given": 0, "expires": None, "expired": False, "fallen": []},
    "decisions": [],
    "runs": [],
    "allowed_actions": {"apply": ALLOWED, "withdraw": ALLOWED},
}
NOTE = {"note": "As agreed with the finance team."}

SECTIONS = (
    Section(
        "Migrations",
        _("Assets on their way between environments: plan, approve, apply, roll back. Plans and runs are tasks."),
        {
            "GET /migrations": Operation(
                "list_migrations", _("List migrations"), _("The latest first."), response=page(LISTED)
            ),
            "POST /migrations/plan": Operation(
                "plan_migration",
                _("Plan a migration"),
                _(
                    "Starts a task that compares source and target. Nothing is written to either. The `result` of the "
                    "task has the number of the migration."
                ),
                request={"source": "dev", "target": "prod", "dashboards": ["births"]},
                response=TASK,
            ),
            "GET /migrations/{id}": Operation(
                "get_migration", _("Get a migration"), _("With its latest plan, decisions and runs."), response=DETAIL
            ),
            "POST /migrations/{id}/replan": Operation(
                "replan_migration",
                _("Plan a migration again"),
                _("Starts a task. The new plan replaces the old one; decisions on that are void."),
                request={"acknowledge": []},
                response=TASK,
            ),
            "POST /migrations/{id}/submit": Operation(
                "submit_migration", _("Submit a plan for approval"), request=NOTE, response=DETAIL
            ),
            "POST /migrations/{id}/approve": Operation(
                "approve_migration",
                _("Approve a plan"),
                _("The plan with this checksum. Nobody can approve what they planned or submitted, or decide twice."),
                request={"checksum": CHECKSUM, **NOTE},
                response=DETAIL,
            ),
            "POST /migrations/{id}/reject": Operation(
                "reject_migration",
                _("Reject a plan"),
                _("With a reason. An approved migration can be rejected until it is applied."),
                request={"note": "The filter on “region” must stay."},
                response=DETAIL,
            ),
            "POST /migrations/{id}/withdraw": Operation(
                "withdraw_migration", _("Withdraw a migration"), _("For good."), request=NOTE, response=DETAIL
            ),
            "POST /migrations/{id}/comment": Operation(
                "comment_migration", _("Comment on a migration"), request=NOTE, response=DETAIL
            ),
            "POST /migrations/{id}/dismiss": Operation(
                "dismiss_migration",
                _("Dismiss the failure of a migration"),
                _("Takes it off the overview, for everybody."),
                response=DETAIL,
            ),
            "POST /migrations/{id}/restore": Operation(
                "restore_migration",
                _("Restore a dismissed failure of a migration"),
                _("Shows it on the overview again."),
                response=DETAIL,
            ),
            "GET /migrations/{id}/explain": Operation(
                "explain_migration",
                _("Explain what a run would do"),
                _("A dry run of apply or rollback, with the same refusals. No Superset is contacted."),
                response={"plan": PLAN, "stages": ["Import 1 dashboard", "Read back and compare"]},
            ),
            "POST /migrations/{id}/apply": Operation(
                "apply_migration",
                _("Apply a plan"),
                _("Starts a task that carries out the plan with this checksum on the target, and verifies it."),
                request={"checksum": CHECKSUM},
                response=TASK,
            ),
            "POST /migrations/{id}/rollback": Operation(
                "roll_back_migration",
                _("Roll back a migration"),
                _(
                    "Starts a task. If others have changed an asset since, it stops before anything is removed, unless "
                    "`keep_changed` or `force` says what to do."
                ),
                request={"keep_changed": True},
                response=TASK,
            ),
        },
    ),
)
