# [DEF:tasks.worker.runner:Module]
# @COMPLEXITY: 4
# @PURPOSE: Runs a task from its claim to its end.
# @RELATION DEPENDS_ON -> plugins.services
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> audit.origin
# @PRE: no transaction is open
# @POST: the task has an outcome that is stored, or its claim was lost and nothing is
# @SIDE_EFFECT: what the action does; the task's row, lines and files; an audit entry
"""Here is the broad `except` of the project: whatever a plugin raises becomes a stored outcome."""

from __future__ import annotations

import logging
import math
import os
import traceback
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from apps.audit.origin import acting_through
from apps.contracts.belief import belief_scope, reason, reflect
from apps.core.concurrency import AWAY, retry_on_database_error
from apps.core.errors import LockstepError
from apps.plugins.base import Action
from apps.plugins.inputs import InputRequired
from apps.plugins.params import parse
from apps.plugins.services import runnable_action, settings_of
from apps.superset.errors import Cancelled, SupersetError
from apps.tasks import queue
from apps.tasks.management.output import how_to_answer
from apps.tasks.models import Task, TaskState
from apps.tasks.policies import require_still_permitted
from apps.tasks.questions import forget_secrets, pause, resumed
from apps.tasks.transitions import transition
from apps.tasks.worker.belief import beliefs_as_lines
from apps.tasks.worker.cancellation import NotStored, Stop
from apps.tasks.worker.claims import claim, eligible, occupied, take
from apps.tasks.worker.context import Echo, TaskContext
from apps.tasks.worker.journal import Journal, Line, append
from apps.tasks.worker.masking import Mask, known_names, known_secrets
from apps.tasks.worker.reaper import reap

logger = logging.getLogger(__name__)

SOURCE = "worker"

REPEATED = 3
"""So often an action that can be repeated begins anew, because its connection to the database broke."""


class InsideTransaction(Exception):
    """A mistake in the code: a plugin would run, and talk to servers, while a transaction is open."""


@dataclass(frozen=True, slots=True)
class Outcome:
    state: TaskState
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    asked: InputRequired | None = None
    cause: BaseException | None = None
    """What was raised, as it was: for whoever sits beside the task."""


