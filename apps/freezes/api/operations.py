# [DEF:freezes.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on freeze windows do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page

SPAN = {"starts": "2026-12-23T18:00:00Z", "ends": "2027-01-04T08:00:00Z"}
FREEZE: dict[str, Any] = {
    "id": 3,
    "reason": "Christmas",
    "environment": None,
    "tier": "prod",
    "time_zone": "Europe/Berlin",
    **SPAN,
    "from_day": "",
    "from_time": None,
    "until_day": "",
    "until_time": None,
    "state": "to come",
    "next": SPAN,
}
ALLOWED = {"allowed": True, "reason": "", "who": []}
DETAIL = {**FREEZE, "allowed_actions": {"edit": ALLOWED, "remove": ALLOWED}}

SECTIONS = (
    Section(
        "Freezes",
        _("Windows in which nothing is applied."),
        {
            "GET /freezes": Operation("list_freezes", _("List freeze windows"), response=page(FREEZE)),
            "POST /freezes": Operation(
                "add_freeze",
                _("Add a freeze window"),
                _("Once from `starts` to `ends`, or every week."),
                request={"reason": "Christmas", "tier": "prod", **SPAN},
                response=DETAIL,
            ),
            "GET /freezes/{id}": Operation("get_freeze", _("Get a freeze window"), response=DETAIL),
            "PATCH /freezes/{id}": Operation(
                "edit_freeze",
                _("Edit a freeze window"),
                _("Fields that are not sent keep their values."),
                request={"reason": "Christmas and New Year"},
                response=DETAIL,
            ),
            "DELETE /freezes/{id}": Operation("remove_freeze", _("Remove a freeze window")),
        },
    ),
)
