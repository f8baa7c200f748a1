# [DEF:project.admin.home:Module]
# @COMPLEXITY: 3
# @PURPOSE: The front page: first steps, health, what needs attention, and the latest migrations and tasks.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION CALLS -> tasks.health
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.migrations.admin import MigrationAdmin
from apps.migrations.models import Migration
from apps.migrations.status import status_from
from apps.tasks.admin import LABELS
from apps.tasks.admin_pages.content import title_of
from apps.tasks.health import health
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from project.admin.first_steps import first_steps
from project.admin.health import Part, parts
from project.admin.migration_needs import of_migrations
from project.admin.needs import GROUPS, SHOWN, Need, few, of_plugins, of_protections, of_schedules, of_tasks

EXAMINED = 200
"""How many of the latest migrations the front page examines."""


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by the index page of the admin."""
    user: Any = request.user
    migrations = _migrations(request)
    found = health()
    shown = parts(user, found)
    needs = _needs(user, migrations, shown, works=found.worker.ok)
    return context | {
        "first_steps": first_steps(user, migrations),
        "parts": shown,
        "troubles": [part for part in shown if part.state == "danger"],
        "needs": [need for need in needs if not need.dismissed],
        "dismissed": [need for need in needs if need.dismissed],
        "recent_tasks": [
            {"task": task, "title": title_of(task), "label": LABELS[TaskState(task.state)]}
            for task in Task.objects.visible_to(user).select_related("actor")[:SHOWN]
        ],
        "recent_migrations": migrations[:SHOWN],
    }


def _needs(user: User, migrations: list[dict[str, Any]], shown: list[Part], *, works: bool) -> list[Need]:
    """What the user may see, by group. A task is left out if its environment or migration already shows the same."""
    needs = [
        *few(of_schedules(user)), *of_protections(user), *of_migrations(user, migrations), *of_plugins(user),
    ]  # fmt: skip
    told = {need.next_step for need in needs if not need.dismissed} | {part.next_step for part in shown}
    own = {(need.migration, need.next_step) for need in needs if need.migration}
    needs += few(
        need
        for need in of_tasks(user, works=works)
        if not need.next_step or (need.next_step not in told and (need.migration, need.next_step) not in own)
    )
    return sorted(needs, key=lambda need: GROUPS.index(need.group))


def _migrations(request: HttpRequest) -> list[dict[str, Any]]:
    page = admin.site._registry[Migration]  # noqa: SLF001 - Django has no other way to a registered page
    assert isinstance(page, MigrationAdmin)
    rows: Any = page.get_queryset(request).select_related("source", "target", "author")[:EXAMINED]
    return [
        {"migration": row, "status": status, "label": page.label_of(status)}
        for row in rows
        for status in [status_from(row.state, row.run_kind, row.run_state)]
    ]
