# [DEF:migrations.services.knowledge:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads all that the policies ask of migrations at once, for an answer about many of them.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.known
# @RELATION DEPENDS_ON -> migrations.servers
# @RELATION DEPENDS_ON -> migrations.approvals
# @RELATION DEPENDS_ON -> freezes.models
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.who
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import TypeVar

from django.db.models import Q

from apps.environments.models import Environment
from apps.freezes.models import FreezeWindow
from apps.migrations.approvals import with_access
from apps.migrations.known import Known
from apps.migrations.models import PLUGIN, WORK, Decision, Migration, PlanRecord, Run
from apps.migrations.servers import edits_of
from apps.tasks.models import OPEN, Pause, Task
from apps.users.who import WhoCan

Row = TypeVar("Row")


def read_known(migrations: Sequence[Migration], who: WhoCan) -> None:
    """Give each its `known`, with the same number of queries for any number of them. They have their environments;
    `who` reads `migrations.approve`."""
    numbers = [each.pk for each in migrations]
    plans = PlanRecord.objects.filter(migration__in=numbers).order_by("number").defer("document", "annex")
    by_number = {plan.pk: plan for plan in plans}
    decisions = list(Decision.objects.filter(migration__in=numbers).order_by("pk").select_related("actor"))
    runs = list(Run.objects.filter(migration__in=numbers).with_wrote().order_by("pk").select_related("task"))
    for decision in decisions:
        decision.plan = by_number[decision.plan_id]
    for run in runs:
        run.plan = by_number[run.plan_id]
    with_access(decisions, who)
    tasks, answered, windows = _tasks(numbers), _answered(migrations), _windows(migrations)
    edits = cache(lambda: edits_of(environments_of(migrations)))
    plans_of, decisions_of, runs_of = _by_migration(by_number.values()), _by_migration(decisions), _by_migration(runs)
    for migration in migrations:
        migration.known = Known(
            plans=plans_of.get(migration.pk, ()),
            decisions=decisions_of.get(migration.pk, ()),
            runs=runs_of.get(migration.pk, ()),
            task=tasks.get(migration.pk),
            answered=frozenset(answered.get(migration.pk, ())),
            windows=[each for each in windows if each.counts_for(migration.target)],
            edits=edits,
        )


def environments_of(migrations: Iterable[Migration]) -> list[Environment]:
    return list({each.pk: each for row in migrations for each in (row.source, row.target)}.values())


def _by_migration(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.migration_id, []).append(row)  # type: ignore[attr-defined]
    return found


def _tasks(numbers: Collection[int]) -> dict[int, Task]:
    work = Task.objects.filter(plugin=PLUGIN, action__in=WORK, state__in=OPEN, params__migration__in=[*numbers])
    found: dict[int, Task] = {}
    for task in work.select_related("actor", "environment"):
        found.setdefault(task.params["migration"], task)
    return found


def _answered(migrations: Sequence[Migration]) -> dict[int, set[int]]:
    """By migration. A task that planned it is named by the migration, and names it in its result."""
    made = {each.task_id: each.pk for each in migrations if each.task_id}
    named = Q(task__in=[*made]) | Q(task__result__migration__in=[each.pk for each in migrations])
    answers = Pause.objects.filter(named, task__plugin=PLUGIN, task__action="plan", answered_by__isnull=False)
    found: dict[int, set[int]] = {}
    for task, number, person in answers.values_list("task_id", "task__result__migration", "answered_by_id"):
        for migration in {made.get(task), number} - {None}:
            found.setdefault(migration, set()).add(person)
    return found


def _windows(migrations: Sequence[Migration]) -> list[FreezeWindow]:
    targets = {each.target_id for each in migrations}
    rows = FreezeWindow.objects.filter(Q(environment=None) | Q(environment__in=targets))
    return list(rows.select_related("environment"))
