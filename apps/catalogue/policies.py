# [DEF:catalogue.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: What may be done with the catalogue of an environment, and why not.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from functools import partial

from apps.catalogue import messages
from apps.catalogue.models import AssetPairing, DatabaseMapping
from apps.core.errors import Conflict, Refused
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.policies import require

PLUGIN = "catalogue"
ACTIONS = ("check", "sync", "refresh_ids")
VIEW, SYNC, MAP = "catalogue.view", f"{PLUGIN}.sync", "mappings.edit"


def allowed_actions(user: User, environment: Environment) -> dict[str, Verdict]:
    return verdicts(**{action: partial(require_startable, user, environment, action) for action in ACTIONS})


def actions_on_pair(user: User, pair: DatabaseMapping | AssetPairing) -> dict[str, Verdict]:
    return verdicts(remove=partial(require_mappable, user, pair.source, pair.target))


def require_mappable(user: User, source: Environment, target: Environment) -> None:
    """A mapping decides what arrives in the target; its source is only looked at."""
    require(user, VIEW, source)
    require(user, MAP, target)


def require_startable(user: User, environment: Environment, action: str) -> None:
    require(user, f"{PLUGIN}.{action}", environment)
    if not environment.enabled:
        raise Refused(messages.DISABLED.format(environment=environment))
    task = Task.objects.filter(plugin=PLUGIN, action=action, environment=environment, state__in=OPEN).first()
    if task:
        raise Conflict(
            messages.BUSY.format(task=task.pk, state=task.state_in_words),
            task=task.pk,
        )
