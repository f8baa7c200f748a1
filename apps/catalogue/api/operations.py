# [DEF:catalogue.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on catalogues, mappings and pairings do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page
from apps.tasks.api.operations import TASK

SOURCE, TARGET = "a2dc77af-e654-49bb-b321-40f6b559a1ee", "5b1f9f1d-6f3c-4f57-9a11-6f1f3d1a7c20"
ALLOWED = {"allowed": True, "reason": "", "who": []}
BETWEEN: dict[str, Any] = {"source": "dev", "target": "prod"}
PAIRS = [{"source_uuid": SOURCE, "target_uuid": TARGET}]
NAMES: dict[str, Any] = {
    "source_uuid": SOURCE,
    "source_name": "examples",
    "target_uuid": TARGET,
    "target_name": "warehouse",
    "confirmed_by": "ada",
    "confirmed_at": "2026-11-20T08:00:00Z",
}
REMOVABLE = {"allowed_actions": {"remove": ALLOWED}}
MAPPING: dict[str, Any] = {"id": 1, **BETWEEN, **NAMES, "allowed_actions": {"edit": ALLOWED, "remove": ALLOWED}}
PAIRING: dict[str, Any] = {
    **MAPPING,
    **REMOVABLE,
    "kind": "chart",
    "source_name": "Births by state",
    "target_name": "Births",
    "reason": "The chart was made anew on prod.",
}
ASSET: dict[str, Any] = {
    "kind": "chart",
    "uuid": "19eb5db6-5ec5-4f18-b3c8-b66a035e430d",
    "id": 34,
    "name": "Births by state",
    "slug": "",
    "status": "",
    "owners": ["Ann Lee"],
    "tags": ["core"],
    "database_uuid": None,
    "backend": "",
    "changed_on": "2026-11-20T08:00:00Z",
    "content_hash": "",
    "hashed_at": None,
    "seen_at": "2026-11-24T22:00:05Z",
}
CANDIDATE: dict[str, Any] = {
    "target": {"uuid": TARGET, "name": "warehouse", "backend": "postgresql"},
    "score": 72,
    "reason": "similar name, same engine (postgresql)",
}
SUGGESTION: dict[str, Any] = {
    "source": {"uuid": SOURCE, "name": "warehouse_dev", "backend": "postgresql"},
    **CANDIDATE,
    "candidates": [CANDIDATE],
    "confirmed": None,
}

DASHBOARD = "02543e07-662c-46be-bb04-fe5afbe1a86c"
PAGE = f"https://bi-dev.example.com/superset/dashboard/{DASHBOARD}/"
PAGE_THERE = f"https://bi.example.com/superset/dashboard/{DASHBOARD}/"
BRIEF: dict[str, Any] = {
    "slug": "dev",
    "name": "dev",
    "tier": "dev",
    "protected": False,
    "enabled": True,
    "state": "ok",
    "release": "6.1.0",
    "url": "https://bi-dev.example.com",
    "last_contact": "2026-11-24T22:00:05Z",
    "catalogue": {"finished": "2026-11-24T22:00:05Z", "counts": {"dashboard": 9}, "error": None},
    "writing": None,
    "freeze": None,
}
STANDING: dict[str, Any] = {
    "state": "differs",
    "differs": 2,
    "uuid": DASHBOARD,
    "id": 512,
    "url": PAGE_THERE,
    "reason": "",
}
MATRIX_ROW: dict[str, Any] = {
    "uuid": DASHBOARD,
    "id": 3,
    "kind": "dashboard",
    "name": "USA Births Names",
    "slug": "births",
    "status": "published",
    "owners": ["Ann Lee"],
    "tags": ["core"],
    "changed_on": "2026-11-20T08:00:00Z",
    "url": PAGE,
    "elsewhere": {"prod": STANDING},
    "last_migration": {"id": 12, "target": "prod", "status": "succeeded", "at": "2026-11-24T22:03:11Z"},
    "busy": None,
}
BEGUN: dict[str, Any] = {"migrate": {"prod": ALLOWED}, "compare": {"prod": ALLOWED}, "sync": ALLOWED}
NODE: dict[str, Any] = {
    "uuid": DASHBOARD,
    "kind": "dashboard",
    "name": "USA Births Names",
    "id": 3,
    "url": PAGE,
    "state": "same",
}
CHART_NODE: dict[str, Any] = {
    "uuid": ASSET["uuid"],
    "kind": "chart",
    "name": ASSET["name"],
    "id": 34,
    "url": "https://bi-dev.example.com/explore/?slice_id=34",
    "state": "differs",
}

