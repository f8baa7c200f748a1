# [DEF:project.admin.first_steps:Module]
# @COMPLEXITY: 3
# @PURPOSE: What to do first, for whoever starts: from the first environment to the first apply.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> core.admin
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.catalogue.models import CatalogueSync, DatabaseMapping
from apps.core.admin import Text
from apps.environments.models import Environment
from apps.migrations.models import Run, RunKind, RunState
from apps.users.models import User
from apps.users.policies import access_of
from project import messages

NAMED = 3
"""Administrators whom a person is sent to."""


@dataclass(frozen=True, slots=True)
class Step:
    """`url` leads to where it is done; empty where this user may not."""

    text: Text
    done: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """`ask` says whom to ask where the next step is not the user's."""

    steps: tuple[Step, ...]
    ask: str = ""

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)


def first_steps(user: User, migrations: list[dict[str, Any]]) -> FirstSteps | None:
    """None once a migration was applied. Somebody without a role is only told whom to ask."""
    access = access_of(user)
    if not user.is_superuser and not user.grants.exists():
        return FirstSteps((), messages.ASK_FOR_ROLE.format(names=_administrators()))
    if Run.objects.filter(kind=RunKind.APPLY, state=RunState.SUCCEEDED).exists():
        return None
    connected = Environment.objects.filter(enabled=True).count() >= 2
    rows = (
        (messages.CONNECT, connected, "environments.edit", "environments_environment_add"),
        (messages.SYNC, _synced(), "catalogue.sync", "environments_environment_changelist"),
        (messages.MAP, bool(migrations) or DatabaseMapping.objects.exists(), "mappings.edit",
         "catalogue_databasemapping_suggest"),
        (messages.PLAN, bool(migrations), "migrations.plan", "migrations_migration_plan"),
        (messages.APPLY, False, "migrations.apply", "migrations_migration_changelist"),
    )  # fmt: skip
    steps = tuple(
        Step(text, done, reverse(f"admin:{page}") if access.may_somewhere(what) else "")
        for text, done, what, page in rows
    )
    found = FirstSteps(steps)
    if found.next and not found.next.url:
        return FirstSteps(steps, messages.ASK_FOR_STEP.format(names=_administrators()))
    return found


def _synced() -> bool:
    return CatalogueSync.objects.filter(finished__isnull=False, environment__enabled=True).count() >= 2


def _administrators() -> str:
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("username")
    return ", ".join(f"“{each.username}”" for each in found[:NAMED])
