"""Fills the database of `rig.bench.speed`, in a process with Lockstep's settings, and prints what they need who use it:
{people: [{name, cookie} …], large, small, planning, and lists of what all of them see: environments, dashboards, tasks,
migrations, changes of the large one}.

LOCKSTEP_DATA_DIR=… DJANGO_SETTINGS_MODULE=project.settings python -m rig.bench.speed.filling [PART]

PART divides the numbers of rows, to try the measurement in little time.
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.audit import sealer, seals  # noqa: E402
from apps.audit.models import AuditEntry  # noqa: E402
from apps.catalogue.models import AssetKind  # noqa: E402
from apps.environments.models import Environment, Tier  # noqa: E402
from apps.freezes.services import add_freeze  # noqa: E402
from apps.migrations.models import Migration, PlanRecord  # noqa: E402
from apps.plugins.installation import refresh_records  # noqa: E402
from apps.plugins.models import PluginRecord  # noqa: E402
from apps.schedules.services import create_schedule  # noqa: E402
from apps.tasks.models import Task  # noqa: E402
from apps.users.models import User  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402
from apps.users.services.grants import get_role, grant_role  # noqa: E402
from apps.users.services.tokens import create_token  # noqa: E402
from rig.bench.speed import catalogue, history  # noqa: E402

ROLES = {"analyst": 12, "operator": 10, "approver": 6, "administrator": 2, "viewer": 20}
"""Fifty users. Every second analyst and viewer has the role on “dev” and “prod” alone."""

NARROW = ("analyst", "viewer")
SCHEDULES, ENTRIES = 30, 10_000


def main() -> None:
    part = int(sys.argv[1]) if sys.argv[1:] else 1
    now = timezone.now()
    environments = [_prepared(slug) for slug in ("dev", "stage", "prod")]
    admin = acting_user(username=None)
    refresh_records()
    PluginRecord.objects.update(enabled=True)
    people = add_people(admin)
    workers = [user for user in people if user.username.startswith(("operator", "approver"))]
    catalogue.fill(environments, now, catalogue.DASHBOARDS // part)
    catalogue.match(environments, admin)
    history.add_tasks(environments, people, now, history.TASKS // part)
    numbers = history.add_migrations(environments[0], environments[-1], admin, workers, history.MIGRATIONS // part)
    environments[-1].protected = True
    environments[-1].save(update_fields=["protected"])
    add_rules(admin, environments)
    add_entries(admin, environments[0], ENTRIES // part)
    _analyze()
    seen_by_all = Task.objects.filter(plugin="catalogue", environment__in=environments[::2]).order_by("-pk")
    dashboards = [str(catalogue.uuid_of(AssetKind.DASHBOARD, number)) for number in range(catalogue.DASHBOARDS // part)]
    plan = PlanRecord.objects.get(migration=numbers["large"])
    facts = {
        "later": 3 if part == 1 else 1,
        "tasks": list(seen_by_all.values_list("pk", flat=True)[:1000]),
        "dashboards": dashboards,
        "environments": [each.slug for each in environments[::2]],
        "migrations": list(Migration.objects.order_by("-pk").values_list("pk", flat=True)),
        "changes": [str(each) for each in plan.assets.values_list("uuid", flat=True)],
    }
    print(json.dumps({"people": [_signed_in(user) for user in people], **facts, **numbers}))


def _prepared(slug: str) -> Environment:
    environment = Environment.objects.get(slug=slug)
    environment.tier, environment.release = Tier(slug), "6.1.0"
    environment.last_contact = timezone.now()
    environment.save()
    return environment


def add_people(admin: User) -> list[User]:
    people = []
    for role, count in ROLES.items():
        for number in range(count):
            user = User.objects.create(username=f"{role}{number}", is_staff=role == "administrator")
            narrow = role in NARROW and number % 2
            for where in ("dev", "prod") if narrow else ("*",):
                grant_role(actor=admin, user=user, role=get_role(role), where=where)
            create_token(user=user, name="ci", days=30)
            people.append(user)
    return people


def add_rules(admin: User, environments: list[Environment]) -> None:
    for number in range(SCHEDULES):
        where = environments[number % len(environments)]
        work: dict[str, Any] = {"plugin": "catalogue", "action": "sync", "environment": where, "cron": "0 3 1 1 *"}
        create_schedule(actor=admin, name=f"schedule {number}", **work)
    later = timezone.now() + timedelta(days=300)
    for number in range(3):
        add_freeze(actor=admin, reason=f"Holidays {number}", starts=later, ends=later + timedelta(days=number + 1))


def add_entries(admin: User, about: Environment, count: int) -> None:
    """Sealed, as all others are."""
    now, name = timezone.now(), str(about)
    facts = {"actor": admin, "source": "api", "action": "environment.edit", "object_type": "environments.environment"}
    entries = [
        AuditEntry(
            **facts,
            at=now,
            nonce=secrets.token_hex(16),
            object_id=str(about.pk),
            object_name=name,
            before={"number": number},
            after={"number": number + 1},
        )
        for number in range(count)
    ]
    for entry in entries:
        entry.mark = seals.of_entry(entry)
    AuditEntry.objects.bulk_create(entries, batch_size=catalogue.BATCH)
    sealer.seal()


def _analyze() -> None:
    """What PostgreSQL's own cleaner does after a minute; SQLite has it done by nobody."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _signed_in(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": user.username, "cookie": f"{name}={client.cookies[name].value}"}


if __name__ == "__main__":
    main()
