# [DEF:plugins.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what with a plugin and its actions, and why not.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError

from apps.core.errors import LockstepError, NothingToDo, NotThere, Refused
from apps.core.policies import Verdict, verdict, verdicts
from apps.plugins import messages
from apps.plugins.base import Action, Places
from apps.plugins.installation import runnable_action
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.params import parse
from apps.plugins.registry import registry
from apps.users.access import Place
from apps.users.models import User
from apps.users.policies import access_of, require

EDIT = "plugins.edit"


def reason_against(
    user: User, plugin: str, action: str, place: Place | None, params: Mapping[str, Any] | None = None
) -> str:
    """Why this user may not run this action there; empty if they may.

    Every start of an action asks here. Without a place the action works on no environment, and the permission has to
    hold everywhere.
    """
    if params is not None and _permitted_otherwise(user, plugin, action, place, params):
        return ""
    return verdict(partial(require, user, f"{plugin}.{action}", *([place] if place else []))).reason


def _permitted_otherwise(user: User, plugin: str, action: str, place: Place | None, params: Mapping[str, Any]) -> bool:
    found = registry().plugins.get(plugin)
    chosen = found.action(action) if found else None
    if chosen is None or chosen.permitted_by is None:
        return False
    try:
        what = chosen.permitted_by(parse(chosen.params, params))
    except ValidationError:
        return False  # what is wrong with them is said to who has the permission
    return what is not None and access_of(user).may(what, place)


def require_runnable(
    user: User, plugin: str, action: str, place: Place | None = None, params: Mapping[str, Any] | None = None
) -> Action:
    """The action, if it can be run now and this user may run it there, with these parameters if they are known."""
    if reason := reason_against(user, plugin, action, place, params):
        raise Refused(reason)
    return runnable_action(plugin, action)


def require_permitted(user: User, action: Action, params: Mapping[str, Any]) -> None:
    """ValidationError by the names of wrong parameters, and whatever the action's own policy raises."""
    read = parse(action.params, params)
    if action.policy is not None:
        action.policy(user, read)


def require_possible_now(user: User, action: Action, params: Mapping[str, Any]) -> None:
    """Whatever the action's precondition raises."""
    if action.precondition is not None:
        action.precondition(user, parse(action.params, params))


def places_of(action: Action, params: Mapping[str, Any]) -> Places:
    return Places() if action.places is None else action.places(parse(action.params, params))


def require_offered(user: User, plugin: str, action: str) -> Action:
    """The same before an environment is chosen: the user may run it somewhere."""
    if access_of(user).may_somewhere(f"{plugin}.{action}"):
        return runnable_action(plugin, action)
    return require_runnable(user, plugin, action)


def allowed_actions(user: User, plugin: PluginRecord) -> dict[str, Verdict]:
    return verdicts(
        enable=partial(_require_enabling, user, plugin),
        disable=partial(_require_disabling, user, plugin),
        settings=partial(_require_settings, user, plugin),
    )


def may_run(user: User, plugin: PluginRecord) -> dict[str, Verdict]:
    """Of each of its actions, by its slug."""
    found = registry().plugins.get(plugin.slug)
    actions = found.actions if found else ()
    return verdicts(**{each.slug: partial(require_offered, user, plugin.slug, each.slug) for each in actions})


def _require_enabling(user: User, plugin: PluginRecord) -> None:
    require(user, EDIT)
    if plugin.state != PluginState.READY:
        facts = {"plugin": plugin, "state": plugin.state_in_words, "reason": plugin.reason}
        raise LockstepError(messages.UNUSABLE.format(**facts))
    if plugin.enabled:
        raise NothingToDo(messages.ALREADY_ENABLED.format(plugin=plugin))


def _require_disabling(user: User, plugin: PluginRecord) -> None:
    require(user, EDIT)
    if not plugin.enabled:
        raise NothingToDo(messages.ALREADY_DISABLED.format(plugin=plugin))


def _require_settings(user: User, plugin: PluginRecord) -> None:
    require(user, EDIT)
    found = registry().plugins.get(plugin.slug)
    if found is None:
        raise LockstepError(messages.SETTINGS_UNKNOWN.format(plugin=plugin, state=plugin.state_in_words))
    if found.settings is None:
        raise NotThere(messages.NO_SETTINGS.format(plugin=plugin))
