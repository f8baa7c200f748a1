# [DEF:users.permissions:Module]
# @COMPLEXITY: 2
# @PURPOSE: The permissions that a role can include.
"""The actions of plugins are permissions by their own names (`migrations.apply`); an app above offers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

AREAS: Mapping[str, Promise] = {
    "environments.view": _("See environments and their state"),
    "environments.edit": _("Add, edit, enable, disable and remove environments, and set their credentials"),
    "catalogue.view": _("See the assets of an environment, mappings and pairings"),
    "mappings.edit": _("Confirm and remove database mappings and asset pairings"),
    "migrations.view": _("See migrations to an environment, with their plans and runs"),
    "migrations.submit": _("Submit and withdraw your own migrations"),
    "migrations.approve": _("Approve and reject other people's migrations"),
    "migrations.override": _("Apply during a freeze window, with a reason"),
    "tasks.view": _("See tasks with their logs and files"),
    "tasks.control": _("Cancel, answer and retry other people's tasks; delete old ones"),
    "schedules.view": _("See schedules"),
    "schedules.edit": _("Add, edit, pause and remove schedules"),
    "plugins.view": _("See plugins and their settings"),
    "plugins.edit": _("Enable, disable and configure plugins"),
    "freezes.edit": _("Add, edit and remove freeze windows"),
    "users.view": _("See accounts, roles and grants"),
    "users.edit": _("Add and edit accounts, roles, grants and group mappings, within your own permissions"),
    "metrics.view": _("Read the metrics of Lockstep"),
    "audit.view": _("Read, search and export the audit"),
    "audit.close": _("Export and delete old audit entries, anchor the audit, and rotate its key"),
}

_offered: list[Callable[[], Mapping[str, str]]] = []


def offer(more: Callable[[], Mapping[str, str]]) -> None:
    """Add permissions, name → meaning, from an app above. `more` is called whenever they are needed."""
    if more not in _offered:
        _offered.append(more)


def known() -> dict[str, str]:
    """All permissions, with their meaning."""
    areas = {name: str(meaning) for name, meaning in AREAS.items()}
    return areas | {name: meaning for more in _offered for name, meaning in more().items()}