SECTIONS = (
    Section(
        "Catalogue",
        _("What each environment holds, as the last sync left it."),
        {
            "GET /environments/{slug}/catalogue": Operation(
                "get_catalogue",
                _("Get the state of a catalogue"),
                _("Its age, its size by kind, and the error of the last sync."),
                response={
                    "started": "2026-11-24T22:00:00Z",
                    "finished": "2026-11-24T22:00:05Z",
                    "error": None,
                    "counts": {"dashboard": 9, "chart": 34, "dataset": 12, "database": 2},
                    "allowed_actions": {"check": ALLOWED, "sync": ALLOWED, "refresh_ids": ALLOWED},
                },
            ),
            "GET /environments/{slug}/assets": Operation(
                "list_assets",
                _("List the assets of an environment"),
                _("Dashboards, charts, datasets and databases of the catalogue."),
                response=page(ASSET),
            ),
            "GET /environments/{slug}/matrix": Operation(
                "get_matrix",
                _("Compare the assets of an environment with all others"),
                _(
                    "Dashboards, charts or datasets, each with its state in every other environment that you may see, "
                    "by content hash through mappings and pairings, as the last syncs left both."
                ),
                response={
                    "environment": BRIEF,
                    "kind": "dashboard",
                    "total": 1,
                    "others": [{"slug": "prod", "name": "prod", "tier": "prod", "protected": True}],
                    "rows": [MATRIX_ROW],
                    "allowed_actions": BEGUN,
                },
            ),
            "GET /environments/{slug}/assets/{kind}/{uuid}": Operation(
                "get_asset",
                _("Get an asset"),
                _("What it is made of, what uses it, its state in other environments, and its migrations."),
                response={
                    "asset": MATRIX_ROW,
                    "environment": BRIEF,
                    "graph": {"nodes": [NODE, CHART_NODE], "edges": [[DASHBOARD, ASSET["uuid"]]]},
                    "used_by": [],
                    "elsewhere": [{"environment": "prod", "tier": "prod", "name": "USA Births Names", **STANDING}],
                    "history": [
                        {
                            "migration": 12,
                            "title": "USA Births Names",
                            "source": "dev",
                            "target": "prod",
                            "status": "succeeded",
                            "at": "2026-11-24T22:03:11Z",
                            "action": "update",
                            "actor": "ada",
                        }
                    ],
                    "known": True,
                    "allowed_actions": BEGUN,
                },
            ),
            "POST /environments/{slug}/check": Operation(
                "check_environment", _("Test the connection to an environment"), _("Starts a task."), response=TASK
            ),
            "POST /environments/{slug}/sync": Operation(
                "sync_catalogue",
                _("Sync the catalogue of an environment"),
                _("Starts a task."),
                request={"everything": False},
                response=TASK,
            ),
            "POST /environments/{slug}/refresh-ids": Operation(
                "refresh_ids",
                _("Refresh the ids of an environment's assets"),
                _("Starts a task. Needed after a Superset was restored with other ids."),
                response=TASK,
            ),
        },
    ),
    Section(
        "Mappings and pairings",
        _("Which database of the target stands for one of the source, and which asset for which."),
        {
            "GET /mappings": Operation("list_mappings", _("List mappings of databases"), response=page(MAPPING)),
            "POST /mappings": Operation(
                "set_mappings",
                _("Map databases"),
                _("From the source to the target. Stores all of them or none."),
                request={**BETWEEN, "pairs": PAIRS},
                response=[MAPPING],
            ),
            "GET /mappings/suggestions": Operation(
                "suggest_mappings",
                _("Suggest mappings of databases"),
                _("For every database of the source, candidates in the target and the confirmed mapping."),
                response=[SUGGESTION],
            ),
            "GET /mappings/{id}": Operation("get_mapping", _("Get a mapping"), response=MAPPING),
            "PATCH /mappings/{id}": Operation(
                "change_mapping",
                _("Change a mapping"),
                _("Maps the same database of the source to another one of the target."),
                request={"target_uuid": TARGET},
                response=MAPPING,
            ),
            "DELETE /mappings/{id}": Operation(
                "remove_mapping", _("Remove a mapping"), _("The next plan is made without it.")
            ),
            "GET /pairings": Operation("list_pairings", _("List pairings of assets"), response=page(PAIRING)),
            "POST /pairings": Operation(
                "pair_assets",
                _("Pair assets"),
                _(
                    "An asset of the source then overwrites the paired one of the target although their UUIDs differ. "
                    "Stores all of them or none."
                ),
                request={**BETWEEN, "kind": "chart", "pairs": PAIRS, "reason": PAIRING["reason"]},
                response=[PAIRING],
            ),
            "GET /pairings/{id}": Operation("get_pairing", _("Get a pairing"), response=PAIRING),
            "DELETE /pairings/{id}": Operation(
                "remove_pairing", _("Remove a pairing"), _("The next plan is made without it.")
            ),
        },
    ),
)
