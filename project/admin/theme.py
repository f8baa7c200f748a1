# [DEF:project.admin.theme:Module]
# @COMPLEXITY: 2
# @PURPOSE: How the admin looks, and what its sidebar offers.

from __future__ import annotations

from functools import partial
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

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


def _may_open(page: str, request: HttpRequest) -> bool:
    """Whether the page of a list (`tasks_task_changelist`) is for this user; other pages are for all staff."""
    app, _, rest = page.partition("_")
    model, _, kind = rest.partition("_")
    if kind != "changelist":
        return True
    return admin.site.get_model_admin(apps.get_model(app, model)).has_view_permission(request)


def _section(title: str, *items: tuple[str, str, str]) -> dict[str, Any]:
    """Items are title, symbol and the name of the page."""
    return {
        "title": title,
        "separator": title != "Work",  # the first has the head of the sidebar above it
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
    "SITE_URL": None,
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
                "Work",
                ("Overview", "home", "index"),
                ("Migrations", "sync_alt", "migrations_migration_changelist"),
                ("Tasks", "checklist", "tasks_task_changelist"),
                ("Schedules", "schedule", "schedules_schedule_changelist"),
            ),
            _section(
                "Environments",
                ("Environments", "dns", "environments_environment_changelist"),
                ("Freeze windows", "ac_unit", "freezes_freezewindow_changelist"),
                ("Catalogue", "inventory_2", "catalogue_catalogueasset_changelist"),
                ("Database mappings", "database", "catalogue_databasemapping_changelist"),
                ("Pairings", "link", "catalogue_assetpairing_changelist"),
            ),
            _section(
                "Installation",
                ("Plugins", "extension", "plugins_pluginrecord_changelist"),
            ),
            _section(
                "People",
                ("Users", "group", "users_user_changelist"),
                ("Roles", "badge", "users_role_changelist"),
                ("Who has which role", "assignment_ind", "users_grant_changelist"),
                ("Groups of the directory", "groups", "users_groupmapping_changelist"),
                ("API tokens", "key", "users_apitoken_changelist"),
                ("My sign-in", "fingerprint", "my_sign_in"),
            ),
            _section(
                "Record",
                ("Audit", "history", "audit_auditentry_changelist"),
            ),
        ]
    },
}
