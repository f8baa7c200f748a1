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
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

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
        shown: dict[str, object] = {**error, "line": None, "next_steps": []}
        assert (told["state"], told["error"], told["progress"], told["result"]) == ("failed", shown, progress, None)

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


class TestRows:
    def test_a_row_is_named_in_words_and_says_which_migration_it_is_about(self, api, make_task):
        prod = make_environment("prod")
        on_prod = {"environment": prod, "environment_name": "prod"}
        make_task(**on_prod)
        make_task(plugin="migrations", action="apply", params={"migration": 11}, **on_prod)
        make_task(plugin="migrations", action="plan", params={"source": "dev", "target": "prod"}, **on_prod)
        made = {"source": "dev", "target": "prod", "migration": None}
        make_task(plugin="migrations", action="plan", params=made, result={"migration": 12}, **on_prod)
        make_task(plugin="gone", action="away", **on_prod)
        rows = api.get(LIST, {"ordering": "id"}).json()["results"]
        assert [(row["title"], row["migration"]) for row in rows] == [
            ("Sync prod", None),
            ("Apply migration 11 to prod", 11),
            ("Plan dev → prod", None),
            ("Plan dev → prod", 12),
            ("gone.away: prod", None),
        ]

    def test_a_row_says_what_may_be_done_and_its_detail_agrees(self, api, make_task):
        dev = make_environment("dev")
        failed = make_task(state=TaskState.FAILED, environment=dev, environment_name="dev")
        retried = make_task(state=TaskState.FAILED, environment=dev, environment_name="dev")
        make_task(retry_of=retried, environment=dev, environment_name="dev")
        for task, retry in ((failed, True), (retried, False)):
            row = next(row for row in api.get(LIST).json()["results"] if row["id"] == task.pk)["allowed_actions"]
            detail = api.get(f"{LIST}/{task.pk}").json()["allowed_actions"]
            assert row["retry"]["allowed"] is detail["retry"]["allowed"] is retry
            assert {name: row[name]["reason"] for name in row} == {name: detail[name]["reason"] for name in row}

    def test_a_refusal_names_who_may_the_starter_first(self, author, make_task):
        reader = User.objects.create_user("reader", password="only-for-tests")
        starter = User.objects.create_user("starter", password="only-for-tests")
        for name, role in ((reader, "viewer"), (starter, "viewer")):
            grant_role(actor=author, user=name, role=get_role(role))
        task = make_task(actor=starter)
        for answer in (api_of(reader).get(LIST).json()["results"][0], api_of(reader).get(f"{LIST}/{task.pk}").json()):
            assert answer["allowed_actions"]["cancel"]["who"] == ["starter", "author"]

    def test_a_starter_who_may_not_start_it_any_more_is_not_named_for_a_retry(self, author, make_task):
        starter = User.objects.create_user("starter", password="only-for-tests")
        grant_role(actor=author, user=starter, role=get_role("viewer"))
        dev = make_environment("dev")
        task = make_task(actor=starter, state=TaskState.FAILED, environment=dev, environment_name="dev")
        api = api_of(starter)
        for answer in (api.get(LIST).json()["results"][0], api.get(f"{LIST}/{task.pk}").json()):
            retry = answer["allowed_actions"]["retry"]
            assert (retry["allowed"], retry["who"]) == (False, ["author"])

    def test_a_comparison_is_retried_by_who_may_compare(self, author, make_task):
        reader = User.objects.create_user("reader", password="only-for-tests")
        grant_role(actor=author, user=reader, role=get_role("viewer"))
        dev, prod = make_environment("dev"), make_environment("prod")
        task = make_task(
            plugin="migrations",
            action="plan",
            params={"source": "dev", "target": "prod", "dashboards": ["births"], "keep": False},
            environment=prod,
            environment_name="prod",
            reads=dev,
            reads_name="dev",
            actor=reader,
            state=TaskState.FAILED,
        )
        api = api_of(reader)
        for answer in (api.get(LIST).json()["results"][0], api.get(f"{LIST}/{task.pk}").json()):
            assert answer["allowed_actions"]["retry"]["allowed"] is True

    def test_rows_cost_the_same_queries_however_many_there_are(self, api, make_task, django_assert_num_queries):
        for _ in range(8):
            make_task(state=TaskState.FAILED)
            Pause.objects.create(task=make_task(state=TaskState.AWAITING_INPUT), questions=[], expires=timezone.now())
        with django_assert_num_queries(2 + 2):
            assert api.get(LIST).json()["count"] == 16


