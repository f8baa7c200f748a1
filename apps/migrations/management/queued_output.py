# [DEF:migrations.management.queued_output:Module]
# @COMPLEXITY: 3
# @PURPOSE: The output of `lockstep migration` for what a worker carries out: followed line by line, then shown as
#   without one.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> environments.management.progress
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from apps.core.management.output import FAILED, PENDING, Output
from apps.environments.management.progress import Stream
from apps.migrations.management import output
from apps.migrations.models import Run
from apps.migrations.review.files import PLAN, WHOLE
from apps.migrations.services.planning import Created, get_migration
from apps.superset.plan.plan import Plan
from apps.tasks.management.follow import followed_output
from apps.tasks.management.output import detail_output
from apps.tasks.models import Task, TaskState


def created_output(task: Task, stream: Stream, *, asking: bool) -> Output:
    """Of a task that plans. For a plan that is not kept, 2 says that there are changes, and nothing else does."""
    ended = _followed(task, stream, _created, asking=asking)
    made = task.params.get("keep", True) or task.state == TaskState.SUCCEEDED
    return ended if made or ended.exit_code != PENDING else replace(ended, exit_code=FAILED)


def run_output(task: Task, stream: Stream, *, asking: bool) -> Output:
    """Of a task that applies or rolls back."""
    return _followed(task, stream, acted_output, asking=asking)


def _followed(task: Task, stream: Stream, output_of: Callable[[Task], Output], *, asking: bool) -> Output:
    """As without a worker where it went well, else how the task ended."""
    ended = followed_output(task, stream, answering=task.actor if asking else None)
    return output_of(task) if task.state == TaskState.SUCCEEDED else ended


def _created(task: Task) -> Output:
    result = task.result or {}
    # A worker of an earlier release keeps the whole plan as `plan.json`, which comes after the other by name
    stored = task.artifacts.filter(name__in=(WHOLE, PLAN)).order_by("-name")[0]
    plan = Plan.from_json(json.loads(stored.file.read()))
    migration = get_migration(result["migration"]) if result["migration"] else None
    return output.created_output(Created(plan, migration), again=task.params.get("migration"))


def run_here_output(task: Task) -> Output:
    """Of one that this process has run: it has succeeded, or it asks something and a worker goes on with the answer."""
    if task.state == TaskState.AWAITING_INPUT:
        return replace(detail_output(task), exit_code=PENDING)
    return acted_output(task)


def acted_output(task: Task) -> Output:
    """Of one that has succeeded."""
    result = task.result or {}
    if result["run"] is None:
        return output.nothing_output(get_migration(result["migration"]), result["nothing_to_do"])
    return output.run_output(Run.objects.get(pk=result["run"]))
