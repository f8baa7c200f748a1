# [DEF:catalogue.services.queueing:Module]
# @COMPLEXITY: 3
# @PURPOSE: Handing work on the catalogue of an environment to a worker.
# @RELATION CALLS -> tasks.services
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

from django.db import transaction

from apps.catalogue.policies import PLUGIN, require_startable
from apps.catalogue.services.sync import PAUSE
from apps.core.concurrency import locked
from apps.environments.models import Environment
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.users.models import User


def queue_check(*, actor: User, environment: Environment) -> Task:
    """Test the connection."""
    return _queue(actor, environment, "check")


def queue_sync(*, actor: User, environment: Environment, everything: bool = False, pause: float = PAUSE) -> Task:
    """Read what is new there; with `everything`, all of it."""
    return _queue(actor, environment, "sync", everything=everything, pause=pause)


def queue_refresh_ids(*, actor: User, environment: Environment) -> Task:
    """Read the ids of its assets again."""
    return _queue(actor, environment, "refresh_ids")


def _queue(actor: User, environment: Environment, action: str, **params: float) -> Task:
    with transaction.atomic():  # of two at once, the second sees the task of the first
        environment = locked(environment)
        require_startable(actor, environment, action)
        return start_task(actor=actor, plugin=PLUGIN, action=action, params=params, environment=environment)
