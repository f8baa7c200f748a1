from __future__ import annotations

import io
import json
import re
from functools import partial
from unittest import mock

import pytest

from apps.environments.tests.factories import make_environment
from apps.tasks.management import follow
from apps.tasks.management.follow import followed_output
from apps.tasks.management.output import _values
from apps.tasks.models import Task, Worker
from apps.tasks.tests.factories import ended, run_all, start
from apps.tasks.worker.claims import claim
from apps.tasks.worker.journal import Line, append

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")

START_ONE = "Start one with `lockstep worker`."


def interrupted():
    raise KeyboardInterrupt


class Stream:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return False


def test_the_list_shows_what_ran(manage, author):
    assert manage("task", "list")[:2] == (0, "No tasks.\n")
    task = ended(start(author, "say", text="hello"))
    code, out, _ = manage("task", "list")
    assert code == 0
    assert out.splitlines()[1].split()[:5] == [str(task.pk), "probe.say", "-", "succeeded", "author"]


def test_parameters_and_results_are_shown_in_words_without_what_is_empty(author, manage):
    task = start(author, "say", text="hello")
    params = {"dashboards": ["births", "sales"], "databases": [], "everything": False, "keep": True, "migration": None}
    Task.objects.filter(pk=task.pk).update(params=params, result={"migration": 7, "run": None})
    out = manage("task", "show", task.pk)[1]
    parameters = re.search(r"^Parameters  (.*)$", out, re.MULTILINE).group(1)
    for fact in ("dashboards births + sales", "keep"):  # PostgreSQL has its own order
        assert fact in parameters
    assert not {"databases", "everything", "migration"} & set(parameters.split())
    assert "Result      migration 7\n" in out


def test_a_task_is_shown_with_its_stages_and_files(manage, author):
    task = ended(start(author, "say", text="hello"))
    code, out, _ = manage("task", "show", task.pk)
    assert code == 0
    assert "Parameters  text hello, times 1" in out
    assert "Progress    rounds: 1 of 1" in out
    assert "Result      said 1" in out
    assert "  [1/1] round 0\n  said.txt (5 bytes): artefacts/" in out
    data = json.loads(manage("task", "show", task.pk, "--format", "json")[1])
    assert data["state"] == "succeeded"
    assert [artifact["name"] for artifact in data["artifacts"]] == ["said.txt"]
    assert manage("task", "show", task.pk, "--format", "markdown")[1].startswith("| Task | ")


def test_the_lines_of_a_task_are_printed(manage, author):
    task = start(author, "refuse")
    assert manage("task", "lines", task.pk)[1] == f"No output yet. Task {task.pk}: queued.\n"
    ended(task)
    code, out, _ = manage("task", "lines", task.pk)
    assert code == 0
    assert out.splitlines()[-1].endswith("error: It cannot be done: ask another day.")
    lines = json.loads(manage("task", "lines", task.pk, "--format", "json")[1])
    assert [line["seq"] for line in lines] == [2, 3]


def test_internals_are_shown_only_to_whoever_asks_for_debug_lines(manage, author):
    task = ended(start(author, "refuse"))
    append(task, Line("raised: PlanStale", "debug", "tasks.worker.runner"))
    for words in ((), ("--follow",), ("--source", "tasks.worker.runner"), ("--format", "json")):
        _, out, err = manage("task", "lines", task.pk, *words)
        assert "PlanStale" not in out + err
    assert manage("task", "lines", task.pk, "--level", "debug")[1].endswith("  debug: raised: PlanStale\n")


def test_the_command_shows_the_source_of_each_line(manage, author):
    task = ended(start(author, "refuse"))
    lines = [line[10:] for line in manage("task", "lines", task.pk)[1].splitlines()]
    assert "probe.refuse  about to refuse" in lines
    assert "worker        error: It cannot be done: ask another day." in lines


def test_lines_are_chosen_by_level_and_source(manage, author):
    task = ended(start(author, "refuse"))
    asked = ("task", "lines", task.pk, "--level", "error", "--level", "info")
    assert len(manage(*asked)[1].splitlines()) == 2
    assert manage(*asked, "--logger", "probe.refuse")[1].endswith("  probe.refuse  about to refuse\n")
    assert manage(*asked, "--logger", "nobody")[1] == f"No matching lines. Task {task.pk}: failed.\n"
    assert manage(*asked, "--follow")[0] == 1


def test_following_ends_with_the_outcome_of_the_task(manage, author):
    code, out, err = manage("task", "lines", ended(start(author, "refuse")).pk, "--follow")
    assert code == 1
    assert "about to refuse" in err
    assert "Error       It cannot be done: ask another day." in out
    assert manage("task", "lines", ended(start(author, "say", text="hello")).pk, "--follow")[0] == 0


