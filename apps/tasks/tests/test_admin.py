from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from apps.core.files import store
from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.tasks.admin import LABELS
from apps.tasks.admin_pages.content import duration
from apps.tasks.models import Task, TaskArtifact, TaskLine, TaskState
from apps.tasks.tests.test_api_tasks import asking

LIST = "tasks/task/"


@pytest.fixture
def pages(author):
    return Pages(author)


def make_task(author, state=TaskState.SUCCEEDED, **fields):
    now = timezone.now()
    values = {"plugin": "catalogue", "action": "sync", "state": state, "actor": author, "started": now} | fields
    return Task.objects.create(**values)


def add_lines(task, number):
    TaskLine.objects.bulk_create(TaskLine(task=task, seq=seq, text=f"line <{seq}>") for seq in range(1, number + 1))


def test_the_list_names_what_each_does_and_where(pages, author):
    make_task(author, TaskState.FAILED, environment=make_environment("dev"), environment_name="dev")
    page = pages.see(LIST)
    assert "Sync the catalogue" in page
    assert "failed" in page


def test_every_state_has_a_color():
    assert set(LABELS) == set(TaskState)


def test_a_page_has_stages_lines_files_and_the_error(pages, author):
    now = timezone.now().isoformat()
    task = make_task(
        author,
        TaskState.ERRORED,
        finished=timezone.now(),
        stages=[
            {"name": "read", "number": 1, "total": 2, "started": now, "finished": now},
            {"name": "write", "number": 2, "total": 2, "started": now, "finished": None},
        ],
        error={"kind": "unexpected", "sentence": "It broke.", "traceback": "ZeroDivisionError <x>"},
        result={"dashboards": 12},
        params={"everything": True},
    )
    add_lines(task, 3)
    file = store("artefacts", b"{}", suffix=".json")
    artifact = TaskArtifact.objects.create(task=task, name="plan.json", path=file.path, sha256=file.sha256, size=2)
    page = pages.see(f"{LIST}{task.pk}/change/")
    for told in (
        "ls-stage-done",
        "ls-stage-stopped",
        "It broke.",
        "ZeroDivisionError &lt;x&gt;",
        "line &lt;3&gt;",
        "dashboards",
    ):
        assert told in page
    assert 'http-equiv="refresh"' not in page

    answer = pages.client.get(f"/admin/{LIST}{task.pk}/files/{artifact.pk}/")
    assert answer.getvalue() == b"{}"
    assert answer["Content-Disposition"] == f'attachment; filename="task-{task.pk}-plan.json"'
    assert pages.client.get(f"/admin/{LIST}{task.pk + 1}/files/{artifact.pk}/").status_code == 404


def test_a_page_of_a_task_that_runs_looks_again(pages, author):
    task = make_task(author, TaskState.RUNNING, progress={"stage": "read", "done": 1, "total": 4}, host="h", pid=1)
    page = pages.see(f"{LIST}{task.pk}/change/")
    assert 'http-equiv="refresh"' in page
    assert "read: 1 of 4" in page


def test_of_a_long_log_the_last_lines_are_shown_and_all_can_be_downloaded(pages, author):
    task = make_task(author, finished=timezone.now())
    add_lines(task, 502)
    page = pages.see(f"{LIST}{task.pk}/change/")
    assert "2 earlier lines" in page
    assert "line &lt;502&gt;" in page
    assert "line &lt;2&gt;" not in page
    assert "line &lt;2&gt;" not in pages.see(f"{LIST}{task.pk}/change/?all=1")
    text = b"".join(pages.client.get(linked(page, "download all")))
    assert [f"line <{number}>" in text.decode() for number in (1, 502)] == [True, True]


def linked(page, text):
    """Where the link of this text leads."""
    return unescape(re.search(f'<a href="([^"]*)"[^>]*>{text}</a>', page)[1])


class TestLines:
    @pytest.fixture
    def page(self, author):
        task = make_task(author, finished=timezone.now())
        of = [("info", "worker"), ("debug", "tasks.runner"), ("warning", "catalogue.sync"), ("info", "catalogue.sync")]
        TaskLine.objects.bulk_create(
            TaskLine(task=task, seq=seq, level=level, source=source, text=f"line {seq}")
            for seq, (level, source) in enumerate(of, start=1)
        )
        return f"{LIST}{task.pk}/change/"

    def shown(self, page):
        return [number for number in range(1, 5) if f"<td>line {number}</td>" in page]

    def test_the_admin_shows_the_source_of_each_line(self, pages, page):
        shown = pages.see(f"{page}?details=yes")
        assert self.shown(shown) == [1, 2, 3, 4]
        assert '<td title="tasks.runner">tasks.runner</td>' in shown

    @pytest.mark.parametrize(
        ("asked", "numbers"),
        [
            ("level=info", [1, 4]),
            ("level=info&level=debug", [1, 2, 4]),
            ("source=catalogue.sync", [3, 4]),
            ("source=catalogue.sync&level=info", [4]),
            ("level=error", []),
        ],
    )
    def test_lines_are_filtered_by_level_and_source_in_the_admin(self, pages, page, asked, numbers):
        shown = pages.see(f"{page}?{asked}")
        assert self.shown(shown) == numbers
        assert ("No matching lines." in shown) is (not numbers)

    def test_what_can_be_chosen_is_counted_and_a_second_click_takes_it_back(self, pages, page):
        assert '<a href="?level=info">info <small>2</small></a>' in pages.see(page)
        shown = pages.see(f"{page}?level=info")
        assert '<a href="?" class="ls-chosen">info <small>2</small></a>' in shown
        assert '<a href="?level=info&amp;source=worker">worker <small>1</small></a>' in shown

    def test_the_last_of_many_filtered_lines_are_shown(self, pages, page, monkeypatch):
        monkeypatch.setattr("apps.tasks.admin.LINES", 1)
        shown = pages.see(f"{page}?source=catalogue.sync")
        assert "1 earlier line:" in shown
        assert self.shown(shown) == [4]
        text = b"".join(pages.client.get(linked(shown, "download all"))).decode()
        assert [number for number in range(1, 5) if f"line {number}" in text] == [3, 4]

    def test_a_single_kind_is_not_to_be_chosen(self, pages, author):
        task = make_task(author, finished=timezone.now())
        add_lines(task, 2)
        assert "ls-kinds" not in pages.see(f"{LIST}{task.pk}/change/")


