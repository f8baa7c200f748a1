# [DEF:tasks.worker.runner:Module]
# @COMPLEXITY: 4
# @PURPOSE: Runs a task from its claim to its end.
# @RELATION DEPENDS_ON -> plugins.installation
# @RELATION CALLS -> tasks.worker.outcome
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> audit.origin
# @PRE: no transaction is open
# @POST: the task has an outcome that is stored, or its claim was lost and nothing is
# @SIDE_EFFECT: what the action does; the task's row, lines and files; an audit entry
"""Whatever a plugin raises becomes a stored outcome: the broad `except` for that is here."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.audit.origin import acting_through
from apps.contracts.belief import belief_scope, reason, reflect
from apps.contracts.plain_text import one_line
from apps.core.advice import worded_for_everybody
from apps.core.concurrency import AWAY, ask_the_database, retry_on_database_error
from apps.core.errors import SAID, LockstepError
from apps.core.sentences import Sentence, kept, stored_form
from apps.plugins.base import Action
from apps.plugins.installation import runnable_action, settings_of
from apps.plugins.params import parse
from apps.tasks import messages
from apps.tasks.models import Task, TaskState
from apps.tasks.policies import require_still_permitted
from apps.tasks.questions import forget_secrets, pause, resumed
from apps.tasks.transitions import transition
from apps.tasks.worker.belief import beliefs_as_lines
from apps.tasks.worker.cancellation import NotStored, Stop
from apps.tasks.worker.claims import NOTHING, Offers, claim, occupied, take, wake_the_next
from apps.tasks.worker.context import Echo, TaskContext
from apps.tasks.worker.current import running
from apps.tasks.worker.journal import Journal, Line, append
from apps.tasks.worker.masking import Mask, known_names, known_secrets
from apps.tasks.worker.outcome import Outcome, cancelled_while_asking, failure, plain, stopped_as
from apps.tasks.worker.reaper import reap
from apps.tasks.worker.seats import UNLIMITED, Seats, is_large

logger = logging.getLogger(__name__)

SOURCE = "worker"

REPEATED = 3
"""How often a repeatable action starts again because its connection to the database broke."""


class InsideTransaction(Exception):
    """A mistake in the code: a plugin would run, and talk to servers, while a transaction is open."""


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
        """Carry it out and store how it ended. An exception that should end this process is in the outcome, too."""
        task = self.task
        self.write_line(Sentence(messages.ATTEMPT, number=task.attempts, pid=task.pid, machine=task.machine), "debug")
        try:
            outcome = self._with_beliefs()
            if error := outcome.error:
                self.write_line(kept(error["sentence"], (error.get(SAID) or {}).get("sentence")), "error")
            if outcome.asked:
                questions = [self._masked(question.title) for question in outcome.asked.fields]
                self.write_line(Sentence(messages.WAITING_FOR_ANSWER, questions=questions))
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
            return failure(error, self.stop, self.mask)
        return outcome

    def _with_beliefs(self) -> Outcome:
        task = self.task
        with belief_scope("tasks.worker.runner"):
            reason("the claim is ours and the action may run", task=task.pk, action=f"{task.plugin}.{task.action}")
            with beliefs_as_lines(self.journal.line, self.mask):
                outcome = self._outcome()
            reflect("it has an outcome", task=task.pk, state=outcome.state.value)
        return outcome

    def _masked(self, title: str) -> str:
        return kept(self.mask.text(one_line(title)), self.mask.json(stored_form(title)))

    def write_line(self, text: str, level: str = "info") -> None:
        self.journal.line(Line(text, level, SOURCE, message=stored_form(text)))

    def _outcome(self) -> Outcome:
        task = self.task
        try:
            action = retry_on_database_error(self._prepare, f"beginning {task}")
            params = parse(action.params, task.params)
            self.stop.limit(action.time_limit, writes=action.writes)
            result = plain(self._perform(action, params), self.mask)
            self.context.finish()
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, and the task must get an outcome
            return failure(error, self.stop, self.mask)
        if retry_on_database_error(self._is_unwanted, f"ending {self.task}"):
            self.write_line(Sentence(messages.CANCELLED_TOO_LATE), "warning")
        return Outcome(TaskState.SUCCEEDED, result=result)

    def _is_unwanted(self) -> bool:
        """Somebody cancelled it after its last check."""
        return Task.objects.filter(pk=self.task.pk, cancel_requested__isnull=False).exists()

    def _perform(self, action: Action, params: Any) -> Mapping[str, Any] | None:
        """A repeatable action starts again if its connection to the database breaks."""
        for _ in range(REPEATED if action.repeatable else 0):
            try:
                return action.run(self.context, params)
            except AWAY as error:
                retry_on_database_error(ask_the_database, f"repeating {self.task}")
                self.context.check_cancelled()
                logger.warning("%s starts over: its connection to the database was lost (%s)", self.task, error)
                self.write_line(Sentence(messages.STARTING_OVER), "warning")
        return action.run(self.context, params)

    def _prepare(self) -> Action:
        task = self.task
        action = runnable_action(task.plugin, task.action)
        if task.environment_name and task.environment is None:
            raise LockstepError(messages.ENVIRONMENT_REMOVED.format(environment=task.environment_name))
        require_still_permitted(task, action)
        self.context.settings = settings_of(task.plugin)
        return action

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
            outcome = cancelled_while_asking(self.stop, self.mask)
        self._store_end(task, outcome)

    def _store_end(self, task: Task, outcome: Outcome) -> bool:
        expected = {"lease": task.lease}
        outcomes: dict[str, Any] = {"finished": timezone.now(), "result": outcome.result, "error": outcome.error}
        ended = transition(task, to=outcome.state, actor=None, expected=expected, **outcomes)
        if not ended:
            logger.warning("%s was taken from this process: that it ended as %s is not stored", task, outcome.state)
        return ended

    def give_up(self) -> None:
        """It did not stop in time: store that, from the journal's thread."""
        template = messages.KILLED_AFTER_CANCEL if self.stop.cancelled_by else messages.KILLED_AFTER_LIMIT
        sentence = Sentence(template, limit=f"{self.stop.time_limit:.0f}", grace=f"{self.stop.grace:.0f}")
        error = {"kind": "overdue", "sentence": sentence, "context": {}}
        task = copy(self.task)  # the other thread has that one in hand
        with acting_through("worker"), transaction.atomic():
            if self._store_end(task, Outcome(stopped_as(self.stop), error=error)):
                append(task, Line(sentence, "error", SOURCE))


