# [DEF:project.admin.home:Module]
# @COMPLEXITY: 3
# @PURPOSE: The front page: what needs attention, and the latest migrations and tasks.
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
from apps.tasks.admin import LABELS
from apps.tasks.admin_pages.content import title_of
from apps.tasks.health import health, worker_is_alive
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from apps.users.policies import access_of
from project import messages

EXAMINED = 200
"""How many of the latest migrations the front page examines."""

RECENT = timedelta(days=3)
"""How long a failed task is shown."""

STUCK = timedelta(minutes=5)
"""A task that waits longer although a worker runs is shown."""

WAITS = {
    Status.PLANNED: messages.MIGRATION_PLANNED,
    Status.SUBMITTED: messages.MIGRATION_SUBMITTED,
    Status.APPROVED: messages.MIGRATION_APPROVED,
    Status.DRAFT: messages.MIGRATION_DRAFT,
}
"""The next step of a migration, by its status."""

SHOWN = 8
LEVELS = ("danger", "warning", "info")


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs attention. The level is one of LEVELS."""

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
    """What the user may see, the worst first. A task is left out if its environment or migration already shows the
    same."""
    of_migrations = _of_migrations(migrations, waiting, short)
    needs = [*_workers(), *_schedules(user), *_environments(user), *_protections(user), *of_migrations, *_plugins(user)]
    shown = {need.next_step for need in needs if need.next_step}
    needs += [need for need in _tasks(user) if need.next_step not in shown]
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
    """Schedules whose last run could not start."""
    last = ScheduledRun.objects.filter(schedule=OuterRef("pk")).order_by("-pk")
    rows = Schedule.objects.visible_to(user).annotate(
        state=Subquery(last.values("state")[:1]), reason=Subquery(last.values("reason")[:1])
    )
    for schedule in rows.filter(state=ScheduledRunState.REFUSED, enabled=True)[:SHOWN]:
        yield Need("danger", messages.SCHEDULE_REFUSED.format(schedule=schedule), address(schedule), schedule.reason)


def _tasks(user: User) -> Iterator[Need]:
    tasks = Task.objects.visible_to(user)
    earliest = timezone.now() - RECENT
    for task in tasks.filter(state=TaskState.AWAITING_INPUT).order_by("pk")[:SHOWN]:
        yield Need("warning", messages.TASK_ASKS.format(task=_named(task)), address(task))
    wrong = (TaskState.FAILED, TaskState.ERRORED, TaskState.TIMED_OUT, TaskState.LOST)
    well = tasks.filter(finished__gt=earliest, state=TaskState.SUCCEEDED).order_by("pk")
    same = ("plugin", "action", "environment", "params__migration")
    went_well = {tuple(facts): number for *facts, number in well.values_list(*same, "pk")}
    for task in tasks.filter(state__in=wrong, finished__gt=earliest).order_by("-pk")[:SHOWN]:
        facts = (task.plugin, task.action, task.environment_id, task.params.get("migration"))
        if went_well.get(facts, 0) < task.pk:
            went_well[facts] = task.pk  # of several alike, only the latest is shown
            sentence = (task.error or {}).get("sentence", "")
            text = messages.TASK_WENT_WRONG.format(task=_named(task), state=task.state_in_words)
            yield Need("danger", text, address(task), sentence)
    if worker_is_alive():
        late = timezone.now() - STUCK
        for task in tasks.filter(state=TaskState.QUEUED, created__lt=late).order_by("pk")[:SHOWN]:
            text = messages.TASK_STUCK.format(task=_named(task), since=f"{task.created:%Y-%m-%d %H:%M}")
            yield Need("warning", text, address(task))


def _environments(user: User) -> Iterator[Need]:
    for environment in Environment.objects.visible_to(user).filter(enabled=True, last_error__isnull=False):
        sentence = environment.last_error.get("sentence", "") if environment.last_error else ""
        text = messages.ENVIRONMENT_UNUSABLE.format(environment=environment, state=environment.state)
        yield Need("danger", text, address(environment), sentence)


def _protections(user: User) -> Iterator[Need]:
    """Requests to lower a protection that wait for a second person, and, for thirty days, those done alone."""
    now = timezone.now()
    waits = Q(state=RequestState.PENDING, expires__gt=now)
    alone = Q(state=RequestState.ALONE, decided__gt=now - SHOWN_FOR)
    rows = (
        ProtectionRequest.objects.visible_to(user).filter(waits | alone).select_related("environment", "requested_by")
    )
    for each in rows.order_by("-pk"):
        yield _protection(user, each)


def _protection(user: User, each: ProtectionRequest) -> Need:
    url = address(each.environment) if each.environment else reverse("admin:environments_environment_changelist")
    step = messages.REASON.format(reason=each.reason) if each.reason else ""
    facts = {"user": each.requested_by, "environment": each.environment_name, "change": each.in_words}
    if each.state == RequestState.ALONE:
        text = messages.PROTECTION_LOWERED_ALONE.format(**facts, date=f"{each.requested:%Y-%m-%d}")
        return Need("danger", text, url, step)
    if each.requested_by_id == user.pk or not access_of(user).may(EDIT, each.environment):
        return Need("info", messages.PROTECTION_NEEDS_OTHERS.format(**facts), url, step)
    return Need("warning", messages.PROTECTION_NEEDS_YOU.format(**facts), url, step)


def _of_migrations(
    migrations: list[dict[str, Any]], waiting: set[int], short: Mapping[int, Approvals]
) -> Iterator[Need]:
    for each in migrations:
        if need := _of_migration(each["migration"], each["status"], waiting, short):
            yield need


def _of_migration(
    migration: Migration, status: Status, waiting: set[int], short: Mapping[int, Approvals]
) -> Need | None:
    name = messages.MIGRATION.format(number=migration.pk, target=migration.target, title=migration.title)
    url, why = address(migration), short[migration.pk].explanation if migration.pk in short else ""
    if status in {Status.INTERRUPTED, Status.FAILED}:
        text = messages.MIGRATION_WENT_WRONG.format(migration=name, status=status)
        return Need("danger", text, url, migration.run_failure or str(messages.MIGRATION_NEXT_STEP))  # type: ignore[attr-defined]
    if migration.pk in waiting:
        return Need("warning", messages.MIGRATION_NEEDS_YOU.format(migration=name), url, why)
    if migration.pk in short:
        return Need("warning", messages.MIGRATION_NEEDS_MORE.format(migration=name), url, why)
    if status not in WAITS:
        return None
    to_submit = status is Status.PLANNED and migration.target.protected
    text = (messages.MIGRATION_TO_SUBMIT if to_submit else WAITS[status]).format(migration=name)
    return Need("info", text, url)


def _plugins(user: User) -> Iterator[Need]:
    for plugin in PluginRecord.objects.visible_to(user).filter(state=PluginState.BROKEN):
        yield Need("danger", messages.PLUGIN_BROKEN.format(plugin=plugin), address(plugin), plugin.reason)


def _migrations(request: HttpRequest) -> list[dict[str, Any]]:
    page = admin.site._registry[Migration]  # noqa: SLF001 - Django has no other way to a registered page
    assert isinstance(page, MigrationAdmin)
    rows: Any = page.get_queryset(request).select_related("source", "target", "author")[:EXAMINED]
    return [
        {"migration": row, "status": status, "label": page.label_of(status)}
        for row in rows
        for status in [status_from(row.state, row.run_kind, row.run_state)]
    ]


def _named(task: Task) -> str:
    text = messages.TASK_ON if task.environment_name else messages.TASK
    return text.format(number=task.pk, title=title_of(task), environment=task.environment_name)
