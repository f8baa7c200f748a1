"""A task that asks, is answered, and goes on."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, Refused
from apps.environments.tests.factories import make_environment
from apps.plugins.base import Choice, InputField, InputKind, InputRequired
from apps.tasks import queue
from apps.tasks.management.output import how_to_answer
from apps.tasks.management.prompts import ask
from apps.tasks.models import Pause, Task, TaskState
from apps.tasks.questions import answer, open_pause, pause
from apps.tasks.services import cancel
from apps.tasks.tests.factories import ended, run_all, start
from apps.tasks.worker.reaper import reap

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")

SECRET = "open-sesame"
GOOD = {"place": "attic", "password": SECRET}


@pytest.fixture
def asking(author):
    """It waits for a choice and a password, in its second stage."""
    return waiting(start(author, "ask", text="a box"))


def waiting(task):
    run_all()
    task.refresh_from_db()
    assert task.state == TaskState.AWAITING_INPUT, task.error
    return task


def told(task):
    return [line.text for line in task.lines.exclude(level="debug")]


def everything_stored():
    """Whatever stands in any table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            yield from (str(row) for row in cursor.fetchall())


def test_a_waiting_task_occupies_no_worker_and_no_lease(asking):
    assert (asking.lease, asking.pid, asking.finished) == (None, None, None)
    assert reap() == []
    assert [(stage["name"], bool(stage["finished"])) for stage in asking.stages] == [("prepare", True), ("act", False)]
    assert told(asking)[-1] == "Waiting for an answer: Where to; Password"


def test_an_answered_task_resumes_at_its_stage(author, staff, asking):
    staff.is_superuser = True
    staff.save()
    queue.OrmQ.objects.all().delete()
    answer(actor=staff, task=asking, answers=GOOD)
    assert (asking.state, queue.has_wake_up()) == (TaskState.QUEUED, True)
    task = ended(asking)
    assert task.result == {"carried": "a box", "to": "attic-1", "by": "staff", "said": "********"}
    assert told(task).count("preparing") == 1
    assert [(stage["name"], bool(stage["finished"])) for stage in task.stages] == [("prepare", True), ("act", True)]
    assert "Answered by staff: Where to: attic, Password: (secret)" in told(task)


def test_a_secret_is_stored_encrypted_used_once_and_shown_nowhere(author, asking):
    answer(actor=author, task=asking, answers=GOOD)
    assert Pause.objects.get().secrets is not None
    assert not any(SECRET in row for row in everything_stored())
    task = ended(asking)
    assert "carrying with ********" in told(task)
    assert Pause.objects.get().secrets is None
    assert not any(SECRET in row for row in everything_stored())


def test_a_secret_is_forgotten_when_the_task_ends_before_it_used_it(author, asking):
    answer(actor=author, task=asking, answers=GOOD)
    assert cancel(actor=author, task=asking)
    assert Pause.objects.get().secrets is None


def test_what_was_answered_first_is_still_there_after_the_second_question(author):
    task = waiting(start(author, "ask_twice"))
    answer(actor=author, task=task, answers={"first": "one"})
    task = waiting(task)
    assert Pause.objects.count() == 2
    answer(actor=author, task=task, answers={"second": "second"})
    assert ended(task).result == {"lengths": [3, 6]}


def test_every_wrong_answer_is_named_and_the_task_waits_on(author, asking):
    with pytest.raises(ValidationError) as refused:
        answer(actor=author, task=asking, answers={"place": "roof", "colour": "red"})
    assert {name: texts[0] for name, texts in refused.value.message_dict.items()} == {
        "place": "“roof” is not one of the choices: attic, cellar.",
        "password": "An answer is required.",
        "colour": "There is no such question. Questions: place, password.",
    }
    asking.refresh_from_db()
    assert asking.state == TaskState.AWAITING_INPUT


def test_answers_are_audited_without_secrets(author, asking):
    answer(actor=author, task=asking, answers=GOOD)
    entry = AuditEntry.objects.get(action="task.queue")
    assert entry.actor == author
    assert entry.after == {"state": "queued", "answers": {"place": "attic-1"}, "hidden": ["password"]}


def test_two_answers_at_once_are_one(author, asking):
    twin = Task.objects.get(pk=asking.pk)
    answer(actor=author, task=asking, answers=GOOD)
    with pytest.raises(Conflict, match="has no open question"):
        answer(actor=author, task=twin, answers=GOOD)
    assert Pause.objects.get().answers == {"place": "attic-1"}


