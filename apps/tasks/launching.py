# [DEF:tasks.launching:Module]
# @COMPLEXITY: 3
# @PURPOSE: Starting any action of any plugin, for whoever may run it there.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> plugins.policies
# @RELATION DEPENDS_ON -> environments.models
"""Starting any action of any plugin, for whoever may run it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.environments.models import Environment
from apps.plugins.policies import require_runnable
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.users.models import User


def launch_action(
    *,
    actor: User,
    plugin: str,
    action: str,
    params: Mapping[str, Any],
    environment: Environment | None = None,
    priority: int = 0,
) -> Task:
    """As `start_task`, which leaves it to its callers who may do it."""
    require_runnable(actor, plugin, action, environment)
    return start_task(
        actor=actor, plugin=plugin, action=action, params=params, environment=environment, priority=priority
    )
