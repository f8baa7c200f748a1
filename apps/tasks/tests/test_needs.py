"""Two kinds of worker: tasks that need something are left to workers that offer it."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.tests.pages import Pages
from apps.tasks.models import Task, TaskState, Worker
from apps.tasks.services import retry
from apps.tasks.tests.factories import ended, start
from apps.tasks.tests.real_worker import Place, RealWorker, followed
from apps.tasks.view.waiting import waiting_reason
from apps.tasks.worker.claims import claim
from apps.tasks.worker.pool import Watch
from conftest import api_of

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")

BROWSER = frozenset({"browser"})
REASON = "It waits for a worker that offers browser; none is running."


@pytest.fixture
def place():
    opened = Place()
    yield opened
    opened.close()


@pytest.fixture
def start_worker(plugins_path, data_dir):
    started = []

    def start_one(*offers, **more):
        started.append(RealWorker(plugins_path, data_dir, offers=offers, **more))
        return started[-1]

    yield start_one
    for each in started:
        each.close()


@pytest.fixture
def light():
    """A worker that offers nothing more."""
    return Worker.objects.create(host="h", pid=1, processes=2)


def state_of(task):
    return Task.objects.get(pk=task.pk).state


class TestClaiming:
    def test_a_task_is_left_to_a_worker_that_offers_what_it_needs(self, author):
        task = start(author, "browse", port=1)
        assert Task.objects.get().needs == "browser"
        assert claim() is None
        assert claim(frozenset({"heavy"})) is None
        assert claim(BROWSER) == task

    def test_all_that_it_needs_has_to_be_offered(self, author):
        task = start(author, "browse_much", port=1)
        assert claim(BROWSER) is None
        assert claim(frozenset({"heavy", "browser", "more"})) == task

    def test_it_keeps_back_no_other_however_many_wait(self, author):
        for _ in range(25):
            start(author, "browse", port=1)
        ordinary = start(author, "say", text="hello")
        assert claim() == ordinary

    def test_a_worker_that_offers_something_takes_ordinary_ones_too(self, author):
        first, second = start(author, "say", text="hello"), start(author, "browse", port=1)
        assert [claim(BROWSER), claim(BROWSER)] == [first, second]

    def test_a_retry_needs_the_same(self, author):
        task = start(author, "browse", port=1)
        Task.objects.filter(pk=task.pk).update(state=TaskState.FAILED)
        assert retry(actor=author, task=Task.objects.get(pk=task.pk)).needs == "browser"


class TestReason:
    def test_it_says_what_the_task_waits_for(self, author, light):
        task = start(author, "browse", port=1)
        assert waiting_reason(task).startswith(f"{REASON} Start one on the server")

    def test_there_is_none_where_such_a_worker_runs(self, author, light):
        task = start(author, "browse", port=1)
        Worker.objects.create(host="h", pid=2, processes=2, offers="browser heavy")
        assert waiting_reason(task) == ""

    def test_a_worker_that_was_not_seen_lately_counts_for_nothing(self, author):
        task = start(author, "browse", port=1)
        seen = timezone.now() - timedelta(minutes=2)
        Worker.objects.create(host="h", pid=2, processes=2, offers="browser", seen=seen)
        assert waiting_reason(task).startswith(REASON)

    def test_a_task_that_needs_nothing_has_none(self, author):
        assert waiting_reason(start(author, "say", text="hello")) == ""

    def test_two_workers_do_not_add_up(self, author):
        task = start(author, "browse_much", port=1)
        for number, offers in enumerate(("browser", "heavy"), 1):
            Worker.objects.create(host="h", pid=number, processes=2, offers=offers)
        assert waiting_reason(task).startswith("It waits for a worker that offers browser, heavy; none is running.")

    def test_a_task_that_has_started_has_none(self, author):
        task = start(author, "browse", port=1)
        claim(BROWSER)
        assert waiting_reason(Task.objects.get(pk=task.pk)) == ""


class TestSurfaces:
    def test_the_api_names_needs_and_reason(self, author, light):
        task = start(author, "browse", port=1)
        detail = api_of(author).get(f"/api/v1/tasks/{task.pk}").json()
        assert (detail["needs"], detail["waiting_reason"].startswith(REASON)) == (["browser"], True)
        ordinary = api_of(author).get(f"/api/v1/tasks/{start(author, 'say', text='hello').pk}").json()
        assert (ordinary["needs"], ordinary["waiting_reason"]) == ([], "")

    def test_the_page_of_the_admin_says_so(self, author, light):
        task = start(author, "browse", port=1)
        assert REASON in Pages(author).see(f"tasks/task/{task.pk}/change/")

    def test_the_command_says_so_and_how_to_start_one(self, author, light, manage):
        task = start(author, "browse_much", port=1)
        code, said, _ = manage("task", "show", task.pk)
        assert code == 0
        assert "Needs       browser, heavy\n" in said
        assert "none is running. Start one with `lockstep worker --offers browser heavy`.\n" in said

    def test_whoever_follows_it_does_not_wait_for_ever(self, author, light, manage, monkeypatch):
        monkeypatch.setattr("apps.tasks.management.follow.PATIENCE", 0.0)
        task = start(author, "browse", port=1)
        Task.objects.filter(pk=task.pk).update(state=TaskState.CANCELLED)
        code, _, told = manage("task", "retry", task.pk, "--follow")
        assert code == 2
        assert REASON in told

    def test_an_action_says_in_the_api_what_it_needs(self, author):
        actions = api_of(author).get("/api/v1/plugins/probe").json()["actions"]
        assert {each["slug"]: each["needs"] for each in actions}["browse_much"] == ["browser", "heavy"]


class TestWorker:
    def test_its_sign_of_life_says_what_it_offers(self):
        Watch(frozenset({"heavy", "browser"})).round()
        assert Worker.objects.get().offers == "browser heavy"

    @pytest.mark.parametrize("words", [("Browser",), ("a-b",), tuple("abcdefg")])
    def test_words_that_cannot_be_offered_are_refused(self, manage, words):
        assert manage("worker", "--offers", *words)[0] == 1
        assert not Worker.objects.exists()

    def test_without_an_option_it_offers_what_the_setting_says(self, manage, settings, monkeypatch):
        settings.WORKER_OFFERS = ["browser"]
        offered = []
        monkeypatch.setattr("apps.tasks.worker.pool.run", lambda _say, offers: offered.append(offers))
        manage("worker")
        manage("worker", "--offers", "heavy")
        assert offered == [{"browser"}, {"heavy"}]


class TestRealWorkers:
    def test_each_task_goes_to_a_worker_that_offers_what_it_needs(self, author, place, start_worker):
        plain = start_worker()
        special, ordinary = start(author, "browse", port=place.port), start(author, "meet", port=place.port)
        meeting = place.meet()
        assert meeting.task == ordinary.pk  # the older one does not keep it back
        meeting.say("bye")
        assert followed(ordinary).state == TaskState.SUCCEEDED
        plain.rests()
        assert (state_of(special), waiting_reason(special).startswith(REASON)) == (TaskState.QUEUED, True)

        fit = start_worker("browser", "heavy")  # wakes up for what waits, although the wake-up was taken long ago
        fit.said("It offers: browser, heavy.")
        meeting = place.meet()
        assert (meeting.task, waiting_reason(special)) == (special.pk, "")
        meeting.say("seen")
        assert followed(special).result == {"told": "seen"}

    def test_beside_a_worker_that_takes_the_wake_ups_it_finds_its_tasks(self, author, place, start_worker):
        start_worker(), start_worker("browser", processes=1)
        tasks = [start(author, "browse", port=place.port) for _ in range(3)]
        for task in tasks:
            meeting = place.meet()
            assert meeting.task == task.pk
            meeting.say("next")
        assert {followed(task).attempts for task in tasks} == {1}

    def test_a_task_waits_again_when_its_worker_was_killed(self, author, place, start_worker):
        start_worker()
        fit = start_worker("browser")
        task = start(author, "browse_again", port=place.port)
        meeting = place.meet()
        process = Task.objects.get(pk=task.pk).pid
        assert process
        os.kill(process, signal.SIGKILL)
        meeting.wait_for_death()
        fit.kill()
        again = start_worker("browser")
        again.said("It offers: browser.")
        place.meet().say("once more")
        assert followed(task).attempts == 2


def test_an_ordinary_task_still_runs_here(author):
    assert ended(start(author, "say", text="hello")).state == TaskState.SUCCEEDED