class Attempt:
    """One run of a task in this process, from its claim to its end."""

    def __init__(
        self, task: Task, *, echo: Echo | None = None, overdue: Callable[[Attempt], None] | None = None
    ) -> None:
        self.task = task
        self.stop = Stop(time_limit=math.inf)
        self.resumed, secrets, names = retry_on_database_error(
            lambda: (resumed(task), list(known_secrets()), list(known_names())), f"beginning {task}"
        )
        retry_on_database_error(
            lambda: forget_secrets(task), f"beginning {task}"
        )  # last: what is forgotten cannot be read again
        self.mask = Mask([*secrets, *self.resumed.secrets.values()], names)
        self.journal = Journal(task, self.stop, partial(overdue, self) if overdue else None)
        self.context = TaskContext(task, self.journal, self.mask, self.stop, self.resumed, echo)

    def run(self) -> Outcome:
        """Carry it out and store how it ended. What ends this process, too, is in the outcome."""
        task = self.task
        self.tell(f"attempt {task.attempts} begins in process {task.pid} on {task.machine}", "debug")
        try:
            outcome = self._believed()
            if outcome.error:
                self.tell(outcome.error["sentence"], "error")
            if outcome.asked:
                self.tell(self.mask.text(how_to_answer(task, outcome.asked.fields)))
        finally:
            self.journal.close()
        if outcome.state == TaskState.SUCCEEDED:
            outcome = self._if_stored(outcome)
        self._end(outcome)
        return outcome

    def _if_stored(self, outcome: Outcome) -> Outcome:
        try:
            self.stop.require_stored()
        except NotStored as error:
            return self._told_apart(error)
        return outcome

    def _believed(self) -> Outcome:
        task = self.task
        with belief_scope("tasks.worker.runner"):
            reason("the claim is ours and the action may run", task=task.pk, action=f"{task.plugin}.{task.action}")
            with beliefs_as_lines(self.journal.line, self.mask):
                outcome = self._outcome()
            reflect("it has an outcome", task=task.pk, state=outcome.state.value)
        return outcome

    def tell(self, text: str, level: str = "info") -> None:
        self.journal.line(Line(text, level, SOURCE))

    def _outcome(self) -> Outcome:
        task = self.task
        try:
            action = retry_on_database_error(self._prepared, f"beginning {task}")
            params = parse(action.params, task.params)
            self.stop.limit(action.time_limit, writes=action.writes)
            result = _plain(self._performed(action, params), self.mask)
            self.context.finish()
        except BaseException as error:  # noqa: BLE001 - the one place where all is told apart
            return self._told_apart(error)
        return Outcome(TaskState.SUCCEEDED, result=result)

    def _performed(self, action: Action, params: Any) -> Mapping[str, Any] | None:
        """What can be repeated begins anew if the connection to the database breaks under it."""
        for _ in range(REPEATED if action.repeatable else 0):
            try:
                return action.run(self.context, params)
            except AWAY as error:
                retry_on_database_error(_ask_the_database, f"repeating {self.task}")
                self.context.check_cancelled()
                logger.warning("%s begins anew: its connection to the database broke (%s)", self.task, error)
                self.tell("the connection to the database broke: it begins anew", "warning")
        return action.run(self.context, params)

    def _prepared(self) -> Action:
        task = self.task
        action = runnable_action(task.plugin, task.action)
        if task.environment_name and task.environment is None:
            raise LockstepError(f"The environment “{task.environment_name}” was removed.")
        require_still_permitted(task, action)
        self.context.settings = settings_of(task.plugin)
        return action

    def _told_apart(self, error: BaseException) -> Outcome:
        match error:
            case InputRequired():
                return Outcome(TaskState.AWAITING_INPUT, asked=error)
            case Cancelled():
                state = self._stopped_as()
                kind = "time_limit" if state == TaskState.TIMED_OUT else error.kind
                return self._announced(state, {**error.to_json(), "kind": kind}, error)
            case LockstepError() | SupersetError():
                return self._announced(TaskState.FAILED, error.to_json(), error)
            case ValidationError():
                sentence = " ".join(error.messages)
                invalid = {"kind": "invalid", "detail": sentence, "context": {}}
                return self._announced(TaskState.FAILED, invalid, error, sentence)
        if isinstance(error, AWAY):  # mostly a full disk, or a database that is gone; the task keeps the stack trace
            logger.error("a task ended: the database failed (%s)", error)
        else:
            logger.error("a task ended unexpectedly", exc_info=error)
        facts = {
            "kind": "unexpected",
            "sentence": self.mask.text(f"Ended unexpectedly ({type(error).__name__}: {error})."),
            "context": {},
            "traceback": self.mask.text("".join(traceback.format_exception(error))),
        }
        return Outcome(TaskState.ERRORED, error=facts, cause=error)

    def _stopped_as(self) -> TaskState:
        timed_out = self.stop.is_out_of_time and not self.stop.cancelled_by
        return TaskState.TIMED_OUT if timed_out else TaskState.CANCELLED

    def _announced(self, state: TaskState, facts: dict[str, Any], error: BaseException, sentence: str = "") -> Outcome:
        return Outcome(state, error=self.mask.json({**facts, "sentence": sentence or str(error)}), cause=error)

    def _end(self, outcome: Outcome) -> None:
        retry_on_database_error(lambda: self._store(outcome), f"storing how {self.task} ended")

    def _store(self, outcome: Outcome) -> None:
        task = copy(self.task)  # a try that fails leaves the one in hand as it was
        self._store_of(task, outcome)
        vars(self.task).update(vars(task))

    def _store_of(self, task: Task, outcome: Outcome) -> None:
        if outcome.asked and pause(task, outcome.asked, self.context.stages, self.resumed.secrets):
            return
        if outcome.asked:  # cancelled while it asked
            outcome = self._told_apart(Cancelled("It was cancelled while it asked for an answer"))
        self._store_end(task, outcome)

    def _store_end(self, task: Task, outcome: Outcome) -> bool:
        expected = {"lease": task.lease}
        outcomes: dict[str, Any] = {"finished": timezone.now(), "result": outcome.result, "error": outcome.error}
        ended = transition(task, to=outcome.state, actor=None, expected=expected, **outcomes)
        if not ended:
            logger.warning("%s was taken from this process: that it ended as %s is not stored", task, outcome.state)
        return ended

    def give_up(self) -> None:
        """It was to stop and did not: store that in its place, from the journal's thread."""
        why = "It was asked to stop" if self.stop.cancelled_by else f"It took longer than {self.stop.time_limit:.0f} s"
        sentence = f"{why} and did not within {self.stop.grace:.0f} s: its process was ended."
        error = {"kind": "overdue", "sentence": sentence, "context": {}}
        task = copy(self.task)  # the other thread has that one in hand
        with acting_through("worker"), transaction.atomic():
            if self._store_end(task, Outcome(self._stopped_as(), error=error)):
                append(task, Line(sentence, "error", SOURCE))


def work() -> bool:
    """Run the task that is next; False if there is none. What a wake-up calls."""
    if connection.in_atomic_block:
        raise InsideTransaction("Tasks are run outside of any transaction.")
    with acting_through("worker"):
        task = claim()
        if task is None:
            return False
        try:
            _wake_the_next()
            outcome = Attempt(task, overdue=end_process).run()
        finally:
            _wake_the_next()
    if outcome.cause is not None and not isinstance(outcome.cause, Exception):
        raise outcome.cause
    return True


def _wake_the_next() -> None:
    """Whatever was lost, and whatever waited for this task."""

    def wake() -> None:
        if eligible().exists() and not queue.has_wake_up():
            queue.wake()

    retry_on_database_error(wake, "waking the next process")


def run_here(start: Callable[[], Task], echo: Echo) -> Task:
    """Run a task in this process instead of a worker's, under the same lock; `start` makes it. Raises how it failed.

    Conflict if the environment is being written to; one whose process died gives way.
    """
    if connection.in_atomic_block:
        raise InsideTransaction("Tasks are run outside of any transaction.")
    retry_on_database_error(reap, "looking for dead tasks")
    with transaction.atomic():
        task = start()
        if not take(task):
            raise occupied(task)
    outcome = Attempt(task, echo=echo).run()
    if outcome.cause is not None:
        raise outcome.cause
    return task


def _ask_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def end_process(attempt: Attempt) -> None:
    """Plugin code cannot be stopped from outside. Of a worker another process takes its place at once."""
    try:
        attempt.give_up()
        logger.warning("%s did not stop: this process is ended", attempt.task)
    finally:
        os._exit(1)


def _plain(result: Mapping[str, Any] | None, mask: Mask) -> dict[str, Any] | None:
    if result is None:
        return None
    if not isinstance(result, Mapping):
        raise TypeError(f"An action returns a mapping or None, not a {type(result).__name__}.")
    plain: dict[str, Any] = mask.json(dict(result))
    return plain
