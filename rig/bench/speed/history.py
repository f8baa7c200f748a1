"""What people and Lockstep did: tasks with their lines, migrations with real plans. Needs Lockstep's settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import cycle
from unittest import mock

from django.db.models import F

from apps.catalogue.models import AssetKind
from apps.core.errors import LockstepError, stored_error
from apps.core.files import store
from apps.environments import connections
from apps.environments.models import Environment
from apps.environments.tests.factories import Servers
from apps.migrations.models import Decision, Migration, PlannedAsset, PlanRecord, Run, RunState, Write, WriteState
from apps.migrations.services.execution import apply_migration
from apps.migrations.services.planning import plan_migration
from apps.superset.protocol import Silent
from apps.superset.selection import Selection
from apps.superset.tests.world import BIRTHS, World
from apps.tasks.models import Task, TaskArtifact, TaskLine, TaskState
from apps.users.models import User
from rig.bench.speed.catalogue import BATCH, CHARTS_EACH, DASHBOARDS, uuid_of

TASKS, LINES_EACH = 10_000, 20
EVERY = timedelta(minutes=4)
"""From the start of a task to that of the next: all of them are of four weeks."""

MIGRATIONS = 200
STATES = (*("approved",) * 6, "planned", "submitted", "rejected", "withdrawn")
"""Of ten migrations in a row; the approved ones were applied."""

ACTIONS = (*(("catalogue", "sync"),) * 5, ("catalogue", "check"), ("dummy0", "first"), ("dummy1", "second"))
LEVELS = {0: "error", 1: "warning"}


def add_tasks(environments: list[Environment], people: list[User], now: datetime, count: int = TASKS) -> None:
    """One in ten did not succeed. The newest ended just now."""
    who, where, what = cycle(people), cycle(environments), cycle(ACTIONS)
    failure = stored_error(LockstepError("The server did not answer within 30 s."))
    tasks = []
    for number in range(count):
        environment, (plugin, action), started = next(where), next(what), now - EVERY * (count - number)
        failed = number % 10 == 9
        tasks.append(
            Task(
                plugin=plugin,
                action=action,
                environment=environment,
                environment_name=environment.name,
                actor=next(who) if number % 3 else None,
                state=TaskState.FAILED if failed else TaskState.SUCCEEDED,
                started=started,
                finished=started + timedelta(seconds=90),
                stages=[{"name": "list", "number": 1, "total": 2, "started": started.isoformat(), "finished": None}],
                progress={"stage": "list", "done": 4, "total": 4},
                result=None if failed else {"created": 2, "changed": 10, "removed": 0},
                error=failure if failed else None,
            )
        )
    Task.objects.bulk_create(tasks, batch_size=BATCH)
    Task.objects.update(created=F("started"))
    for first in range(0, count, BATCH):
        TaskLine.objects.bulk_create(
            (
                TaskLine(
                    task=task,
                    seq=seq,
                    at=task.started or now,
                    level=LEVELS.get(seq % 17, "info"),
                    source="hash" if seq % 2 else "list",
                    text=f"Dashboard {seq} updated: {'charts and datasets ' * (seq % 7)}".rstrip(),
                    facts={"dashboard": seq},
                )
                for task in tasks[first : first + BATCH]
                for seq in range(1, LINES_EACH + 1)
            ),
            batch_size=2 * BATCH,
        )
    file = store("artefacts", b"{}", suffix=".json")
    TaskArtifact.objects.create(task=tasks[-1], name="result.json", path=file.path, sha256=file.sha256, size=2)


def add_migrations(
    source: Environment, target: Environment, actor: User, others: list[User], count: int = MIGRATIONS
) -> dict[str, int]:
    """One whose plan has all 131 example assets, applied; one that changes a few of them; and many like that.

    Returns the numbers of the first two, and of a task that only compared.
    """
    world = World()
    servers = Servers(**{source.name: world.dev, target.name: world.prod})
    with mock.patch.object(connections, "SupersetClient", servers.open):
        large = _plan(actor, source, target, Selection(everything=True))
        run = apply_migration(actor=actor, migration=large, reporter=Silent())
        for number, document in enumerate(world.dev.documents["chart"].values()):  # type: ignore[index]
            if number % 2:
                document["slice_name"] += " anew"
        world.dev.document(BIRTHS)["dashboard_title"] = "Births"
        small = _plan(actor, source, target, Selection(("births",)))
    _copy(small, run, others, count)
    return {"large": large.pk, "small": small.pk, "planning": _planning(large, actor).pk}


def _plan(actor: User, source: Environment, target: Environment, selection: Selection) -> Migration:
    made = plan_migration(
        actor=actor,
        source=source,
        target=target,
        selection=selection,
        database_pairs=["examples=warehouse"],
        reporter=Silent(),
    )
    assert made.migration
    return made.migration


def _planning(migration: Migration, actor: User) -> Task:
    plan = migration.plans.get()
    return Task.objects.create(
        plugin="migrations",
        action="plan",
        environment=migration.target,
        environment_name=migration.target.name,
        reads=migration.source,
        reads_name=migration.source.name,
        actor=actor,
        state=TaskState.SUCCEEDED,
        started=migration.created,
        finished=migration.created,
        result={"migration": migration.pk, "checksum": plan.checksum, "pending": True},
    )


def _copy(like: Migration, run: Run, people: list[User], count: int) -> None:
    """The first author asks, the others decide. Each plan is about a dashboard of the catalogue and its charts."""
    plan, (author, *judges) = like.plans.get(), people
    made = [
        Migration(
            source=like.source,
            target=like.target,
            title=f"{like.title} {number}",
            selection=like.selection,
            state=STATES[number % len(STATES)],
            author=author,
        )
        for number in range(count)
    ]
    Migration.objects.bulk_create(made, batch_size=BATCH)
    facts = {
        field.attname: getattr(plan, field.attname)
        for field in PlanRecord._meta.concrete_fields  # noqa: SLF001 - Django's documented model API
        if field.attname not in ("id", "migration_id", "actor_id")
    }
    plans = [PlanRecord(**facts, migration=each, actor=author) for each in made]
    PlanRecord.objects.bulk_create(plans, batch_size=20)
    PlannedAsset.objects.bulk_create(
        (each for number, record in enumerate(plans) for each in _assets(record, number)), batch_size=BATCH
    )
    decisions, runs = [], []
    for number, (migration, record) in enumerate(zip(made, plans, strict=True)):
        about = {"migration": migration, "plan": record, "checksum": record.checksum}
        judge = judges[number % len(judges)]
        if migration.state not in ("planned", "withdrawn"):
            decisions.append(Decision(**about, kind="submit", actor=author, needed=1))
        if migration.state in ("approved", "rejected"):
            kind = "approve" if migration.state == "approved" else "reject"
            decisions.append(Decision(**about, kind=kind, actor=judge, note="Read."))
        if migration.state == "approved":
            runs.append(_run(run, migration, record))
    Decision.objects.bulk_create(decisions)
    Run.objects.bulk_create(runs)
    Write.objects.bulk_create(
        Write(run=each, act="import", keys=["chart/x"], state=WriteState.WRITTEN) for each in runs
    )


def _assets(plan: PlanRecord, number: int) -> list[PlannedAsset]:
    board = number % DASHBOARDS
    charts = range(board * CHARTS_EACH, (board + 1) * CHARTS_EACH)
    keys = [(AssetKind.DASHBOARD, board), *((AssetKind.CHART, chart) for chart in charts)]
    return [
        PlannedAsset(plan=plan, kind=kind, uuid=uuid_of(kind, each), name=f"{kind} {each}", action="update")
        for kind, each in keys
    ]


def _run(like: Run, migration: Migration, plan: PlanRecord) -> Run:
    return Run(
        migration=migration,
        plan=plan,
        target=migration.target,
        kind=like.kind,
        state=RunState.SUCCEEDED,
        actor=migration.author,
        finished=like.finished,
        host=like.host,
        pid=like.pid,
        heartbeat=like.heartbeat,
        snapshot_path=like.snapshot_path,
        snapshot_sha256=like.snapshot_sha256,
        result=like.result,
    )