def work(offers: Offers = NOTHING, seats: Seats = UNLIMITED) -> bool:
    """Run the next task for a worker that offers these and has these seats; False if there is none. A wake-up calls
    this."""
    if connection.in_atomic_block:
        raise InsideTransaction("Tasks are run outside of any transaction.")
    with acting_through("worker"):
        task = _claim(offers, seats)
        if task is None:
            return False
        try:
            wake_the_next(offers)
            outcome = _attempted(task, overdue=end_process)
        finally:
            seats.leave()
            wake_the_next(offers)
    if outcome.cause is not None and not isinstance(outcome.cause, Exception):
        raise outcome.cause
    return True


def _claim(offers: Offers, seats: Seats) -> Task | None:
    """The process keeps its seat if the task is a large one."""
    task = claim(offers, seat=seats.take())
    if task is None or not is_large(task):
        seats.leave()
    return task


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
    with worded_for_everybody():  # what is stored of it is read on every surface
        outcome = _attempted(task, echo=echo)
    if outcome.cause is not None:
        raise outcome.cause
    return task


def _attempted(task: Task, **options: Any) -> Outcome:
    with running(task.pk, task.environment_name):
        return Attempt(task, **options).run()


def end_process(attempt: Attempt) -> None:
    """Plugin code cannot be stopped from outside. Of a worker another process takes its place at once."""
    try:
        attempt.give_up()
        logger.warning("%s did not stop: this process is ended", attempt.task)
    finally:
        os._exit(1)
