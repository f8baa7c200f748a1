# [DEF:project.admin.needs:Module]
# @COMPLEXITY: 3
# @PURPOSE: What needs attention on the front page: what waits for this person, their own work, failures, the rest.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> environments.protection
# @RELATION DEPENDS_ON -> plugins.models
# @RELATION DEPENDS_ON -> core.admin
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> schedules.models

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from apps.core.admin import Text, address
from apps.core.errors import sentence_of
from apps.core.policies import verdict
from apps.environments.models import ProtectionRequest, RequestState
from apps.environments.policies import EDIT
from apps.environments.protection import SHOWN_FOR
from apps.plugins.models import PluginRecord, PluginState
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.policies import require_editable
from apps.tasks.admin_pages.content import title_of
from apps.tasks.models import WENT_WRONG, Task, TaskState
from apps.tasks.policies import require_control
from apps.tasks.view.waiting import waiting_reason
from apps.users.models import User
from apps.users.policies import access_of
from project import messages

RECENT = timedelta(days=3)
"""How long a failed task is shown."""

STUCK = timedelta(minutes=5)
"""A task that waits longer although a worker runs is shown."""

SHOWN, EXAMINED = 8, 60
"""Of each kind: how many are shown, and among how many of the latest failures that differ they are found."""

DECIDE, OWN, FAILED, WAITING, NEXT = GROUPS = (
    messages.YOUR_DECISIONS,
    messages.YOUR_WORK,
    messages.FAILURES,
    messages.WAITING,
    messages.NEXT_STEPS,
)
"""The headings, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs attention, under one of GROUPS. A failure can have the address that dismisses it, or once it
    is dismissed, by whom and the address that takes that back."""

    group: Text
    text: str
    url: str
    next_step: str = ""
    dismiss_url: str = ""
    dismissed: str = ""
    failure: int | None = None
    """Which failure is dismissed, so that a later one is not."""

    migration: int | None = None
    """Of which migration it is a failure."""

    @property
    def level(self) -> str:
        return "danger" if self.group is FAILED else "info" if self.group is NEXT else "warning"


@dataclass(frozen=True, slots=True)
class Failure:
    """The row that is dismissed: a task, a run of a migration, a run of a schedule."""

    number: int
    dismissed: datetime | None
    dismissed_by: Any


def failure(row: Any, text: str, next_step: str, *, of: Failure, may: bool, migration: int | None = None) -> Need:
    """Of a row with the row actions `dismiss` and `restore`."""
    at, by = of.dismissed, of.dismissed_by
    dismissed = messages.DISMISSED.format(user=by, at=f"{at:%Y-%m-%d %H:%M}") if at else ""
    url = address(row, "restore" if at else "dismiss") if may else ""
    return Need(FAILED, text, address(row), next_step, url, dismissed, of.number, migration)


def few(needs: Iterable[Need]) -> Iterator[Need]:
    """The first of each group. What is dismissed takes no place of what is not."""
    places: Counter[tuple[Text, bool]] = Counter()
    for need in needs:
        key = (need.group, bool(need.dismissed))
        places[key] += 1
        if places[key] <= SHOWN:
            yield need


def of_schedules(user: User) -> Iterator[Need]:
    """Schedules whose last run could not start."""
    last = ScheduledRun.objects.filter(schedule=OuterRef("pk")).order_by("-pk")
    facts = {"failure": "pk", "state": "state", "reason": "reason"}
    facts |= {"dismissed_at": "dismissed", "dismisser": "dismissed_by__username"}
    rows: Any = Schedule.objects.visible_to(user).annotate(
        **{name: Subquery(last.values(path)[:1]) for name, path in facts.items()}
    )
    refused = rows.filter(state=ScheduledRunState.REFUSED, enabled=True).select_related("environment")
    for schedule in refused[:EXAMINED]:
        may = verdict(lambda: require_editable(user, schedule)).allowed  # noqa: B023 - called at once
        text = messages.SCHEDULE_REFUSED.format(schedule=schedule)
        of = Failure(schedule.failure, schedule.dismissed_at, schedule.dismisser)
        yield failure(schedule, text, schedule.reason, of=of, may=may)


def of_tasks(user: User, *, works: bool) -> Iterator[Need]:
    """Questions, failures, and, while a worker `works`, what waits all the same."""
    tasks = Task.objects.visible_to(user)
    for task in tasks.filter(state=TaskState.AWAITING_INPUT).order_by("pk")[:SHOWN]:
        yield Need(WAITING, messages.TASK_ASKS.format(task=named(task)), address(task))
    yield from _failed_tasks(user)
    late = timezone.now() - STUCK
    for task in tasks.filter(state=TaskState.QUEUED, created__lt=late).order_by("pk")[:SHOWN] if works else ():
        text = messages.TASK_STUCK.format(task=named(task), since=f"{task.created:%Y-%m-%d %H:%M}")
        yield Need(WAITING, text, address(task), waiting_reason(task))


def _failed_tasks(user: User) -> Iterator[Need]:
    """Of several alike only the latest, and none after a success."""
    tasks = Task.objects.visible_to(user)
    same = ("plugin", "action", "environment", "environment_name", "params__migration")
    ended = tasks.filter(finished__gt=timezone.now() - RECENT).order_by().values(*same)
    last = Max("pk", filter=Q(state__in=WENT_WRONG))
    well = Coalesce(Max("pk", filter=Q(state=TaskState.SUCCEEDED)), 0)
    wrong = ended.annotate(last=last, well=well).filter(last__gt=F("well")).order_by("-last")
    latest = list(wrong.values_list("last", flat=True)[:EXAMINED])
    for task in tasks.filter(pk__in=latest).select_related("environment", "dismissed_by").order_by("-pk"):
        text = messages.TASK_WENT_WRONG.format(task=named(task), state=task.state_in_words)
        may = verdict(lambda: require_control(user, task)).allowed  # noqa: B023 - called at once
        step, of = sentence_of(task.error), Failure(task.pk, task.dismissed, task.dismissed_by)
        yield failure(task, text, step, of=of, may=may, migration=task.params.get("migration"))


def of_protections(user: User) -> Iterator[Need]:
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
        return Need(FAILED, text, url, step)
    if each.requested_by_id == user.pk or not access_of(user).may(EDIT, each.environment):
        return Need(NEXT, messages.PROTECTION_NEEDS_OTHERS.format(**facts), url, step)
    return Need(DECIDE, messages.PROTECTION_NEEDS_YOU.format(**facts), url, step)


def of_plugins(user: User) -> Iterator[Need]:
    for plugin in PluginRecord.objects.visible_to(user).filter(state=PluginState.BROKEN):
        yield Need(FAILED, messages.PLUGIN_BROKEN.format(plugin=plugin), address(plugin), plugin.reason)


def named(task: Task) -> str:
    text = messages.TASK_ON if task.environment_name else messages.TASK
    return text.format(number=task.pk, title=title_of(task), environment=task.environment_name)
