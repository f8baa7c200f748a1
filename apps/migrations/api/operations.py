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
ALLOWED = {"allowed": True, "reason": "", "who": []}
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
    "carry": [],
    "attachments": [],
    "drafts": {},
    "access": [],
    "relied": [],
    "connections": [],
    "prune": False,
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
COUNTS = {"create": 1, "update": 0, "unchanged": 3, "orphan": 0, "remove": 0, "risks": 0, "losses": 0}
NEXT = {"what": "apply", "who": ["ada", "ben"], "sentence": "Apply it to “prod”."}
ROW: dict[str, Any] = {
    **LISTED,
    "next": NEXT,
    "counts": COUNTS,
    "approvals": {"needed": 0, "given": 0},
    "changed": "2026-11-24T22:00:09Z",
    "dashboards": 1,
    "allowed_actions": {"apply": ALLOWED, "withdraw": ALLOWED},
}
DETAIL: dict[str, Any] = {
    **LISTED,
    "selection": {"names": ["births"], "everything": False},
    "speculative": False,
    "next": NEXT,
    "counts": COUNTS,
    "plan": PLAN,
    "approvals": {"needed": 0, "given": 0, "expires": None, "expired": False, "fallen": []},
    "decisions": [],
    "runs": [],
    "allowed_actions": {"apply": ALLOWED, "withdraw": ALLOWED},
}
UUID = "02543e07-662c-46be-bb04-fe5afbe1a86c"
FINGERPRINT = "ad8030bd691fe1e183104a370994b8d0"
CHANGE: dict[str, Any] = {
    "uuid": UUID,
    "kind": "dashboard",
    "name": "USA Births Names",
    "action": "update",
    "fingerprint": FINGERPRINT,
    "sections": [
        {
            "kind": "fields",
            "code": "settings",
            "title": "Settings",
            "rows": [
                {
                    "name": "title",
                    "before": "USA Births",
                    "after": "USA Births Names",
                    "secret": False,
                    "sentence": "title: “USA Births” → “USA Births Names”",
                    "marks_before": [],
                    "marks_after": [[11, 16]],
                }
            ],
        }
    ],
    "hidden": 0,
}
NODE: dict[str, Any] = {
    **{name: CHANGE[name] for name in ("uuid", "kind", "name", "action", "fingerprint")},
    "differences": 1,
    "risks": 0,
    "seen": False,
    "new": False,
    "depends_on": [],
    "unchanged_below": 11,
    "source": {"uuid": UUID, "id": 6, "url": f"https://dev.example.com/superset/dashboard/{UUID}/"},
    "target": {"uuid": UUID, "id": 512, "url": f"https://prod.example.com/superset/dashboard/{UUID}/"},
    "used_by": [],
}
REVIEWED: dict[str, Any] = {
    "number": 1,
    "checksum": CHECKSUM,
    "planned_at": "2026-11-24T22:00:05Z",
    "planned_by": "ada",
    "expires": None,
    **{name: PLAN[name] for name in ("source", "target", "databases")},
    "sentence": "1 dashboard from dev to prod: 1 of 12 assets will be written.",
    "counts": {"create": 0, "update": 1, "unchanged": 11, "orphan": 0, "remove": 0, "risks": 0, "losses": 0},
    "risks": [],
    "roots": [UUID],
    "nodes": [NODE],
    "carry": ["owners"],
    "attachments": [
        {
            "title": "Owners",
            "subject": "dashboard “USA Births Names”",
            "text": "",
            "added": ["Ada Lovelace (ada)"],
            "removed": [],
        }
    ],
    "access": [
        {
            "title": "",
            "subject": "dashboard “USA Births Names”",
            "text": "people: 0 → 2",
            "added": ["ada", "ben"],
            "removed": [],
        }
    ],
    "since": None,
    "seen": 0,
    "total": 1,
    "rules": {"hidden": 0, "text": ""},
    "checks": [{"code": "databases_mapped", "text": "Databases mapped", "ok": True}],
}
SHARED = {name: DETAIL[name] for name in ("decisions", "approvals", "allowed_actions")}
OVERVIEW: dict[str, Any] = {
    "migration": {name: fact for name, fact in DETAIL.items() if name != "plan"},
    "plan": REVIEWED,
    "run": None,
    **SHARED,
}
TASK_PLAN: dict[str, Any] = {
    "migration": None,
    "plan": {**REVIEWED, "number": None},
    "run": None,
    "decisions": [],
    "approvals": None,
    "allowed_actions": {},
}
RAW = {"before": "dashboard_title: USA Births\n", "after": "dashboard_title: USA Births Names\n"}
NOTE = {"note": "As agreed with the finance team."}

