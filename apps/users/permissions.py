# [DEF:users.permissions:Module]
# @COMPLEXITY: 2
# @PURPOSE: What can be permitted.
"""What can be permitted beside the actions of plugins, which are permitted by their own names (`migrations.apply`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

AREAS = {
    "environments.view": "See environments and their state",
    "environments.edit": "Add, edit, enable, disable and remove environments, and set their credentials",
    "catalogue.view": "See the assets of an environment, mappings and pairings",
    "mappings.edit": "Confirm and remove mappings of databases and pairings of assets",
    "migrations.view": "See migrations to an environment, their plans and runs",
    "migrations.submit": "Submit and withdraw one's own migrations",
    "migrations.approve": "Approve and reject migrations of others",
    "migrations.override": "Apply in a freeze window, with a reason",
    "tasks.view": "See tasks, their lines and files",
    "tasks.control": "Cancel, answer and retry the tasks of others; remove outdated ones",
    "schedules.view": "See schedules",
    "schedules.edit": "Add, edit, pause and remove schedules",
    "plugins.view": "See plugins and their settings",
    "plugins.edit": "Enable, disable and set up plugins",
    "freezes.edit": "Add, edit and remove freeze windows",
    "users.view": "See accounts, roles and grants",
    "users.edit": "Add and edit accounts, roles, grants and group mappings; never beyond one's own permissions",
    "audit.view": "Read, search and export the audit",
    "audit.close": "Export old audit entries and delete them here; anchor the audit anew, and change its key",
}

_offered: list[Callable[[], Mapping[str, str]]] = []


def offer(more: Callable[[], Mapping[str, str]]) -> None:
    """An app above says what else can be permitted: name → what it means. It is asked whenever it is needed."""
    if more not in _offered:
        _offered.append(more)


def known() -> dict[str, str]:
    """All that can be permitted here, with what it means."""
    return AREAS | {name: meaning for more in _offered for name, meaning in more().items()}
