# [DEF:migrations.policies.next_step:Module]
# @COMPLEXITY: 3
# @PURPOSE: What has to be done next with a migration, and who may: never anything that would be refused.
# @RELATION CALLS -> migrations.policies.actions
# @RELATION CALLS -> migrations.approvals
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION DEPENDS_ON -> tasks.policies
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> users.who
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from apps.core.policies import verdict
from apps.migrations import messages
from apps.migrations.approvals import approvals_of
from apps.migrations.known import known_of
from apps.migrations.models import HumanState, Migration, RunState
from apps.migrations.policies.actions import GUARDS, who_may
from apps.migrations.policies.planning import require_own_or_operator, require_planner
from apps.migrations.policies.state import open_task_of
from apps.migrations.servers import moved
from apps.migrations.status import Status, latest_run, left_on_target, status_of
from apps.superset.errors import PlanStale
from apps.tasks.models import Task, TaskState
from apps.tasks.policies import require_control
from apps.users.models import User
from apps.users.policies import require
from apps.users.who import ANYBODY, WhoCan


class What(StrEnum):
    PLAN = "plan"
    SUBMIT = "submit"
    APPROVE = "approve"
    APPLY = "apply"
    ROLLBACK = "rollback"
    ANSWER = "answer"
    WAIT = "wait"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Next:
    """`who` are the names of up to five people who may do it now; nobody where it is to wait, or nothing."""

    what: What
    sentence: str
    who: tuple[str, ...] = ()


ACTIONS: Mapping[What, str] = {
    What.PLAN: "replan",
    What.SUBMIT: "submit",
    What.APPROVE: "approve",
    What.APPLY: "apply",
    What.ROLLBACK: "rollback",
}
"""The action that is each step."""

OVER: Mapping[Status, object] = {
    Status.SUCCEEDED: messages.NEXT_SUCCEEDED,
    Status.ROLLED_BACK: messages.NEXT_ROLLED_BACK,
    Status.WITHDRAWN: messages.NEXT_WITHDRAWN,
}
RUNNING: Mapping[Status, object] = {
    Status.APPLYING: messages.NEXT_APPLYING,
    Status.ROLLING_BACK: messages.NEXT_ROLLING_BACK,
}


def next_of(migration: Migration, who: WhoCan) -> Next:
    """Of a migration that is `known`."""
    if task := open_task_of(migration):
        return _of_task(task, migration, who)
    status = status_of(migration)
    if sentence := RUNNING.get(status):
        return Next(What.WAIT, str(sentence).format(target=migration.target))
    if sentence := OVER.get(status):
        return Next(What.NOTHING, str(sentence).format(target=migration.target))
    what = _step(migration, status)
    if what is What.WAIT:
        return Next(what, _why_wait(status))
    return _unless_refused(what, migration, who)


def _unless_refused(what: What, migration: Migration, who: WhoCan) -> Next:
    """What would be refused whoever asked has to wait, for the reason of the refusal."""
    action = ACTIONS[what]
    anybody = User(pk=ANYBODY, is_superuser=True, is_active=True)
    refusal = verdict(partial(GUARDS[action], anybody, migration))
    if not refusal.allowed:
        return Next(What.WAIT, refusal.reason)
    names = who_may(action, migration, who)
    sentence = _sentence(what, migration)
    if what is What.APPROVE and not names:
        nobody = messages.NOBODY_DECIDES.format(target=migration.target, source=migration.source)
        sentence = f"{sentence} {nobody}"
    return Next(what, sentence, names)


def _of_task(task: Task, migration: Migration, who: WhoCan) -> Next:
    if task.state != TaskState.AWAITING_INPUT:
        facts = {"task": task.pk, "state": task.state_in_words}
        return Next(What.WAIT, messages.NEXT_TASK.format(**facts))
    names = who.passing(partial(_require_answering, task, migration))
    return Next(What.ANSWER, messages.NEXT_ANSWER.format(task=task.pk), names)


def _require_answering(task: Task, migration: Migration, user: User) -> None:
    """Who answers the task of somebody else must be permitted what it does."""
    require_control(user, task)
    if task.actor_id not in (None, user.pk):
        require_planner(user, migration.source, migration.target)
        require_own_or_operator(user, migration)
        require(user, f"{task.plugin}.{task.action}", migration.target)


def _step(migration: Migration, status: Status) -> What:
    if status in (Status.FAILED, Status.INTERRUPTED):
        last = latest_run(migration)
        if last and last.state == RunState.OPEN:
            return What.WAIT
        if left_on_target(migration):
            return What.ROLLBACK
        if last and last.error and last.error["kind"] == PlanStale.kind:
            return What.PLAN
    plan = known.plan if (known := known_of(migration)) else None
    if plan is None or moved(migration, plan):
        return What.PLAN
    return _of_people(migration)


def _of_people(migration: Migration) -> What:
    """Where nothing of it is on the target, and its plan is for the servers that are there."""
    state = HumanState(migration.state)
    if state == HumanState.PLANNED:
        return What.SUBMIT if migration.target.protected else What.APPLY
    if state not in (HumanState.SUBMITTED, HumanState.APPROVED):
        return What.PLAN
    approvals = approvals_of(migration)
    if approvals.expired:
        return What.PLAN
    if approvals.lacking:
        return What.APPROVE
    return What.APPLY if state == HumanState.APPROVED else What.WAIT


def _why_wait(status: Status) -> str:
    if status in (Status.FAILED, Status.INTERRUPTED):
        return str(messages.NEXT_OPEN)
    return str(messages.NEXT_RELEASE)


def _sentence(what: What, migration: Migration) -> str:
    if what is What.APPROVE:
        approvals = approvals_of(migration)
        missing = messages.NEXT_APPROVE.format(lacking=approvals.lacking)
        return f"{approvals.explanation}. {missing}" if approvals.fallen else missing
    return str(messages.NEXT[what.value]).format(target=migration.target)
