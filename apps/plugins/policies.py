"""What may be done with a plugin and its actions, by whom and where, and why not."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from apps.core.errors import LockstepError, NothingToDo, NotThere, Refused
from apps.core.policies import Verdict, verdicts
from apps.plugins.base import Action
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.registry import registry
from apps.plugins.services import runnable_action, settings_of
from apps.users.models import User
from apps.users.policies import is_administrator, require_administrator


class Place(Protocol):
    """Where an action would work: an environment, as far as a permission can depend on it."""

    name: str
    slug: str
    tier: str
    protected: bool


def reason_against(user: User, plugin: str, action: str, place: Place | None) -> str:
    """Why this user may not run this action there; empty if they may.

    The one place where that is decided: whatever starts an action asks here. Until there are roles, everything is for
    administrators.
    """
    if is_administrator(user):
        return ""
    where = f" on “{place.name}”" if place else ""
    return f"“{user}” may not run {plugin}.{action}{where}: until roles are built, only administrators can run plugins."


def require_runnable(user: User, plugin: str, action: str, place: Place | None = None) -> Action:
    """The action, if it can be run now and this user may run it there. A place that is still to be chosen is None."""
    if reason := reason_against(user, plugin, action, place):
        raise Refused(reason)
    found = runnable_action(plugin, action)
    settings_of(plugin)
    return found


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
    return verdicts(**{each.slug: partial(require_runnable, user, plugin.slug, each.slug) for each in actions})


def _require_enabling(user: User, plugin: PluginRecord) -> None:
    require_administrator(user)
    if plugin.state != PluginState.READY:
        raise LockstepError(f"“{plugin}” is {plugin.state}: {plugin.reason}")
    if plugin.enabled:
        raise NothingToDo(f"“{plugin}” is enabled already.")


def _require_disabling(user: User, plugin: PluginRecord) -> None:
    require_administrator(user)
    if not plugin.enabled:
        raise NothingToDo(f"“{plugin}” is disabled already.")


def _require_settings(user: User, plugin: PluginRecord) -> None:
    require_administrator(user)
    found = registry().plugins.get(plugin.slug)
    if found is None:
        raise LockstepError(f"“{plugin}” is {plugin.state}, so it is not known what can be set.")
    if found.settings is None:
        raise NotThere(f"“{plugin}” has nothing that could be set.")
