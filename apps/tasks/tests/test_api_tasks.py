from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.core.files import store
from apps.environments.tests.factories import make_environment
from apps.plugins.base import Choice, InputField, InputKind, InputRequired
from apps.tasks.models import Pause, Task, TaskArtifact, TaskLine, TaskState
from apps.tasks.questions import pause
from apps.tasks.transitions import transition

LIST = "/api/v1/tasks"


@pytest.fixture
def make_task(author):
    def make(**fields):
        return Task.objects.create(**{"plugin": "catalogue", "action": "sync", "actor": author} | fields)

    return make


def add_lines(task, *numbers):
    TaskLine.objects.bulk_create(TaskLine(task=task, seq=seq, text=f"line {seq}") for seq in numbers)


class TestTheList:
    def test_the_latest_comes_first_ten_on_a_page(self, api, make_task):
        tasks = [make_task() for _ in range(12)]
        answer = api.get(LIST).json()
        assert (answer["count"], len(answer["results"])) == (12, 10)
        assert answer["results"][0]["id"] == tasks[-1].pk

    def test_a_page_has_no_more_than_fifty(self, api, make_task):
        Task.objects.bulk_create(Task(plugin="p", action="a", actor=make_task().actor) for _ in range(51))
        assert len(api.get(LIST, {"page_size": 50}).json()["results"]) == 50

    def test_tasks_are_filtered_by_states_environment_and_action(self, api, make_task):
        dev = make_environment("dev")
        failed = make_task(state=TaskState.FAILED, environment=dev, environment_name="dev")
        lost, other = make_task(state=TaskState.LOST), make_task(action="check")

        def found(**query):
            return [row["id"] for row in api.get(LIST, query).json()["results"]]

        assert found(state=["failed", "lost"]) == [lost.pk, failed.pk]
        assert found(environment="dev") == found(search="dev") == [failed.pk]
        assert found(action="check") == [other.pk]
        assert found(created_after=timezone.now().isoformat()) == []

    def test_tasks_are_filtered_by_plugin_actor_and_each_of_their_times(self, api, make_task, viewer):
        noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
        mine = make_task(started=noon, finished=noon + timedelta(hours=1))
        others = make_task(plugin="migrations", actor=viewer, started=noon + timedelta(hours=2))

        def found(**query):
            return [row["id"] for row in api.get(LIST, query).json()["results"]]

        assert found(plugin="migrations") == found(actor="viewer") == [others.pk]
        assert found(started_before="2026-11-01T13:00:00Z") == found(finished_after="2026-11-01T13:00:00Z") == [mine.pk]
        assert found(started_after="2026-11-01T12:00:01Z") == [others.pk]
        assert found(finished_before="2026-11-01T12:59:59Z") == []


class TestOneTask:
    def test_the_details_of_a_task_have_stages_progress_and_outcome(self, api, make_task):
        error = {"kind": "unreachable", "sentence": "dev: no answer."}
        progress = {"stage": "lists", "done": 1, "total": 4}
        task = make_task(state=TaskState.FAILED, error=error, progress=progress)
        told = api.get(f"{LIST}/{task.pk}").json()
        assert (told["state"], told["error"], told["progress"], told["result"]) == ("failed", error, progress, None)

    def test_an_artifact_is_given_out_as_it_was_stored(self, api, make_task):
        task, file = make_task(), store("artefacts", b"content", suffix=".json")
        TaskArtifact.objects.create(task=task, name="plan é.json", path=file.path, sha256=file.sha256, size=7)
        assert api.get(f"{LIST}/{task.pk}").json()["artifacts"][0]["size"] == 7
        answer = api.get(f"{LIST}/{task.pk}/artifacts/plan é.json")
        assert (answer.getvalue(), answer["Content-Type"]) == (b"content", "application/octet-stream")
        assert answer["Content-Disposition"].startswith("attachment; filename")

    def test_an_artifact_of_another_task_is_not_there(self, api, make_task):
        assert api.get(f"{LIST}/{make_task().pk}/artifacts/plan.json").status_code == 404


