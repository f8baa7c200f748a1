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
ALLOWED = {"allowed": True, "reason": ""}
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
MAPPING: dict[str, Any] = {"id": 1, **BETWEEN, **NAMES}
PAIRING: dict[str, Any] = {
    **MAPPING,
    "kind": "chart",
    "source_name": "Births by state",
    "target_name": "Births",
    "reason": "The chart was made anew on prod.",
}
REMOVABLE = {"allowed_actions": {"remove": ALLOWED}}
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
            "GET /mappings/{id}": Operation("get_mapping", _("Get a mapping"), response={**MAPPING, **REMOVABLE}),
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
            "GET /pairings/{id}": Operation("get_pairing", _("Get a pairing"), response={**PAIRING, **REMOVABLE}),
            "DELETE /pairings/{id}": Operation(
                "remove_pairing", _("Remove a pairing"), _("The next plan is made without it.")
            ),
        },
    ),
)
