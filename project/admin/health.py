# [DEF:project.admin.health:Module]
# @COMPLEXITY: 3
# @PURPOSE: The state of each part of the installation on the front page: when it was last seen, and what to do.
# @RELATION DEPENDS_ON -> tasks.health
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> audit.sealer
# @RELATION DEPENDS_ON -> core.admin
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from apps.audit.sealer import waiting as unsealed
from apps.core.admin import Text, address, may
from apps.core.errors import sentence_of
from apps.environments.models import Environment
from apps.tasks.health import Health, PartHealth
from apps.users.models import User
from project import messages

SEALED_WITHIN = timedelta(minutes=5)
"""An entry of the audit that waits longer for its seal is reported."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line. `state` is ok, danger, or info for what is not known yet."""

    title: Text
    state: str
    sentence: str
    seen: datetime | None = None
    next_step: str = ""
    url: str = ""


def parts(user: User, found: Health) -> list[Part]:
    return [*_processes(found), *_audit(user), *_environments(user)]


def _processes(found: Health) -> Iterator[Part]:
    tasks, schedules = reverse("admin:tasks_task_changelist"), reverse("admin:schedules_schedule_changelist")
    yield _part(messages.WORKER, messages.WORKER_RUNS, found.worker, tasks)
    if found.worker.ok or found.storage.ok is False:
        yield _part(messages.SCHEDULER, messages.SCHEDULER_RUNS, found.scheduler, schedules)
    yield _part(messages.STORAGE, messages.STORAGE_WORKS, found.storage, "")


def _part(title: Text, well: Text, found: PartHealth, url: str) -> Part:
    if found.ok:
        return Part(title, "ok", str(well), found.seen)
    return Part(title, "danger", found.sentence, found.seen, found.next_step, url)


def _audit(user: User) -> Iterator[Part]:
    """Whether entries get their seal. Whether the chain holds takes reading all of it: `audit verify`."""
    if not may(user, "audit.view"):
        return
    url = reverse("admin:audit_auditentry_changelist")
    facts = unsealed().aggregate(number=Count("pk"), since=Min("at"))
    if facts["since"] and facts["since"] < timezone.now() - SEALED_WITHIN:
        text = messages.AUDIT_UNSEALED.format(number=facts["number"], since=f"{facts['since']:%Y-%m-%d %H:%M}")
        yield Part(messages.AUDIT, "danger", text, None, str(messages.AUDIT_NEXT_STEP), url)
    else:
        yield Part(messages.AUDIT, "ok", str(messages.AUDIT_SEALED), None, "", url)


def _environments(user: User) -> Iterator[Part]:
    for environment in Environment.objects.visible_to(user).filter(enabled=True).defer("secret").order_by("name"):
        url, seen = address(environment), environment.last_contact
        if environment.last_error:
            text = messages.ENVIRONMENT_UNUSABLE.format(environment=environment, state=environment.state)
            yield Part(str(environment), "danger", text, seen, sentence_of(environment.last_error), url)
        elif seen:
            yield Part(str(environment), "ok", str(messages.ENVIRONMENT_ANSWERS), seen, "", url)
        else:
            step = str(messages.CHECK_ENVIRONMENT)
            yield Part(str(environment), "info", str(messages.ENVIRONMENT_NOT_CHECKED), None, step, url)
