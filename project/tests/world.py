"""One of everything that the API shows."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.catalogue.models import AssetPairing, CatalogueAsset, CatalogueSync, DatabaseMapping
from apps.core.files import store
from apps.freezes.services import add_freeze
from apps.migrations.models import Migration
from apps.migrations.tests.factories import Stage
from apps.schedules.models import Schedule, ScheduledRunState
from apps.schedules.services import create_schedule
from apps.tasks.models import Task, TaskArtifact, TaskLine, TaskState
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from apps.users.services.groups import map_group
from apps.users.services.roles import add_role
from apps.users.services.tokens import create_token

SOURCE_UUID, TARGET_UUID = UUID(int=1), UUID(int=2)
OTHER_SOURCE_UUID, OTHER_TARGET_UUID = UUID(int=3), UUID(int=4)
FAR_OFF = {"starts": datetime(2040, 12, 1, tzinfo=UTC), "ends": datetime(2040, 12, 2, tzinfo=UTC)}


class World:
    """“dev” and “prod” with a database and a chart each, a migration from one to the other, a task that has ended."""

    def __init__(self, author: Any, patch: Any) -> None:
        self.author = author
        self.stage = Stage(author, patch)
        self.dev, self.prod = self.stage.source, self.stage.target
        for environment, database, chart in (
            (self.dev, SOURCE_UUID, OTHER_SOURCE_UUID),
            (self.prod, TARGET_UUID, OTHER_TARGET_UUID),
        ):
            CatalogueSync.objects.create(environment=environment, started=timezone.now(), counts={"database": 1})
            self.add_asset(environment, "database", database, "warehouse", backend="postgresql")
            self.add_asset(environment, "chart", chart, "Births", owners=["Ann Lee"], tags=["core"])
        self.mapping = self.add_mapping(SOURCE_UUID, TARGET_UUID)
        self.pairing = self.add_pairing(OTHER_SOURCE_UUID, OTHER_TARGET_UUID)
        self.task = self.add_task()
        self.token, _ = create_token(user=author, name="ci", days=1)
        self.schedule = self.add_schedule("nightly")
        self.user = User.objects.create_user("grace", password="only-for-tests")
        self.grant = grant_role(actor=author, user=self.user, role=get_role("viewer"))
        self.role = add_role(actor=author, slug="spare", title="Spare", permissions=[("tasks.view", "*")])
        self.group_mapping = map_group(actor=author, group="BI", role=get_role("viewer"))
        self.freeze = add_freeze(actor=author, reason="Quiet", **FAR_OFF)

    @cached_property
    def migration(self) -> Migration:
        """Planned when it is first asked for: planning takes its time."""
        return self.stage.plan()

    @cached_property
    def planning(self) -> Task:
        """The task that planned the migration."""
        result = {"migration": self.migration.pk, "checksum": self.checksum, "pending": True}
        return Task.objects.create(
            plugin="migrations",
            action="plan",
            environment=self.prod,
            environment_name=self.prod.name,
            reads=self.dev,
            reads_name=self.dev.name,
            actor=self.author,
            state=TaskState.SUCCEEDED,
            finished=timezone.now(),
            result=result,
        )

    @property
    def checksum(self) -> str:
        return self.migration.plans.get().checksum

    def add_asset(self, environment: Any, kind: str, uuid: UUID, name: str, **fields: Any) -> CatalogueAsset:
        return CatalogueAsset.objects.create(
            environment=environment,
            kind=kind,
            uuid=uuid,
            asset_id=uuid.int % 100_000,
            name=name,
            seen_at=timezone.now(),
            changed_on=timezone.now(),
            **fields,
        )

    def add_mapping(self, source: UUID, target: UUID) -> DatabaseMapping:
        return DatabaseMapping.objects.create(
            source=self.dev,
            target=self.prod,
            source_uuid=source,
            source_name="warehouse",
            target_uuid=target,
            target_name="warehouse",
            confirmed_by=self.author,
        )

    def add_pairing(self, source: UUID, target: UUID) -> AssetPairing:
        return AssetPairing.objects.create(
            source=self.dev,
            target=self.prod,
            kind="chart",
            source_uuid=source,
            source_name="Births",
            target_uuid=target,
            target_name="Births",
            confirmed_by=self.author,
        )

    def add_schedule(self, name: str) -> Schedule:
        facts = {"plugin": "catalogue", "action": "sync", "environment": self.prod, "cron": "30 2 * * *"}
        schedule = create_schedule(actor=self.author, name=name, **facts)
        schedule.runs.create(slot=timezone.now(), state=ScheduledRunState.SKIPPED, reason="Task 1 had not ended.")
        return schedule

    def add_task(self) -> Task:
        task = Task.objects.create(
            plugin="catalogue",
            action="sync",
            environment=self.dev,
            environment_name=self.dev.name,
            actor=self.author,
            state=TaskState.SUCCEEDED,
            finished=timezone.now(),
            stages=[{"name": "lists", "number": 1, "total": 1, "started": "2026-11-23T04:00:00Z", "finished": None}],
            progress={"stage": "lists", "done": 4, "total": 4},
            result={"created": 2},
        )
        TaskLine.objects.bulk_create(TaskLine(task=task, seq=seq, text=f"line {seq}") for seq in range(1, 4))
        file = store("artefacts", b"{}", suffix=".json")
        TaskArtifact.objects.create(task=task, name="plan.json", path=file.path, sha256=file.sha256, size=2)
        return task