class TestFollowing:
    """Of a task that does not end while somebody waits for it."""

    @pytest.fixture
    def queued(self, author):
        return start(author, "say", text="hello")

    @pytest.fixture
    def sleep(self, monkeypatch):
        """What happens while nobody looks; each sleep lasts longer than a missing worker is waited for."""

        def during(*events):
            moments, left = iter(range(0, 1000, 60)), list(events)
            monkeypatch.setattr(follow, "Watch", partial(follow.Watch, clock=lambda: next(moments)))
            monkeypatch.setattr(follow.time, "sleep", lambda seconds: left.pop(0)() if left else None)

        return during

    def test_without_a_worker_it_says_so_at_once_and_ends_as_pending(self, queued, sleep):
        sleep()
        stream = Stream()
        shown = followed_output(queued, stream)
        assert stream.text.endswith(f"No worker is running; task {queued.pk} waits for one. {START_ONE}\n")
        assert shown.exit_code == 2
        assert shown.data["state"] == "queued"
        assert shown.text.startswith(f"Task {queued.pk} has not started: it waits for a worker. Start one with ")
        assert f"`lockstep task lines {queued.pk} --follow`" in shown.text

    def test_a_worker_that_starts_meanwhile_does_the_work(self, queued, sleep):
        sleep(run_all)
        stream = Stream()
        shown = followed_output(queued, stream)
        assert shown.exit_code == 0
        assert "No worker is running" in stream.text

    def test_with_a_worker_nobody_is_told_of_a_missing_one(self, queued, sleep):
        Worker.objects.create(host="here", pid=1, processes=2)
        sleep(run_all)
        stream = Stream()
        assert followed_output(queued, stream).exit_code == 0
        assert "No worker" not in stream.text

    def test_a_worker_that_vanishes_is_reported(self, queued, sleep):
        Worker.objects.create(host="here", pid=1, processes=2)
        claim()
        sleep(lambda: Worker.objects.all().delete())
        stream = Stream()
        shown = followed_output(queued, stream)
        assert f"The worker of task {queued.pk} has not been seen for a minute" in stream.text
        assert shown.exit_code == 2
        assert "the next one finds out what became of it" in shown.text

    def test_ctrl_c_says_that_a_running_task_goes_on(self, queued, sleep, manage):
        Worker.objects.create(host="here", pid=1, processes=2)
        claim()
        sleep(interrupted)
        code, out, _ = manage("task", "lines", queued.pk, "--follow")
        assert (code, out.startswith(f"Stopped following. Task {queued.pk} goes on. ")) == (130, True)

    def test_ctrl_c_says_what_becomes_of_the_task_and_how_to_follow_and_cancel_it(self, queued, sleep, manage):
        sleep(interrupted)
        code, out, _ = manage("task", "lines", queued.pk, "--follow")
        assert code == 130
        assert out == (
            f"Stopped following. Task {queued.pk} is still queued. Follow it with `lockstep task lines {queued.pk} "
            f"--follow`, or cancel it with `lockstep task cancel {queued.pk}`.\n"
        )
        queued.refresh_from_db()
        assert queued.cancel_requested is None

    def test_ctrl_c_at_a_question_says_that_the_task_waits(self, author, monkeypatch):
        monkeypatch.setattr("sys.stdin", mock.Mock(isatty=lambda: True, readline=interrupted))
        task = start(author, "ask", text="a box")
        run_all()
        task.refresh_from_db()
        shown = followed_output(task, Stream(), answering=author)
        assert shown.exit_code == 130
        assert f"Task {task.pk} waits for an answer. See its question with `lockstep task show {task.pk}`" in shown.text

    def test_what_queues_without_following_says_that_no_worker_runs(self, author, manage):
        task = ended(start(author, "refuse"))
        said = manage("task", "retry", task.pk)[1]
        assert said == (
            f"Task {task.pk + 1} retries task {task.pk}. "
            f"No worker is running; task {task.pk + 1} waits for one. {START_ONE}\n"
        )


def test_a_task_that_is_not_there_is_reported(manage, author):
    assert manage("task", "show", 7) == (1, "", "There is no task 7. List tasks with `lockstep task list`.\n")


