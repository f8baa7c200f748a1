# [DEF:catalogue.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: What may be done with the catalogue of an environment, and why not.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION CALLS -> users.who

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from apps.catalogue import messages
from apps.catalogue.models import AssetPairing, DatabaseMapping
from apps.core.errors import Conflict, Refused
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.tasks.models import OPEN, Task
from apps.users.access import Place
from apps.users.models import User
from apps.users.policies import require
from apps.users.who import WhoCan, with_who

PLUGIN = "catalogue"
ACTIONS = ("check", "sync", "refresh_ids")
VIEW, SYNC, MAP = "catalogue.view", f"{PLUGIN}.sync", "mappings.edit"
ON_ENVIRONMENT, ON_MAPPING, ON_PAIRING = ("check", "sync"), ("edit", "remove"), ("remove",)


def allowed_actions(user: User, environment: Environment) -> dict[str, Verdict]:
    return verdicts(**{action: partial(require_startable, user, environment, action) for action in ACTIONS})


def actions_on_environment(user: User, environment: Environment, who: WhoCan) -> dict[str, Verdict]:
    """What its page starts. `who` can CHECK and SYNC."""
    return with_who(
        user,
        {each: partial(require_startable, environment=environment, action=each) for each in ON_ENVIRONMENT},
        lambda action: who.names((f"{PLUGIN}.{action}", environment)),
    )


def actions_on_pairing(user: User, pairing: AssetPairing) -> dict[str, Verdict]:
    return actions_between(user, pairing.source, pairing.target, ON_PAIRING)


def actions_on_mapping(user: User, mapping: DatabaseMapping) -> dict[str, Verdict]:
    return actions_between(user, mapping.source, mapping.target, ON_MAPPING)


def who_maps() -> WhoCan:
    """For the verdicts of one answer."""
    return WhoCan(VIEW, MAP)


def actions_between(
    user: User, source: Place, target: Place, actions: Iterable[str], who: WhoCan | None = None
) -> dict[str, Verdict]:
    """On whatever was confirmed from the one to the other. A list gives all its rows the same `who`."""
    able = who or who_maps()
    guard = partial(require_mappable, source=source, target=target)
    return with_who(user, dict.fromkeys(actions, guard), lambda _: able.names((VIEW, source), (MAP, target)))


def require_mappable(user: User, source: Place, target: Place) -> None:
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
