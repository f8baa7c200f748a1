"""Tasks for tests, and the running of them in the test's own process."""

from __future__ import annotations

from typing import Any

from apps.environments.models import Environment
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.tasks.worker.runner import work
from apps.users.models import User


def start(actor: User, action: str, environment: Environment | None = None, **params: Any) -> Task:
    return start_task(actor=actor, plugin="probe", action=action, params=params, environment=environment)


def run_all() -> None:
    """Carry out whatever is queued, as a worker would."""
    while work():
        pass


def ended(task: Task) -> Task:
    """Run it here, and see how it ended."""
    run_all()
    task.refresh_from_db()
    assert task.ended
    return task
