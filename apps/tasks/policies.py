# [DEF:tasks.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what to which task, and why not.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> plugins.policies
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.advice import advise
from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.core.policies import Verdict
from apps.core.validation import sentence_of
from apps.environments.models import Environment
from apps.plugins.base import Action
from apps.plugins.policies import places_of, reason_against, require_permitted, require_possible_now, require_runnable
from apps.tasks import messages
from apps.tasks.models import WENT_WRONG, Pause, Task, TaskState
from apps.users.dismissal import Dismissible
from apps.users.models import User
from apps.users.policies import has_in_hand, require
from apps.users.who import NAMED, WhoCan, with_who

CONTROL = "tasks.control"


def allowed_actions(user: User, task: Task) -> dict[str, Verdict]:
    guards = {
        "cancel": require_cancellable,
        "retry": require_retryable,
        "answer": require_answerable,
        "dismiss": require_dismissible,
        "restore": require_restorable,
    }
    who = WhoCan(CONTROL, f"{task.plugin}.{task.action}")
    asked = {name: partial(_of_task, guard, task) for name, guard in guards.items()}
    return with_who(user, asked, lambda action: may_control(who, task, action))


def _of_task(guard: Callable[[User, Task], object], task: Task, user: User) -> None:
    guard(user, task)


def may_control(who: WhoCan, task: Task, action: str) -> tuple[str, ...]:
    """The people who may: whoever started it first, if the account is active, then those with the permissions."""
    needed = [(CONTROL, task.environment)]
    if action in {"retry", "answer"}:
        needed.append((f"{task.plugin}.{task.action}", task.environment))
    owner = (task.actor.username,) if task.actor and _starter_may(who, task, action) else ()
    others = who.names(*needed, without=[task.actor_id])
    return (*owner, *others)[:NAMED]


def _starter_may(who: WhoCan, task: Task, action: str) -> bool:
    """A retry is a start, for which it takes the permission again."""
    assert task.actor
    starts = f"{task.plugin}.{task.action}"
    return task.actor.is_active and (action != "retry" or who.access_of(task.actor_id).may(starts, task.environment))


def require_control(user: User, task: Task) -> None:
    """Users control their own tasks; those of others need a permission."""
    if not has_in_hand(user, task.actor_id, task.environment):
        require(user, CONTROL, *places_of_task(task))


def require_startable(
    user: User, plugin: str, action: str, environment: Environment | None, params: Mapping[str, Any]
) -> Action:
    """The action, if this user may run it there, with these parameters, and it would not be refused as things are.
    Every start of a task asks here, the first time or again. ValidationError for wrong parameters, by their names.
    """
    chosen = require_permitted_start(user, plugin, action, environment, params)
    require_possible_now(user, chosen, params)
    return chosen


def require_permitted_start(
    user: User, plugin: str, action: str, environment: Environment | None, params: Mapping[str, Any]
) -> Action:
    """The same without the precondition, which may change: for a start that comes later."""
    require_active(user)
    chosen = require_runnable(user, plugin, action, environment, params)
    _require_fitting(user, chosen, plugin, environment, params)
    return chosen


def require_active(user: User) -> None:
    if not user.is_active:
        raise Refused(messages.INACTIVE.format(user=user))


def require_environment(chosen: Action, plugin: str, environment: Environment | None) -> None:
    """It has an environment if it needs one, and that is enabled."""
    action = f"{plugin}.{chosen.slug}"
    if chosen.writes and environment is None:
        raise LockstepError(messages.WRITES_SOMEWHERE.format(action=action))
    if chosen.needs_environment and environment is None:
        raise LockstepError(messages.WORKS_SOMEWHERE.format(action=action))
    if environment is not None and not environment.enabled:
        raise LockstepError(
            messages.DISABLED.format(environment=environment),
            advice=advise("tasks.enable_environment", environment=environment.slug),
        )


def require_matching_environment(
    chosen: Action, plugin: str, environment: Environment | None, params: Mapping[str, Any]
) -> None:
    """The environment is the one that the parameters name: its lock and its permissions are the ones that count."""
    works_on = places_of(chosen, params).works_on
    if works_on is not None and (environment is None or environment.name != works_on):
        action = f"{plugin}.{chosen.slug}"
        raise LockstepError(messages.OTHER_ENVIRONMENT.format(action=action, environment=works_on))


def require_still_permitted(task: Task, action: Action) -> None:
    """Everybody who started or answered it may still do so. Checked right before it runs."""
    if task.actor is None:
        return
    _require_permitted(task.actor, messages.STARTER_INACTIVE.format, task, action)
    answers = task.pauses.exclude(answered_by=None).exclude(answered_by=task.actor).select_related("answered_by")
    for user in {each.answered_by for each in answers}:
        assert user
        _require_permitted(user, messages.ANSWERER_INACTIVE.format, task, action)


