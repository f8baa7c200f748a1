"""What a start finds in Lockstep's database. Runs in a process of its own, with Lockstep's settings.

It only reads: no sign-in, no request to a Superset, nothing in the audit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password

from apps.catalogue.models import DatabaseMapping
from apps.environments.models import Environment
from apps.freezes.policies import freeze_of
from apps.migrations.approvals import APPROVE
from apps.migrations.models import Migration
from apps.migrations.status import status_of
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.policies import access_of
from rig.demo.people import PEOPLE, password_of
from rig.demo.result import EXAMPLES

SHOWN = ("slug", "url", "enabled", "protected", "approvals_needed")
MOST = 50


def show(source: str, target: str) -> None:
    """Print what is found about the environments at these addresses as JSON."""
    print(json.dumps(find(source, target, data=settings.DATA_DIR)))


def find(source_url: str, target_url: str, *, data: Path) -> dict[str, Any]:
    source, target = _environment("dev", source_url), _environment("prod", target_url)
    administrators = User.objects.filter(is_superuser=True, is_staff=True, is_active=True).order_by("pk")
    numbers = Migration.objects.order_by("-pk").values_list("pk", flat=True)
    mapped = DatabaseMapping.objects.filter(source=source, target=target, source_name=EXAMPLES)
    return {
        "people": {name: _hindrance(name, password_of(data, name), target) for name in PEOPLE},
        "administrators": [user.username for user in administrators],
        "source": _facts(source),
        "target": _facts(target),
        "mapped": bool(source and target) and mapped.exists(),
        "migrations": _migrations(source, target) if source and target else [],
        "last_number": numbers.first() or 0,
        "frozen": freeze.until_local if target and (freeze := freeze_of(target)) else "",
        "tasks": [
            f"task {task.pk} ({task.action}, {task.get_state_display()})"
            for task in Task.objects.filter(state__in=OPEN).order_by("pk")[:MOST]
        ],
    }


def _environment(name: str, url: str) -> Environment | None:
    """The one with this address, or else with this name: a person may have changed either."""
    known = Environment.objects.all()
    return known.filter(url=url).first() or known.filter(slug=name).first()


def _facts(environment: Environment | None) -> dict[str, Any] | None:
    return {name: getattr(environment, name) for name in SHOWN} if environment else None


def _hindrance(name: str, password: str, target: Environment | None) -> str:
    """What keeps a person of the demo from their part; empty if nothing does."""
    user = User.objects.filter(username=name).first()
    if user is None:
        return "gone"
    if not user.is_active:
        return "deactivated"
    if not user.is_staff:
        return "no longer staff"
    if not check_password(password, user.password):
        return "password changed"
    return "" if target is None or access_of(user).may(APPROVE, target) else "may not approve"


def _migrations(source: Environment, target: Environment) -> list[dict[str, Any]]:
    """Number and status, the newest first."""
    found = Migration.objects.filter(source=source, target=target).order_by("-pk")
    return [{"id": each.pk, "status": str(status_of(each))} for each in found[:MOST]]
