"""Work for a real worker: tasks as people start them, until they end. Needs Lockstep's settings."""

from __future__ import annotations

import time
from typing import Any

from apps.catalogue.services.queueing import queue_sync
from apps.environments.services.lookup import get_environment
from apps.tasks.models import Task, TaskState
from apps.tasks.services import start_task
from apps.users.services.actor import acting_user
from rig.errors import RigError
from rig.servers.pair import WAREHOUSE

INTERVAL = 0.2
PLAN: dict[str, Any] = {"source": "dev", "target": "prod", "everything": True, "databases": [f"examples={WAREHOUSE}"]}


def migration() -> None:
    """Two syncs at a time, then plan and apply."""
    done(sync("dev"), sync("prod"))
    [planned] = done(start("plan", environment="prod", **PLAN))
    done(start("apply", environment="prod", migration=planned["migration"]))


def two_plans() -> None:
    """Two plans at a time, with different parameters, because equal plans run one at a time."""
    done(start("plan", environment="prod", **PLAN), start("plan", environment="prod", **PLAN, allow_many=True))


def whole_catalogues() -> None:
    """Two full syncs at a time."""
    done(sync("dev", everything=True), sync("prod", everything=True))


def all_at_once(migration: int, dashboards: list[str]) -> None:
    """Two full syncs, two plans of these dashboards and an apply, queued together."""
    plan = {**PLAN, "everything": False, "databases": [], "dashboards": dashboards}
    done(
        sync("dev", everything=True),
        sync("prod", everything=True),
        start("plan", environment="prod", **plan),
        start("plan", environment="prod", **plan, allow_many=True),
        start("apply", environment="prod", migration=migration),
    )


def sync(name: str, *, everything: bool = False) -> Task:
    return queue_sync(actor=acting_user(username=None), environment=get_environment(name), everything=everything)


def start(action: str, *, environment: str = "", **params: Any) -> Task:
    """Start a task of the migrations plugin."""
    return start_task(
        actor=acting_user(username=None),
        plugin="migrations",
        action=action,
        params=params,
        environment=get_environment(environment) if environment else None,
    )


def done(*tasks: Task) -> list[dict[str, Any]]:
    """Wait for the tasks to succeed; their results."""
    for task in tasks:
        while not task.ended:
            time.sleep(INTERVAL)
            task.refresh_from_db()
        if task.state != TaskState.SUCCEEDED:
            raise RigError(f"{task} is {task.state}: {task.error}")
    return [task.result or {} for task in tasks]