def test_a_question_that_nobody_answers_in_time_ends_the_task(author, asking):
    assert open_pause(asking).expires - open_pause(asking).asked == timedelta(minutes=5)
    Pause.objects.update(expires=timezone.now())
    with pytest.raises(Conflict, match=rf"The question of task {asking.pk} expired at .* Retry the task"):
        answer(actor=author, task=asking, answers=GOOD)
    reap()
    asking.refresh_from_db()
    assert (asking.state, asking.error["kind"]) == (TaskState.TIMED_OUT, "unanswered")
    assert "Retry the task" in told(asking)[-1]
    with pytest.raises(Conflict, match="expired at"):
        answer(actor=author, task=asking, answers=GOOD)


def test_the_time_to_answer_is_a_setting_unless_the_question_sets_one(author, settings):
    settings.TASK_ANSWER_WITHIN = timedelta(hours=3)
    asked = open_pause(waiting(start(author, "ask_twice")))
    assert asked.expires - asked.asked == timedelta(hours=3)


def test_who_may_not_control_the_task_may_not_answer(viewer, asking):
    with pytest.raises(Refused, match="tasks.control"):
        answer(actor=viewer, task=asking, answers=GOOD)


def test_a_waiting_task_does_not_lock_its_environment(author, monkeypatch):
    """It asks before its first write, and begins to look anew when it is answered."""
    dev = make_environment("dev")
    task = start(author, "ask", dev, text="a box")
    Task.objects.filter(pk=task.pk).update(writes=True)
    waiting(task)
    other = start(author, "ask", dev, text="another")
    Task.objects.filter(pk=other.pk).update(writes=True)
    waiting(other)


def test_a_task_that_is_cancelled_while_it_asks_does_not_wait(author, monkeypatch):
    task = start(author, "ask_twice")
    asked = []

    def cancel_first(task, *rest):
        asked.append(cancel(actor=author, task=Task.objects.get(pk=task.pk)))
        return pause(task, *rest)

    monkeypatch.setattr("apps.tasks.worker.runner.pause", cancel_first)
    assert ended(task).state == TaskState.CANCELLED
    assert asked == [False]
    assert not Pause.objects.exists()


@pytest.mark.parametrize(
    "make",
    [
        lambda: InputField(name="", title="x"),
        lambda: InputField(name="x", title="x", kind=InputKind.CHOICE),
        lambda: InputField(name="x", title="x", choices=(Choice(value="y"),)),
        InputRequired,
        lambda: InputRequired(InputField(name="x", title="x"), InputField(name="x", title="y")),
    ],
)
def test_a_question_that_makes_no_sense_is_a_fault_of_the_plugin(make):
    with pytest.raises(ValueError, match="question|choices"):
        make()


def test_a_question_is_unchanged_after_it_was_stored():
    question = InputField(
        name="x", title="X", kind=InputKind.MAPPING, choices=(Choice(value="y", label="Y", note="z"),), help="h"
    )
    assert InputField.from_json(question.to_json()) == question


def test_an_answer_may_be_left_out_where_it_is_not_required():
    assert InputField(name="x", title="x", required=False).read("  ") == ""
    with pytest.raises(ValueError, match="longer"):
        InputField(name="x", title="x").read("y" * 10_001)


class TestProposals:
    """One choice is proposed on every surface, or none is."""

    CHOICES = (Choice(value="1", label="attic"), Choice(value="2", label="cellar"))

    def asked(self, suggested):
        facts = {"kind": InputKind.CHOICE, "choices": self.CHOICES, "suggested": suggested}
        return InputField(name="place", title="Where to", **facts)

    def test_the_command_that_answers_proposes_what_is_suggested_and_not_what_comes_first(self):
        task = Task(pk=7)
        assert "--set place=cellar" in how_to_answer(task, [self.asked("2")])
        assert "--set 'place=…'" in how_to_answer(task, [self.asked("")])

    def test_enter_takes_what_is_suggested_at_a_terminal_and_nothing_else(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
        assert ask((self.asked("2"),), io.StringIO(), unanswered="") == {"place": "2"}
        monkeypatch.setattr("sys.stdin", io.StringIO("\n1\n"))
        told = io.StringIO()
        assert ask((self.asked(""),), told, unanswered="") == {"place": "1"}
        assert "An answer is required." in told.getvalue()

    def test_a_suggestion_that_is_no_choice_is_a_bug_of_the_plugin(self):
        with pytest.raises(ValueError, match="not one of its choices"):
            self.asked("3")
