from __future__ import annotations

import json

import pytest

from apps.tasks.commands import followed_answer
from apps.tasks.models import TaskState, Worker
from apps.tasks.tests.factories import ended, start

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


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


def test_the_lines_of_a_task_are_told(manage, author):
    task = start(author, "refuse")
    assert manage("task", "lines", task.pk)[1] == f"Task {task.pk} has told nothing yet; it is queued.\n"
    ended(task)
    code, out, _ = manage("task", "lines", task.pk)
    assert code == 0
    assert out.splitlines()[-1].endswith("error: It cannot be done: ask another day.")
    lines = json.loads(manage("task", "lines", task.pk, "--format", "json")[1])
    assert [line["seq"] for line in lines] == [1, 2, 3]


def test_following_ends_with_the_outcome_of_the_task(manage, author):
    code, out, err = manage("task", "lines", ended(start(author, "refuse")).pk, "--follow")
    assert code == 1
    assert "about to refuse" in err
    assert "Error       It cannot be done: ask another day." in out
    assert manage("task", "lines", ended(start(author, "say", text="hello")).pk, "--follow")[0] == 0


def test_who_waits_for_a_worker_that_is_not_there_is_told(author):
    task = ended(start(author, "say", text="hello"))
    assert task.state == TaskState.SUCCEEDED
    alone, served = Stream(), Stream()
    followed_answer(task, alone)
    Worker.objects.create(host="here", pid=1, processes=2)
    followed_answer(task, served)
    assert "No worker runs: start one with `manage.py worker`" in alone.text
    assert "No worker runs" not in served.text


def test_a_task_that_is_not_there_is_told(manage, author):
    assert manage("task", "show", 7) == (1, "", "There is no task 7: see `manage.py task list`.\n")
