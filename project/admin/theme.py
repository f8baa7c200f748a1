# [DEF:project.admin.theme:Module]
# @COMPLEXITY: 2
# @PURPOSE: The look of the admin, and its sidebar.

from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.row_actions import Text

INDIGO = {
    "50": "oklch(96.2% .018 272.314)",
    "100": "oklch(93% .034 272.788)",
    "200": "oklch(87% .065 274.039)",
    "300": "oklch(78.5% .115 274.713)",
    "400": "oklch(67.3% .182 276.935)",
    "500": "oklch(58.5% .233 277.117)",
    "600": "oklch(51.1% .262 276.966)",
    "700": "oklch(45.7% .24 277.023)",
    "800": "oklch(39.8% .195 277.366)",
    "900": "oklch(35.9% .144 278.697)",
    "950": "oklch(25.7% .09 281.288)",
}


PERMITTED = {"doctor": "doctor.examine"}
"""Pages that are no lists, and the permission that opens them."""


def _may_open(page: str, request: HttpRequest) -> bool:
    """Whether the user may open a list page (`tasks_task_changelist`), or one of PERMITTED; others are open to all
    staff."""
    if page in PERMITTED:
        user: Any = request.user
        return bool(user.is_authenticated and user.access.may(PERMITTED[page]))
    app, _, rest = page.partition("_")
    model, _, kind = rest.partition("_")
    if kind != "changelist":
        return True
    return admin.site.get_model_admin(apps.get_model(app, model)).has_view_permission(request)


WORK = _("Work")


def _section(title: Text, *items: tuple[Text, str, str]) -> dict[str, Any]:
    """Items are title, icon and page name."""
    return {
        "title": title,
        "separator": title is not WORK,  # the first has the sidebar's header above it
        "items": [
            {"title": name, "icon": icon, "link": reverse_lazy(f"admin:{page}"), "permission": partial(_may_open, page)}
            for name, icon, page in items
        ],
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Lockstep",
    "SITE_HEADER": "Lockstep",
    "SITE_SUBHEADER": "Superset, in step",
    "SITE_SYMBOL": "sync_alt",
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "project.admin.home.context",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("lockstep/mark.svg")}],
    "STYLES": [lambda _: static("lockstep/admin.css")],
    "SCRIPTS": [lambda _: static("lockstep/icons.js")],
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": INDIGO},
    "SIDEBAR": {
        "navigation": [
            _section(
                WORK,
                (_("Overview"), "home", "index"),
                (_("Migrations"), "sync_alt", "migrations_migration_changelist"),
                (_("Tasks"), "checklist", "tasks_task_changelist"),
                (_("Schedules"), "schedule", "schedules_schedule_changelist"),
            ),
            _section(
                _("Environments"),
                (_("Environments"), "dns", "environments_environment_changelist"),
                (_("Freeze windows"), "ac_unit", "freezes_freezewindow_changelist"),
                (_("Catalogue"), "inventory_2", "catalogue_catalogueasset_changelist"),
                (_("Database mappings"), "database", "catalogue_databasemapping_changelist"),
                (_("Pairings"), "link", "catalogue_assetpairing_changelist"),
            ),
            _section(
                _("Installation"),
                (_("Plugins"), "extension", "plugins_pluginrecord_changelist"),
                (_("Doctor"), "stethoscope", "doctor"),
            ),
            _section(
                _("People"),
                (_("Users"), "group", "users_user_changelist"),
                (_("Roles"), "badge", "users_role_changelist"),
                (_("Grants"), "assignment_ind", "users_grant_changelist"),
                (_("Group mappings"), "groups", "users_groupmapping_changelist"),
                (_("API tokens"), "key", "users_apitoken_changelist"),
                (_("My sign-in"), "fingerprint", "my_sign_in"),
            ),
            _section(
                _("Record"),
                (_("Audit"), "history", "audit_auditentry_changelist"),
            ),
        ]
    },
}