class TestStages:
    AT = "2026-11-24T22:00:00+00:00"

    def begun(self, *names, finished=0):
        return [
            {"name": name, "number": 1, "total": 9, "started": self.AT, "finished": self.AT if n < finished else None}
            for n, name in enumerate(names)
        ]

    def states(self, api, task):
        return {each["name"]: each["state"] for each in api.get(f"{LIST}/{task.pk}").json()["stages"]}

    def test_all_stages_are_there_before_the_first_begins(self, api, make_task):
        task = make_task()
        stages = api.get(f"{LIST}/{task.pk}").json()["stages"]
        assert [(each["label"], each["number"], each["total"], each["state"], each["started"]) for each in stages] == [
            ("Read the lists", 1, 2, "waiting", None),
            ("Compute the content hashes", 2, 2, "waiting", None),
        ]

    def test_a_run_has_the_stages_of_the_engine_and_skips_what_it_passes(self, api, make_task):
        begun = self.begun("preflight", "snapshot", "send", finished=2)
        facts = {"plugin": "migrations", "action": "apply", "params": {"migration": 1}, "stages": begun}
        running = self.states(api, make_task(state=TaskState.RUNNING, **facts))
        assert running == {
            "settle": "skipped",
            "preflight": "done",
            "snapshot": "done",
            "connect": "skipped",
            "detach": "skipped",
            "free slugs": "skipped",
            "send": "running",
            "repair": "waiting",
            "restore": "waiting",
            "remove": "waiting",
            "attach": "waiting",
            "verify": "waiting",
            "finish": "waiting",
        }
        error = {"kind": "unreachable", "sentence": "prod: no answer."}
        failed = make_task(state=TaskState.FAILED, error=error, **facts)
        assert self.states(api, failed)["send"] == "failed"
        assert self.states(api, failed)["verify"] == "skipped"
        stages = {each["name"]: each["note"] for each in api.get(f"{LIST}/{failed.pk}").json()["stages"]}
        assert (stages["send"], stages["verify"]) == ("prod: no answer.", "Not reached.")
        assert (stages["settle"], stages["free slugs"]) == ("Not needed.", "Not needed.")

    def test_progress_is_told_with_the_stage_that_runs(self, api, make_task):
        progress = {"stage": "charts", "done": 3, "total": 9}
        task = make_task(state=TaskState.RUNNING, stages=self.begun("list"), progress=progress)
        assert api.get(f"{LIST}/{task.pk}").json()["stages"][0]["note"] == "charts: 3 of 9"

    def test_stages_that_no_action_declares_are_those_that_were_seen(self, api, make_task):
        task = make_task(plugin="gone", action="away", state=TaskState.RUNNING, stages=self.begun("first", "second"))
        stages = api.get(f"{LIST}/{task.pk}").json()["stages"]
        assert [(each["label"], each["number"], each["total"]) for each in stages] == [
            ("First", 1, 9),
            ("Second", 2, 9),
        ]


class TestErrors:
    def test_it_names_the_line_and_what_helps(self, api, make_task):
        dev = make_environment("dev")
        error = {"kind": "unreachable", "sentence": "dev: no answer.", "next_step": "Check the address."}
        task = make_task(state=TaskState.FAILED, error=error, environment=dev, environment_name="dev")
        add_lines(task, 1, 2)
        TaskLine.objects.create(task=task, seq=3, level="error", text="dev: no answer.")
        told = api.get(f"{LIST}/{task.pk}").json()["error"]
        assert told["line"] == 3
        assert told["next_steps"] == [
            {"text": "Check the address.", "action": None, "migration": None},
            {"text": "Retry the task.", "action": "retry", "migration": None},
        ]


def test_lines_before_a_number_are_the_nearest_in_order(api, make_task):
    task = make_task()
    add_lines(task, *range(1, 11))
    told = api.get(f"{LIST}/{task.pk}/lines", {"before": 8, "limit": 3}).json()
    assert [line["seq"] for line in told["lines"]] == [5, 6, 7]
    found = api.get(f"{LIST}/{task.pk}/lines", {"before": 8, "search": "line 2"}).json()
    assert [line["seq"] for line in found["lines"]] == [2]
