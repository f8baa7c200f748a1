# [DEF:doctor.services.examination:Module]
# @COMPLEXITY: 3
# @PURPOSE: Examining environments by a task, and what the last examination found.
# @RELATION CALLS -> tasks.services
# @RELATION CALLS -> environments.services.lookup
# @RELATION DEPENDS_ON -> doctor.policies
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.doctor.findings import Finding
from apps.doctor.policies import ACTION, PLUGIN, require_examinable
from apps.doctor.services.environments import stored_state
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.tasks.models import Task, TaskState
from apps.tasks.services import start_task
from apps.users.models import User

FINDINGS = "findings"
"""What the result of the task calls them."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings about environments, by their names. `at` is when the last examination ended, if there was one."""

    findings: list[Finding]
    at: datetime | None = None
    task: Task | None = None


def queue_examination(*, actor: User) -> Task:
    require_examinable(actor)
    return start_task(actor=actor, plugin=PLUGIN, action=ACTION, params={})


def chosen_environments(user: User, names: Sequence[str]) -> list[Environment]:
    """These, or all enabled ones, of those that the user may see."""
    if names:
        found = {each.pk: each for each in (get_environment(name, user=user) for name in names)}
        return list(found.values())
    return list(Environment.objects.visible_to(user).filter(enabled=True).order_by("name"))


def last_examination(user: User) -> Examined:
    """What the user may see of it. Of an environment that it did not reach, what is known from other contacts."""
    task = Task.objects.filter(plugin=PLUGIN, action=ACTION, state=TaskState.SUCCEEDED).first()
    stored = (task.result or {}).get(FINDINGS, []) if task else []
    found = [Finding.from_stored(each) for each in stored]
    shown: list[Finding] = []
    for environment in chosen_environments(user, ()):
        own = [each for each in found if each.environment == environment.name]
        shown += own or stored_state(environment)
    return Examined(shown, task.finished if task else None, task)