class TestLines:
    def test_lines_after_a_number_come_in_order(self, api, make_task):
        task = make_task(state=TaskState.RUNNING)
        add_lines(task, 3, 1, 2)
        told = api.get(f"{LIST}/{task.pk}/lines", {"after": 1}).json()
        assert [line["text"] for line in told["lines"]] == ["line 2", "line 3"]
        assert (told["last"], told["state"], told["ended"]) == (3, "running", False)

    def test_without_news_the_number_stays(self, api, make_task):
        told = api.get(f"{LIST}/{make_task().pk}/lines", {"after": 5}).json()
        assert (told["lines"], told["last"]) == ([], 5)

    def test_the_end_is_sent_with_the_last_line_only(self, api, make_task):
        task = make_task(state=TaskState.SUCCEEDED)
        add_lines(task, 1, 2, 3)
        first = api.get(f"{LIST}/{task.pk}/lines", {"limit": 2}).json()
        assert (first["last"], first["ended"]) == (2, False)
        rest = api.get(f"{LIST}/{task.pk}/lines", {"limit": 2, "after": first["last"]}).json()
        assert (rest["last"], rest["ended"]) == (3, True)

    def test_a_number_that_is_none_is_refused(self, api, make_task):
        answer = api.get(f"{LIST}/{make_task().pk}/lines", {"after": "x"})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["after"])

    def test_lines_are_filtered_by_level_source_and_text(self, api, make_task):
        task = make_task()
        rows = [("info", "worker", "begin"), ("error", "probe.say", "It broke"), ("error", "worker", "it ended")]
        TaskLine.objects.bulk_create(
            TaskLine(task=task, seq=seq, level=level, source=source, text=text)
            for seq, (level, source, text) in enumerate(rows, 1)
        )

        def found(**query):
            return [line["seq"] for line in api.get(f"{LIST}/{task.pk}/lines", query).json()["lines"]]

        assert found(level=["error", "debug"]) == [2, 3]
        assert found(source="worker", after=1) == [3]
        assert found(search="IT B") == [2]
        told = api.get(f"{LIST}/{task.pk}/lines/count").json()
        assert told == {"total": 3, "levels": {"info": 1, "error": 2}, "sources": {"worker": 2, "probe.say": 1}}
        answer = api.get(f"{LIST}/{task.pk}/lines/text", {"level": "error"})
        assert answer["Content-Disposition"] == f'attachment; filename="task-{task.pk}.txt"'
        text = b"".join(answer.streaming_content).decode().splitlines()
        assert [line.split("\t")[0] for line in text] == ["2", "3"]
        assert text[0].endswith("\terror\tprobe.say\tIt broke")


class TestControl:
    def test_the_detail_says_what_may_be_done_and_why_not(self, api, make_task):
        verdicts = api.get(f"{LIST}/{make_task().pk}").json()["allowed_actions"]
        assert {name for name, verdict in verdicts.items() if verdict["allowed"]} == {"cancel"}
        assert verdicts["retry"]["reason"].endswith("It can be retried once it has ended.")
        assert verdicts["answer"]["reason"].endswith("has no open question: it is queued.")

    def test_a_waiting_task_is_cancelled_at_once(self, api, make_task):
        task = make_task()
        answer = api.post(f"{LIST}/{task.pk}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        assert answer.json()["error"]["sentence"] == "Cancelled by author before it started."
        assert api.post(f"{LIST}/{task.pk}/cancel").json()["code"] == "nothing_to_do"

    def test_a_running_task_is_asked_to_stop(self, api, make_task):
        task = make_task(state=TaskState.RUNNING)
        told = api.post(f"{LIST}/{task.pk}/cancel").json()
        assert (told["state"], bool(told["cancel_requested"])) == ("running", True)

    def test_a_retry_is_another_task_that_names_its_origin(self, api, make_task):
        dev = make_environment("dev")
        params = {"everything": True, "pause": 0.5}
        task = make_task(state=TaskState.FAILED, params=params, environment=dev, environment_name="dev")
        answer = api.post(f"{LIST}/{task.pk}/retry")
        assert (answer.status_code, answer.json()["retry_of"]) == (202, task.pk)
        assert answer.json()["params"] == task.params
        assert answer["Location"] == f"{LIST}/{answer.json()['id']}"
        assert api.get(f"{LIST}/{task.pk}").json()["retries"] == [answer.json()["id"]]

    def test_the_question_of_a_task_is_shown_and_answered(self, api, make_task):
        task = asking(make_task())
        told = api.get(f"{LIST}/{task.pk}").json()
        assert [question["name"] for question in told["pause"]["questions"]] == ["target", "password"]
        refused = api.post(f"{LIST}/{task.pk}/answer", {"answers": {"target": "lake", "colour": "red"}})
        assert (refused.status_code, set(refused.json()["fields"])) == (
            400,
            {"answers.target", "answers.password", "answers.colour"},
        )
        answer = api.post(f"{LIST}/{task.pk}/answer", {"answers": {"target": "Warehouse", "password": "hunter22"}})
        assert (answer.status_code, answer.json()["state"], answer.json()["pause"]) == (202, "queued", None)
        assert "hunter22" not in answer.content.decode()

    def test_an_answer_that_comes_too_late_is_refused_clearly(self, api, make_task):
        task = asking(make_task())
        Pause.objects.update(expires=timezone.now())
        answer = api.post(f"{LIST}/{task.pk}/answer", {"answers": {"target": "w", "password": "x"}})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "expired at" in answer.json()["detail"]
        assert answer.json()["detail"].endswith("Retry the task to be asked again.")


def asking(task):
    """It waits for a choice and a secret."""
    choice = InputField(
        name="target", title="Target", kind=InputKind.CHOICE, choices=(Choice(value="w", label="warehouse"),)
    )
    asked = InputRequired(choice, InputField(name="password", title="Password", kind=InputKind.SECRET))
    assert transition(task, to=TaskState.RUNNING, actor=None, lease=uuid.uuid4())
    assert pause(task, asked, [], {})
    return task