def test_task_pages_are_read_only(pages, author):
    task = make_task(author)
    for path in (f"{LIST}add/", f"{LIST}{task.pk}/delete/"):
        assert pages.client.post(f"/admin/{path}", {"post": "yes"}).status_code == 403
    pages.client.post(f"/admin/{LIST}{task.pk}/change/", {"state": "queued"})
    task.refresh_from_db()
    assert task.state == TaskState.SUCCEEDED


def test_what_the_queue_keeps_is_not_among_the_pages(pages):
    assert pages.client.get("/admin/django_q/ormq/").status_code == 404


def test_the_task_list_takes_the_same_queries_for_any_length(pages, author, django_assert_num_queries):
    dev = make_environment("dev")
    for _ in range(6):
        make_task(author, environment=dev, environment_name="dev")
    with django_assert_num_queries(7):
        pages.see(LIST)


def test_times_are_shown_in_readable_form():
    assert [duration(timedelta(seconds=number)) for number in (0.42, 75, 700)] == ["0.4 s", "75 s", "12 min"]


class TestDeeds:
    def test_a_task_is_cancelled_after_a_question(self, pages, author):
        task = make_task(author, TaskState.QUEUED)
        page = f"{LIST}{task.pk}/cancel/"
        assert "Cancel task" in pages.see(page)
        assert "is cancelled." in pages.send(page, confirmed="yes")
        task.refresh_from_db()
        assert task.state == TaskState.CANCELLED

    def test_a_task_is_retried_after_a_question_and_its_page_names_its_origin(self, pages, author):
        task = make_task(author, TaskState.FAILED, environment=make_environment("dev"), environment_name="dev")
        page = f"{LIST}{task.pk}/retry/"
        assert "as a new task?" in pages.see(page)
        assert f"Task {task.pk}</a>" in pages.send(page, confirmed="yes")
        assert Task.objects.get(retry_of=task).state == TaskState.QUEUED

    def test_what_cannot_be_done_is_not_offered(self, pages, author):
        page = pages.see(f"{LIST}{make_task(author).pk}/change/")
        assert "/cancel/" not in page
        assert "/retry/" not in page

    def test_the_question_of_a_task_has_a_form_on_its_page(self, pages, author):
        task = asking(make_task(author, TaskState.QUEUED))
        page = pages.see(f"{LIST}{task.pk}/change/")
        assert "Question" in page
        assert '<option value="w">warehouse' in page
        assert 'type="password"' in page
        assert 'http-equiv="refresh"' not in page
        sent = {"answer-0": "w", "answer-1": "open-sesame"}
        assert f"Task {task.pk} resumes with this answer." in pages.send(f"{LIST}{task.pk}/answer/", **sent)
        task.refresh_from_db()
        assert task.state == TaskState.QUEUED

    def test_a_wrong_answer_is_reported(self, pages, author):
        task = asking(make_task(author, TaskState.QUEUED))
        assert "An answer is required." in pages.send(f"{LIST}{task.pk}/answer/", **{"answer-0": "w"})


class TestDetails:
    """What Lockstep notes about its own steps."""

    @pytest.fixture
    def task(self, author):
        task = make_task(author)
        for seq, (level, text) in enumerate([("info", "Reading dev"), ("debug", "raised: PlanStale: it changed")], 1):
            task.lines.create(seq=1000 + seq, level=level, text=text, source="superset.execution")
        return task

    def test_are_not_shown_in_the_log_of_a_task_unless_asked_for(self, pages, task):
        page = pages.see(f"{LIST}{task.pk}/change/")
        assert "Reading dev" in page
        assert "PlanStale" not in page
        assert "with details</a>" in page
        assert "PlanStale" in pages.see(f"{LIST}{task.pk}/change/?details=yes")
        assert "PlanStale" in pages.see(f"{LIST}{task.pk}/change/?level=debug")

    def test_are_not_shown_where_there_is_nothing_else(self, pages, task):
        task.lines.exclude(level="debug").delete()
        page = pages.see(f"{LIST}{task.pk}/change/")
        assert "PlanStale" not in page
        assert "with details</a>" in page
