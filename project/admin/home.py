# [DEF:project.admin.home:Module]
# @COMPLEXITY: 3
# @PURPOSE: The front page: what needs a hand, and what is going on.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> environments.protection
# @RELATION DEPENDS_ON -> plugins.models
# @RELATION DEPENDS_ON -> core.admin
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> schedules.models

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apps.core.admin import address
from apps.environments.models import Environment, ProtectionRequest, RequestState
from apps.environments.policies import EDIT
from apps.environments.protection import SHOWN_FOR
from apps.migrations.admin import MigrationAdmin
from apps.migrations.approvals import Approvals, short_of_approvals, waiting_for
from apps.migrations.models import Migration
from apps.migrations.status import Status, status_from
from apps.plugins.models import PluginRecord, PluginState
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.tasks.admin import LABELS, title_of
from apps.tasks.health import health, worker_is_alive
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from apps.users.policies import access_of

LOOKED_AT = 200
"""The latest migrations of which the front page knows whether they wait."""

RECENT = timedelta(days=3)
"""For so long a task that went wrong is told of."""

STUCK = timedelta(minutes=5)
"""A task that waits for longer, with a worker there, is told of."""

WAITS = {
    Status.PLANNED: "is planned and waits to be applied",
    Status.SUBMITTED: "waits for the approval of others",
    Status.APPROVED: "is approved and waits to be applied",
    Status.DRAFT: "is a draft again and waits to be planned anew",
}
"""What a migration waits for, by its status."""

SHOWN = 8
LEVELS = ("danger", "warning", "info")


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a person should look at. The level is one of LEVELS."""

    level: str
    text: str
    url: str
    next_step: str = ""


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by the index page of the admin."""
    user: Any = request.user
    migrations = _migrations(request)
    short = short_of_approvals()
    waiting = set(waiting_for(user, short).values_list("pk", flat=True))
    return context | {
        "needs": _needs(user, migrations, waiting, short),
        "recent_tasks": [
            {"task": task, "title": title_of(task), "label": LABELS[TaskState(task.state)]}
            for task in Task.objects.visible_to(user).select_related("actor")[:SHOWN]
        ],
        "recent_migrations": migrations[:SHOWN],
        "is_new": access_of(user).may_somewhere(EDIT) and not migrations and not Environment.objects.exists(),
    }


def _needs(
    user: User, migrations: list[dict[str, Any]], waiting: set[int], short: Mapping[int, Approvals]
) -> list[Need]:
    """Of what the user may see, the worst first. What an environment or a migration tells already is not told once more
    of the task."""
    of_migrations = _of_migrations(migrations, waiting, short)
    needs = [*_workers(), *_schedules(user), *_environments(user), *_protections(user), *of_migrations, *_plugins(user)]
    told = {need.next_step for need in needs if need.next_step}
    needs += [need for need in _tasks(user) if need.next_step not in told]
    return sorted(needs, key=lambda need: LEVELS.index(need.level))


def _workers() -> Iterator[Need]:
    found = health()
    if not found.storage.ok:
        yield Need("danger", found.storage.sentence, "", found.storage.next_step)
    if not found.worker.ok:
        url = reverse("admin:tasks_task_changelist")
        yield Need("danger", found.worker.sentence, url, found.worker.next_step)
    elif not found.scheduler.ok:
        url = reverse("admin:schedules_schedule_changelist")
        yield Need("danger", found.scheduler.sentence, url, found.scheduler.next_step)


def _schedules(user: User) -> Iterator[Need]:
    """Of those whose last run could not be started."""
    last = ScheduledRun.objects.filter(schedule=OuterRef("pk")).order_by("-pk")
    rows = Schedule.objects.visible_to(user).annotate(
        state=Subquery(last.values("state")[:1]), reason=Subquery(last.values("reason")[:1])
    )
    for schedule in rows.filter(state=ScheduledRunState.REFUSED, enabled=True)[:SHOWN]:
        yield Need("danger", f"The schedule “{schedule}” could not be run.", address(schedule), schedule.reason)