def _require_permitted(user: User, refusal: Callable[..., str], task: Task, action: Action) -> None:
    if not user.is_active:
        raise Refused(refusal(user=user))
    if reason := reason_against(user, task.plugin, task.action, task.environment, task.params):
        raise Refused(reason)
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
    """The same for what was accepted before: parameters that are no longer valid are a LockstepError. The precondition
    is checked only for a start `now`."""
    ask = require_startable if now else require_permitted_start
    try:
        ask(user, plugin, action, environment, params)
    except ValidationError as error:
        raise LockstepError(messages.PARAMETERS_INVALID.format(reason=sentence_of(error))) from None


def require_prunable(user: User) -> None:
    """Pruning concerns all environments, so it needs the permission everywhere."""
    require(user, CONTROL)


def require_cancellable(user: User, task: Task) -> None:
    require_control(user, task)
    if task.ended:
        raise NothingToDo(messages.ALREADY_ENDED.format(number=task.pk, state=task.state_in_words))
    if task.cancel_requested:
        raise NothingToDo(messages.ALREADY_STOPPING.format(number=task.pk))


def require_dismissible(user: User, task: Task) -> None:
    """Taking a failure off the overview is for those who could retry the task, whether or not its environment still
    exists."""
    require_control(user, task)
    require_dismissed(task if task.state in WENT_WRONG else None, dismissed=False)


def require_restorable(user: User, task: Task) -> None:
    require_control(user, task)
    require_dismissed(task if task.state in WENT_WRONG else None, dismissed=True)


def require_dismissed(row: Dismissible | None, *, dismissed: bool) -> None:
    """There is a failure, and it is dismissed or not."""
    if row is None:
        raise NothingToDo(messages.NO_FAILURE)
    if (row.dismissed is not None) is not dismissed:
        raise NothingToDo(messages.NOT_DISMISSED if dismissed else messages.ALREADY_DISMISSED)


def require_retryable(user: User, task: Task) -> None:
    """Only a task that ended without success, by one retry at a time, by a user who could start it."""
    require_control(user, task)
    require_failed(task, lambda: next((each for each in task.retries.order_by("pk") if not each.ended), None))
    require_environment_there(task)
    require_still_startable(user, task.plugin, task.action, task.environment, task.params)


def require_failed(task: Task, open_retry: Callable[[], Task | None]) -> None:
    """It has ended without success, and is not being retried."""
    if not task.ended:
        raise Conflict(messages.NOT_ENDED.format(number=task.pk, state=task.state_in_words))
    if task.state == TaskState.SUCCEEDED:
        raise NothingToDo(messages.NOTHING_TO_RETRY.format(number=task.pk))
    if retry := open_retry():
        raise Conflict(messages.ALREADY_RETRIED.format(number=retry.pk, state=retry.state_in_words))


def require_environment_there(task: Task) -> None:
    if task.environment_name and task.environment is None:
        raise LockstepError(messages.ENVIRONMENT_REMOVED.format(environment=task.environment_name))


def require_answerable(user: User, task: Task) -> None:
    """To answer the task of somebody else resumes it, so the user must be permitted what it does."""
    require_control(user, task)
    require_asking(task, task.pauses.filter(answered=None).last())
    if task.actor_id not in (None, user.pk):
        require_still_startable(user, task.plugin, task.action, task.environment, task.params, now=False)


def require_asking(task: Task, pause: Pause | None) -> None:
    """It waits for the answer to this question."""
    if pause is None:
        raise Conflict(messages.NO_QUESTION.format(number=task.pk, state=task.state_in_words))
    if task.state == TaskState.TIMED_OUT or pause.expires <= timezone.now():
        until = f"{pause.expires:%Y-%m-%d %H:%M} UTC"
        raise Conflict(messages.QUESTION_EXPIRED.format(number=task.pk, until=until))
    if task.state != TaskState.AWAITING_INPUT:
        raise Conflict(messages.NO_LONGER_ASKS.format(number=task.pk, state=task.state_in_words))


def places_of_task(task: Task) -> tuple[Environment, ...]:
    return (task.environment,) if task.environment else ()


def _require_fitting(
    user: User, chosen: Action, plugin: str, environment: Environment | None, params: Mapping[str, Any]
) -> None:
    require_environment(chosen, plugin, environment)
    require_permitted(user, chosen, params)
    require_matching_environment(chosen, plugin, environment, params)