class TestControl:
    @pytest.fixture(autouse=True)
    def _worker(self, transactional_db):
        Worker.objects.create(host="here", pid=1, processes=2)

    def test_a_task_is_cancelled(self, manage, author):
        task = start(author, "say", text="hello")
        assert manage("task", "cancel", task.pk)[:2] == (0, f"Task {task.pk} is cancelled.\n")
        code, _, err = manage("task", "cancel", task.pk)
        assert (code, err) == (1, f"Task {task.pk} has already ended: cancelled.\n")

    def test_a_running_task_is_asked_to_stop_by_the_command(self, manage, author):
        task = start(author, "say", text="hello")
        assert claim() == task
        assert "will stop as soon as it can" in manage("task", "cancel", task.pk)[1]
        assert "Cancel requested" in manage("task", "show", task.pk)[1]

    def test_a_task_is_retried(self, manage, author):
        task = ended(start(author, "refuse"))
        code, out, _ = manage("task", "retry", task.pk)
        new = Task.objects.first()
        assert (code, out) == (0, f"Task {new.pk} retries task {task.pk}.\n")
        assert f"Retry of    task {task.pk}" in manage("task", "show", new.pk)[1]
        assert "is already a retry of it" in manage("task", "retry", task.pk)[2]

    def test_a_task_that_writes_is_only_retried_with_the_explicit_option(self, manage, author):
        task = ended(start(author, "write", make_environment("dev"), port=1))
        code, out, _ = manage("task", "retry", task.pk)
        assert code == 2
        assert out.endswith(f"To start it, run `lockstep task retry {task.pk} --yes`.\n")
        assert Task.objects.count() == 1
        assert manage("task", "retry", task.pk, "--yes")[0] == 0

    def test_a_question_is_shown_and_answered(self, manage, author, tmp_path):
        task = start(author, "ask", text="a box")
        run_all()
        shown = manage("task", "show", task.pk)[1]
        assert f"`lockstep task answer {task.pk} --set 'place=…' --secret-file password=FILE`" in shown
        assert "Where to (one of “attic”, “cellar”)" in shown
        (tmp_path / "secret").write_text("open-sesame\n")
        given = ("--set", "place=cellar", "--secret-file", f"password={tmp_path / 'secret'}")
        follow = f"Follow it with `lockstep task lines {task.pk} --follow`."
        assert manage("task", "answer", task.pk, *given)[:2] == (
            0,
            f"Task {task.pk} resumes with this answer. {follow}\n",
        )
        assert ended(task).result["to"] == "cellar-1"

    def test_a_secret_may_come_through_standard_input(self, manage, author, monkeypatch):
        task = start(author, "ask", text="a box")
        run_all()
        monkeypatch.setattr("sys.stdin", io.StringIO("open-sesame\n"))
        assert manage("task", "answer", task.pk, "--set", "place=attic", "--secret-stdin", "password")[0] == 0

    def test_task_answer_without_an_answer_says_how_to_give_one(self, manage, author, monkeypatch):
        task = start(author, "ask", text="a box")
        run_all()
        monkeypatch.setattr("sys.stdin", io.StringIO())
        code, _, err = manage("task", "answer", task.pk)
        assert code == 1
        assert f"lockstep task answer {task.pk} --set 'place=…'" in err

    def test_who_sits_at_a_terminal_is_asked(self, manage, author, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        task = start(author, "ask", text="a box")
        run_all()
        monkeypatch.setattr("sys.stdin", Terminal("roof\n2\n"))
        monkeypatch.setattr("getpass.getpass", lambda prompt: "open-sesame")
        code, _, err = manage("task", "answer", task.pk)
        assert code == 0
        assert "“roof” is not one of the choices: attic, cellar." in err
        assert ended(task).result["to"] == "cellar-1"

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            (("--set", "place=roof"), "is not one of the choices: attic, cellar. password: An answer is required."),
            (("--set", "place"), "“place” is not NAME=VALUE"),
            (("--secret-file", "password=/nowhere"), "The file “/nowhere” cannot be read"),
        ],
    )
    def test_wrong_answers_are_refused(self, manage, author, given, why):
        task = start(author, "ask", text="a box")
        run_all()
        code, _, err = manage("task", "answer", task.pk, *given)
        assert code == 1
        assert why in err

    def test_following_a_task_that_asks_ends_with_2(self, manage, author):
        task = start(author, "ask", text="a box")
        run_all()
        code, out, err = manage("task", "lines", task.pk, "--follow")
        assert code == 2
        assert "preparing" in err
        assert "--secret-file password=FILE" in out


def test_parameters_are_shown_in_words_and_without_what_is_empty():
    values = {
        "source": "dev",
        "dashboards": ["births", "7"],
        "keep": True,
        "everything": False,
        "said": 0,
        "note": None,
    }
    assert _values(values) == "source dev, dashboards births + 7, keep, said 0"