def _tasks(user: User) -> Iterator[Need]:
    tasks = Task.objects.visible_to(user)
    earliest = timezone.now() - RECENT
    for task in tasks.filter(state=TaskState.AWAITING_INPUT).order_by("pk")[:SHOWN]:
        yield Need("warning", f"{_named(task)} waits for an answer.", address(task))
    wrong = (TaskState.FAILED, TaskState.ERRORED, TaskState.TIMED_OUT, TaskState.LOST)
    well = tasks.filter(finished__gt=earliest, state=TaskState.SUCCEEDED).order_by("pk")
    same = ("plugin", "action", "environment", "params__migration")
    went_well = {tuple(facts): number for *facts, number in well.values_list(*same, "pk")}
    for task in tasks.filter(state__in=wrong, finished__gt=earliest).order_by("-pk")[:SHOWN]:
        facts = (task.plugin, task.action, task.environment_id, task.params.get("migration"))
        if went_well.get(facts, 0) < task.pk:
            went_well[facts] = task.pk  # of several that went wrong alike the latest is told
            sentence = (task.error or {}).get("sentence", "")
            yield Need("danger", f"{_named(task)} {task.state_in_words}.", address(task), sentence)
    if worker_is_alive():
        late = timezone.now() - STUCK
        for task in tasks.filter(state=TaskState.QUEUED, created__lt=late).order_by("pk")[:SHOWN]:
            since = f"{task.created:%Y-%m-%d %H:%M} UTC"
            yield Need("warning", f"{_named(task)} has been waiting since {since}.", address(task))


def _environments(user: User) -> Iterator[Need]:
    for environment in Environment.objects.visible_to(user).filter(enabled=True, last_error__isnull=False):
        sentence = environment.last_error.get("sentence", "") if environment.last_error else ""
        yield Need("danger", f"“{environment}” could not be used: {environment.state}.", address(environment), sentence)


def _protections(user: User) -> Iterator[Need]:
    """What lowers one and waits for a second holder; and what somebody has done alone, for thirty days."""
    now = timezone.now()
    waits = Q(state=RequestState.PENDING, expires__gt=now)
    alone = Q(state=RequestState.ALONE, decided__gt=now - SHOWN_FOR)
    rows = (
        ProtectionRequest.objects.visible_to(user).filter(waits | alone).select_related("environment", "requested_by")
    )
    for each in rows.order_by("-pk"):
        url = address(each.environment) if each.environment else reverse("admin:environments_environment_changelist")
        named, step = f"“{each.environment_name}”", f"Why: {each.reason}" if each.reason else ""
        if each.state == RequestState.ALONE:
            text = f"“{each.requested_by}” lowered the protection of {named} alone on {each.requested:%Y-%m-%d}"
            yield Need("danger", f"{text}: {each.in_words}.", url, step)
        else:
            mine = each.requested_by_id == user.pk or not access_of(user).may(EDIT, each.environment)
            whose = "the confirmation of another" if mine else "your confirmation"
            text = f"What “{each.requested_by}” asks for {named} ({each.in_words}) waits for {whose}."
            yield Need("info" if mine else "warning", text, url, step)


def _of_migrations(
    migrations: list[dict[str, Any]], waiting: set[int], short: Mapping[int, Approvals]
) -> Iterator[Need]:
    for each in migrations:
        migration, status = each["migration"], each["status"]
        told = f"Migration {migration.pk} to “{migration.target}” ({migration.title})"
        if status in {Status.INTERRUPTED, Status.FAILED}:
            step = "See what was written; then roll it back, or plan again for what remains."
            yield Need("danger", f"{told} {status}.", address(migration), migration.run_failure or step)
        elif migration.pk in waiting:
            why = short[migration.pk].explanation if migration.pk in short else ""
            yield Need("warning", f"{told} waits for your approval.", address(migration), why)
        elif migration.pk in short:
            text = f"{told} was approved and waits for further approvals."
            yield Need("warning", text, address(migration), short[migration.pk].explanation)
        elif status in WAITS:
            protected = status is Status.PLANNED and migration.target.protected
            what = "is planned and waits to be submitted for approval" if protected else WAITS[status]
            yield Need("info", f"{told} {what}.", address(migration))


def _plugins(user: User) -> Iterator[Need]:
    for plugin in PluginRecord.objects.visible_to(user).filter(state=PluginState.BROKEN):
        yield Need("danger", f"The plugin “{plugin}” is broken.", address(plugin), plugin.reason)


def _migrations(request: HttpRequest) -> list[dict[str, Any]]:
    page = admin.site._registry[Migration]  # noqa: SLF001 - Django has no other way to a registered page
    assert isinstance(page, MigrationAdmin)
    rows: Any = page.get_queryset(request).select_related("source", "target", "author")[:LOOKED_AT]
    return [
        {"migration": row, "status": status, "label": page.label_of(status)}
        for row in rows
        for status in [status_from(row.state, row.run_kind, row.run_state)]
    ]


def _named(task: Task) -> str:
    where = f" ({task.environment_name})" if task.environment_name else ""
    return f"Task {task.pk}, {title_of(task)}{where},"
