# [DEF:environments.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on environments do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page

ENVIRONMENT: dict[str, Any] = {
    "name": "prod",
    "slug": "prod",
    "url": "https://superset.example.com",
    "tier": "prod",
    "protected": True,
    "approvals_needed": 1,
    "check_queries": False,
    "enabled": True,
    "username": "lockstep",
    "provider": "db",
    "ca_bundle": "",
    "state": "ok",
    "release": "6.1.0",
    "last_contact": "2026-11-24T22:00:05Z",
    "last_error": None,
    "sign_in_kinds": ["db"],
    "created": "2026-11-20T08:00:00Z",
}
ALLOWED = {"allowed": True, "reason": "", "who": []}
ROW: dict[str, Any] = {
    **ENVIRONMENT,
    "catalogue": {"finished": "2026-11-24T22:00:05Z", "counts": {"dashboard": 12, "chart": 84}, "error": None},
    "writing": {"task": 52, "migration": 11, "actor": "ada", "since": "2026-11-24T22:04:00Z"},
    "freeze": None,
    "allowed_actions": {
        "edit": {"allowed": False, "reason": "“grace” does not have the permission environments.edit …", "who": ["ada"]}
    },
}
DETAIL: dict[str, Any] = {
    "id": 2,
    **ROW,
    "protection_request": None,
    "allowed_actions": {
        "edit": ALLOWED,
        "update_credentials": ALLOWED,
        "enable": {"allowed": False, "reason": "“prod” is already enabled.", "who": []},
        "disable": ALLOWED,
        "remove": ALLOWED,
        "check": ALLOWED,
        "sync": {
            "allowed": False,
            "reason": "Task 51 is running and does the same. …",
            "who": [],
        },
    },
}
SIGN_IN = {"provider": "db", "username": "lockstep", "secret": "…"}

SECTIONS = (
    Section(
        "Environments",
        _("The Supersets, and the accounts that Lockstep uses there. No response contains a secret."),
        {
            "GET /environments": Operation(
                "list_environments", _("List environments"), _("Those that you may see."), response=page(ROW)
            ),
            "POST /environments": Operation(
                "add_environment",
                _("Add an environment"),
                _("The connection is not tested. Call its `check` to test it."),
                request={"name": "prod", "url": "https://superset.example.com", "tier": "prod", "sign_in": SIGN_IN},
                response=DETAIL,
            ),
            "GET /environments/{slug}": Operation(
                "get_environment",
                _("Get an environment"),
                _("With the age of its catalogue if you may see that, the task that writes there, and its freeze."),
                response=DETAIL,
            ),
            "PATCH /environments/{slug}": Operation(
                "edit_environment",
                _("Edit an environment"),
                _(
                    "Fields that are not sent keep their values. An address on another server requires `sign_in`: the "
                    "stored secret is never sent there. A change that lowers the protection waits for another user to "
                    "confirm it (202), if there is one."
                ),
                request={"protected": True, "approvals_needed": 2},
                response=DETAIL,
            ),
            "DELETE /environments/{slug}": Operation(
                "remove_environment",
                _("Remove an environment"),
                _(
                    "It must have no open tasks and no migrations. If it is protected, the removal waits for another "
                    "user to confirm it (202), if there is one."
                ),
                response=DETAIL,
            ),
            "PUT /environments/{slug}/credentials": Operation(
                "update_credentials",
                _("Replace the credentials of an environment"),
                _("They are stored without a test. The secret is write-only."),
                request=SIGN_IN,
                response=DETAIL,
            ),
            "POST /environments/{slug}/enable": Operation(
                "enable_environment",
                _("Enable an environment"),
                _("Without effect if it is enabled."),
                response=DETAIL,
            ),
            "POST /environments/{slug}/disable": Operation(
                "disable_environment",
                _("Disable an environment"),
                _("Nothing connects to it until it is enabled."),
                response={**DETAIL, "enabled": False, "state": "disabled"},
            ),
            "POST /environments/{slug}/confirm": Operation(
                "confirm_protection_request",
                _("Confirm a request to lower a protection"),
                _("The request must be another user's. Requires `environments.edit`; 204 after a removal."),
                response=DETAIL,
            ),
            "POST /environments/{slug}/decline": Operation(
                "decline_protection_request",
                _("Decline a request to lower a protection"),
                _("Your own request is withdrawn. Nothing changes."),
                response=DETAIL,
            ),
        },
    ),
)
