# [DEF:overview.activity:Module]
# @COMPLEXITY: 3
# @PURPOSE: What goes on, and what waits for this user: what every page of the application shows around itself.
# @RELATION DEPENDS_ON -> tasks.view.rows
# @RELATION DEPENDS_ON -> tasks.health
# @RELATION DEPENDS_ON -> migrations.environment_brief
# @RELATION CALLS -> migrations.approvals
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from apps.environments.models import Environment
from apps.migrations.approvals import waiting_for
from apps.migrations.environment_brief import environment_briefs, with_sync
from apps.tasks.health import Health, health
from apps.tasks.models import OPEN, Task, TaskState
from apps.tasks.view.row_policies import ListedActions
from apps.tasks.view.rows import for_rows, task_row
from apps.users.models import User

ACTIVE, SHOWN = 20, 30
"""How many tasks that have not ended are shown, and how many in all."""

READ = 200
"""As many tasks are looked at. If more have not ended, the numbers are counted by themselves."""

RECENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Activity:
    running: int
    queued: int
    waiting: int
    """Tasks with a question that this user may answer."""

    decisions: int
    """Migrations on which this user may decide and has not."""

    tasks: list[dict[str, Any]]
    environments: list[dict[str, Any]]
    health: Health


def activity_of(user: User) -> Activity:
    """At most twelve queries, one of them for the permissions of who asks."""
    tasks = _tasks(user)
    counts = _counts(user, tasks)
    actions = ListedActions(user, tasks, naming=False)
    environments = with_sync(Environment.objects.visible_to(user)).order_by("name")
    return Activity(
        running=counts[TaskState.RUNNING],
        queued=counts[TaskState.QUEUED],
        waiting=sum(actions.may_answer(task) for task in tasks if task.state == TaskState.AWAITING_INPUT),
        decisions=waiting_for(user).count(),
        tasks=[task_row(task, actions) for task in _shown(tasks)],
        environments=environment_briefs(list(environments), user),
        health=health(),
    )


def _tasks(user: User) -> list[Task]:
    """Those that have not ended, first those that ask; then those that have ended lately."""
    order = Case(
        When(state=TaskState.AWAITING_INPUT, then=Value(0)),
        When(state=TaskState.RUNNING, then=Value(1)),
        When(state=TaskState.QUEUED, then=Value(2)),
        default=Value(3),
    )
    wanted = Q(state__in=OPEN) | Q(finished__gt=timezone.now() - RECENT)  # an index for each
    return list(for_rows(Task.objects.visible_to(user)).filter(wanted).order_by(order, "-pk")[:READ])


def _counts(user: User, tasks: list[Task]) -> Counter[str]:
    if len(tasks) < READ:
        return Counter(task.state for task in tasks)
    running = Task.objects.visible_to(user).filter(state__in=OPEN).order_by()
    return Counter(running.values_list("state", flat=True))


def _shown(tasks: list[Task]) -> list[Task]:
    active = sorted((task for task in tasks if not task.ended), key=lambda task: -task.pk)[:ACTIVE]
    ended = [task for task in tasks if task.ended]
    return [*active, *ended[: SHOWN - len(active)]]
