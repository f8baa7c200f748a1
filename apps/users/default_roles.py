# [DEF:users.default_roles:Module]
# @COMPLEXITY: 3
# @PURPOSE: The roles that come with Lockstep. Once they are made they are rows like any other, edited and removed
#   at will.
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
    "viewer": ("Viewer", "Sees environments, catalogues, migrations and tasks.", VIEWER),
    "analyst": ("Analyst", "Plans migrations and submits them for approval.", ANALYST),
    "operator": ("Operator", "Runs everything that works on environments, and sets up schedules.", OPERATOR),
    "approver": ("Approver", "Approves or rejects what others submitted.", APPROVER),
    "administrator": ("Administrator", "May do everything.", (EVERYWHERE,)),
}


def add_roles(**_: Any) -> None:
    """Called when the tables are made, or emptied: only an installation without any role gets these."""
    if Role.objects.exists():
        return
    for slug, (title, description, permissions) in ROLES.items():
        role = Role.objects.create(slug=slug, title=title, description=description)
        RolePermission.objects.bulk_create(RolePermission(role=role, what=what) for what in permissions)