SECTIONS = (
    Section(
        "Migrations",
        _("Assets on their way between environments: plan, approve, apply, roll back. Plans and runs are tasks."),
        {
            "GET /migrations": Operation(
                "list_migrations",
                _("List migrations"),
                _(
                    "The latest first, each with what is next and who may do it. `mine`: you planned or submitted it; "
                    "`awaiting_me`: you may approve it now; `decided_by_me`: you approved or rejected a plan of it; "
                    "`asset`: a plan contains the asset with this UUID. `search` finds words of the title, and numbers."
                ),
                response=page(ROW),
            ),
            "POST /migrations/plan": Operation(
                "plan_migration",
                _("Plan a migration"),
                _(
                    "Starts a task that compares source and target. Nothing is written to either. The `result` of the "
                    "task has the number of the migration. With `keep: false` there is none: the plan is a file of the "
                    "task, cannot be applied, and needs only the right to see the assets of both environments."
                ),
                request={"source": "dev", "target": "prod", "dashboards": ["births"]},
                response=TASK,
            ),
            "GET /migrations/{id}": Operation(
                "get_migration", _("Get a migration"), _("With its latest plan, decisions and runs."), response=DETAIL
            ),
            "GET /migrations/{id}/overview": Operation(
                "get_migration_overview",
                _("Get what a page of the plan shows first"),
                _("Numbers, risks, the tree of changes, and the latest run; without the differences."),
                response=OVERVIEW,
            ),
            "GET /migrations/{id}/changes": Operation(
                "list_migration_changes",
                _("Get the differences of a plan"),
                _("Of some assets by UUID, or a part of all. What stays as it is comes only if asked for by UUID."),
                response={"count": 1, "results": [CHANGE]},
            ),
            "GET /migrations/{id}/changes/{uuid}/raw": Operation(
                "get_migration_change_documents",
                _("Get the documents of a change"),
                _("As YAML, with references in words and secrets masked."),
                response=RAW,
            ),
            "GET /migrations/{id}/plan.md": Operation("get_migration_plan_markdown", _("Get a plan as Markdown")),
            "PUT /migrations/{id}/seen": Operation(
                "mark_migration_changes_seen",
                _("Mark changes as seen"),
                _("For yourself. The marks stay when a new plan has the same changes."),
                request={"fingerprints": [FINGERPRINT], "seen": True},
                response={"seen": 1, "total": 1},
            ),
            "GET /tasks/{id}/plan": Operation(
                "get_task_plan",
                _("Get the plan that a task made"),
                _("Also one that was not kept. For those who may read both environments."),
                response=TASK_PLAN,
            ),
            "GET /tasks/{id}/changes": Operation(
                "list_task_changes",
                _("Get the differences of the plan that a task made"),
                response={"count": 1, "results": [CHANGE]},
            ),
            "GET /tasks/{id}/changes/{uuid}/raw": Operation(
                "get_task_change_documents",
                _("Get the documents of a change in the plan that a task made"),
                _("As YAML, with references in words and secrets masked."),
                response=RAW,
            ),
            "GET /tasks/{id}/plan.md": Operation(
                "get_task_plan_markdown", _("Get the plan that a task made as Markdown")
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
            "GET /migrations/{id}/rollback/preview": Operation(
                "preview_rollback",
                _("Preview a rollback"),
                _(
                    "What it would restore and remove, and what to know before. Read from what is stored: no Superset "
                    "is contacted."
                ),
                response={
                    "possible": True,
                    "reason": "",
                    "restores": [],
                    "removes": [
                        {"kind": "dashboard", "name": "USA Births Names", "uuid": PLAN["changes"][0]["uuid"]},
                    ],
                    "cautions": [],
                },
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
