# [DEF:users.default_roles:Module]
# @COMPLEXITY: 3
# @PURPOSE: The default roles. Once created they are rows like any other, and can be edited and removed.
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import Any

from apps.users.access import EVERYWHERE
from apps.users.models import Role, RolePermission

VIEWER = (
    "environments.view",
    "catalogue.view",
    "migrations.view",
    "tasks.view",
    "schedules.view",
    "plugins.view",
)
ANALYST = (*VIEWER, "migrations.plan", "migrations.submit", "catalogue.check", "catalogue.sync")
OPERATOR = (
    *VIEWER,
    "migrations.plan",
    "migrations.submit",
    "migrations.apply",
    "migrations.rollback",
    "catalogue.*",
    "mappings.edit",
    "tasks.control",
    "schedules.edit",
)
APPROVER = (*VIEWER, "migrations.approve")

ROLES = {
    "viewer": ("Viewer", "See environments, catalogues, migrations and tasks.", VIEWER),
    "analyst": ("Analyst", "Plan migrations and submit them for approval.", ANALYST),
    "operator": ("Operator", "Run all work on environments, and manage schedules.", OPERATOR),
    "approver": ("Approver", "Approve or reject migrations that others submitted.", APPROVER),
    "administrator": ("Administrator", "Everything.", (EVERYWHERE,)),
}


def add_roles(**_: Any) -> None:
    """Called after the tables are created or emptied. Only an installation without any role gets these."""
    if Role.objects.exists():
        return
    for slug, (title, description, permissions) in ROLES.items():
        role = Role.objects.create(slug=slug, title=title, description=description)
        RolePermission.objects.bulk_create(RolePermission(role=role, what=what) for what in permissions)
