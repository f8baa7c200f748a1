# [DEF:audit.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on the audit do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page

ENTRY: dict[str, Any] = {
    "id": 712,
    "number": 712,
    "at": "2026-11-24T22:00:05Z",
    "actor": "ada",
    "os_user": "",
    "source": "api",
    "address": "192.0.2.7",
    "request_id": "1f0c7a52-6a4e-4f0b-8a55-1f6f0c7d9e11",
    "action": "environment.edit",
    "object_type": "environments.environment",
    "object_id": "2",
    "object_name": "prod",
    "before": {"protected": False},
    "after": {"protected": True},
}

SECTIONS = (
    Section(
        "Audit",
        _("Who did what, when and from where. Entries are sealed and never change."),
        {
            "GET /audit": Operation(
                "list_audit_entries", _("List audit entries"), _("The latest first."), response=page(ENTRY)
            ),
            "GET /audit/export": Operation(
                "export_audit_entries",
                _("Export audit entries"),
                _("All matching entries, oldest first, one JSON object per line."),
                response='{"number": 712, "action": "environment.edit", "object_name": "prod"}\n',
            ),
        },
    ),
)
