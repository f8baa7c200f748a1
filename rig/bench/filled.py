"""Fills the database of `rig.bench.application`, in a process with Lockstep's settings: a thousand dashboards on two
environments, and a task with ten thousand lines. Prints {cookie, session, task}.

LOCKSTEP_DATA_DIR=… DJANGO_SETTINGS_MODULE=project.settings python -m rig.bench.filled DASHBOARDS LINES
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from datetime import datetime, timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.catalogue.models import AssetKind, AssetStatus, CatalogueAsset, CatalogueSync  # noqa: E402
from apps.environments.models import Environment, Tier  # noqa: E402
from apps.tasks.models import Task, TaskLine, TaskState  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402

NAMES = ("Sales", "USA Births Names", "Video Game Sales", "FCC New Coder Survey 2018", "World Bank, rural population")
OWNERS = ("BI team", "Analytics", "Superset Admin")
TAGS: tuple[list[str], ...] = (["finance", "core"], ["core"], [], ["survey", "public"])
BATCH = 500


def dashboards(environment: Environment, count: int, now: datetime) -> None:
    """Every third one of prod differs from that of dev, and the last quarter is only on dev."""
    held = count if environment.tier == Tier.DEV else count * 3 // 4
    rows = []
    for number in range(held):
        content = f"{number} {environment.tier if number % 3 == 0 else ''}"
        hashed = hashlib.sha256(content.encode()).hexdigest()
        rows.append(
            CatalogueAsset(
                environment=environment,
                kind=AssetKind.DASHBOARD,
                uuid=uuid.UUID(int=number + 1),
                asset_id=number + 1,
                name=f"{NAMES[number % len(NAMES)]}, {number}",
                slug=f"board-{number}",
                status=AssetStatus.DRAFT if number % 9 == 8 else AssetStatus.PUBLISHED,
                owners=[OWNERS[number % len(OWNERS)]],
                tags=TAGS[number % len(TAGS)],
                changed_on=now - timedelta(minutes=97 * number),
                version="1",
                content_hash=hashed,
                hashed_version="1",
                hashed_at=now,
                portable_hash=hashed,
                names=[],
                depends_on=[],
                seen_at=now,
            )
        )
    CatalogueAsset.objects.bulk_create(rows, batch_size=BATCH)
    counts = {AssetKind.DASHBOARD.value: held}
    CatalogueSync.objects.create(environment=environment, started=now, finished=now, listed_whole=now, counts=counts)


def log(environment: Environment, lines: int, now: datetime) -> Task:
    """Most lines are short; every third wraps in a narrow window, every seventh in a wide one."""
    task = Task.objects.create(
        plugin="catalogue",
        action="sync",
        environment=environment,
        environment_name=environment.name,
        actor=acting_user(username=None),
        state=TaskState.SUCCEEDED,
        started=now - timedelta(minutes=5),
        finished=now,
    )
    levels = {0: "error", 1: "warning"}
    TaskLine.objects.bulk_create(
        (
            TaskLine(
                task=task,
                seq=number,
                at=now - timedelta(milliseconds=30 * (lines - number)),
                level=levels.get(number % 97, "info"),
                source="apply" if number % 2 else "import",
                text=f"Dashboard {number} updated: {'charts and datasets ' * (number % 7)}".rstrip(),
            )
            for number in range(1, lines + 1)
        ),
        batch_size=BATCH,
    )
    return task


def main() -> None:
    count, lines = map(int, sys.argv[1:])
    now = timezone.now()
    Environment.objects.filter(slug="dev").update(tier=Tier.DEV)
    Environment.objects.filter(slug="prod").update(tier=Tier.PROD, protected=True)
    for environment in Environment.objects.all():
        dashboards(environment, count, now)
    task = log(Environment.objects.get(slug="dev"), lines, now)
    client = Client()
    client.force_login(acting_user(username=None))
    name = settings.SESSION_COOKIE_NAME
    print(json.dumps({"cookie": name, "session": client.cookies[name].value, "task": task.pk}))


if __name__ == "__main__":
    main()
