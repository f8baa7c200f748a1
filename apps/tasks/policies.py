# [DEF:tasks.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what to which task, and why not.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> plugins.policies
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.core.policies import Verdict, verdicts
from apps.core.validation import sentence_of
from apps.environments.models import Environment
from apps.plugins.base import Action
from apps.plugins.policies import places_of, require_permitted, require_possible_now, require_runnable
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from apps.users.policies import has_in_hand, require


def allowed_actions(user: User, task: Task) -> dict[str, Verdict]:
    return verdicts(
        cancel=partial(require_cancellable, user, task),
        retry=partial(require_retryable, user, task),
        answer=partial(require_answerable, user, task),
    )


def require_control(user: User, task: Task) -> None:
    """One's own tasks are in one's own hands, those of others take a permission."""
    if not has_in_hand(user, task.actor_id, task.environment):
        require(user, "tasks.control", *_places(task))


def require_startable(
    user: User, plugin: str, action: str, environment: Environment | None, params: Mapping[str, Any]
) -> Action:
    """The action, if this user may run it there, with these parameters, and it would not be refused as things are.
    Whatever starts a task asks here, for the first time or again. ValidationError for wrong parameters, by their names.
    """
    chosen = require_permitted_start(user, plugin, action, environment, params)
    require_possible_now(user, chosen, params)
    return chosen


def require_permitted_start(
    user: User, plugin: str, action: str, environment: Environment | None, params: Mapping[str, Any]
) -> Action:
    """The same, however things are at the moment: what takes responsibility for a later start asks here."""
    require_active(user)
    chosen = require_runnable(user, plugin, action, environment)
    _require_fitting(user, chosen, plugin, environment, params)
    return chosen


def require_active(user: User) -> None:
    if not user.is_active:
        raise Refused(f"The account “{user}” is not active any more: nothing is done in its name.")


def require_environment(chosen: Action, plugin: str, environment: Environment | None) -> None:
    """It can work there: on an environment if it needs one, and one that is enabled."""
    action = chosen.slug
    if chosen.writes and environment is None:
        raise LockstepError(f"{plugin}.{action} writes to an environment: say to which.")
    if chosen.needs_environment and environment is None:
        raise LockstepError(f"{plugin}.{action} works on an environment: say on which.")
    if environment is not None and not environment.enabled:
        raise LockstepError(f"The environment “{environment}” is disabled: enable it first.")


def require_matching_environment(
    chosen: Action, plugin: str, environment: Environment | None, params: Mapping[str, Any]
) -> None:
    """It is the one that the parameters are about: its lock and its permissions are those that count."""
    works_on = places_of(chosen, params).works_on
    if works_on is not None and (environment is None or environment.name != works_on):
        raise LockstepError(f"With these parameters {plugin}.{chosen.slug} works on “{works_on}”: start it for that.")


def require_still_permitted(task: Task, action: Action) -> None:
    """The same of everybody whose word it rests on, right before it runs: they may have lost what it takes."""
    if task.actor is None:
        return
    _require_word(task.actor, "started this", task, action)
    answers = task.pauses.exclude(answered_by=None).exclude(answered_by=task.actor).select_related("answered_by")
    for user in {each.answered_by for each in answers}:
        assert user
        _require_word(user, "answered what it asked", task, action)


def _require_word(user: User, did: str, task: Task, action: Action) -> None:
    if not user.is_active:
        raise Refused(f"The account “{user}”, which {did}, is not active any more: start it yourself.")
    require(user, f"{task.plugin}.{task.action}", *_places(task))
    _require_fitting(user, action, task.plugin, task.environment, task.params)


def require_still_startable(
    user: User,
    plugin: str,
    action: str,
    environment: Environment | None,
    params: Mapping[str, Any],
    *,
    now: bool = True,
) -> None:
    """The same of what was accepted once: parameters that fit no more are a LockstepError. Unless it is to be done
    `now`, things may be as they are."""
    ask = require_startable if now else require_permitted_start
    try:
        ask(user, plugin, action, environment, params)
    except ValidationError as error:
        raise LockstepError(f"Its parameters fit no more. {sentence_of(error)}") from None


def require_prunable(user: User) -> None:
    """What is outdated goes, wherever it was done: a worker does the same once a day."""
    require(user, "tasks.control")


def require_cancellable(user: User, task: Task) -> None:
    require_control(user, task)
    if task.ended:
        raise NothingToDo(f"Task {task.pk} has ended: it is {task.state_in_words}.")
    if task.cancel_requested:
        raise NothingToDo(f"Task {task.pk} is to stop already: it does as soon as it can.")


def require_retryable(user: User, task: Task) -> None:
    """Only what ended without success is done again, by one task at a time, and by whom it could be started."""
    require_control(user, task)
    if not task.ended:
        raise Conflict(f"Task {task.pk} is {task.state_in_words}: it can be retried when it has ended.")
    if task.state == TaskState.SUCCEEDED:
        raise NothingToDo(f"Task {task.pk} has succeeded: there is nothing to do again.")
    at_it = next((each for each in task.retries.order_by("pk") if not each.ended), None)
    if at_it:
        raise Conflict(f"Task {at_it.pk} is {at_it.state_in_words} and does it again already.")
    if task.environment_name and task.environment is None:
        raise LockstepError(f"The environment “{task.environment_name}” was removed: there is nothing to work on.")
    require_still_startable(user, task.plugin, task.action, task.environment, task.params)


def require_answerable(user: User, task: Task) -> None:
    """Who answers for somebody else has it go on, and so has to be permitted what it does."""
    require_control(user, task)
    asked = task.pauses.filter(answered=None).last()
    if asked is None:
        raise Conflict(f"Task {task.pk} asks nothing: it is {task.state_in_words}.")
    if task.state == TaskState.TIMED_OUT or asked.expires <= timezone.now():
        until = f"{asked.expires:%Y-%m-%d %H:%M} UTC"
        raise Conflict(f"The question of task {task.pk} could be answered until {until}: retry it to be asked anew.")
    if task.state != TaskState.AWAITING_INPUT:
        raise Conflict(f"Task {task.pk} asks nothing any more: it is {task.state_in_words}.")
    if task.actor_id not in (None, user.pk):
        require_still_startable(user, task.plugin, task.action, task.environment, task.params, now=False)


def _places(task: Task) -> tuple[Environment, ...]:
    return (task.environment,) if task.environment else ()


def _require_fitting(
    user: User, chosen: Action, plugin: str, environment: Environment | None, params: Mapping[str, Any]
) -> None:
    require_environment(chosen, plugin, environment)
    require_permitted(user, chosen, params)
    require_matching_environment(chosen, plugin, environment, params)
