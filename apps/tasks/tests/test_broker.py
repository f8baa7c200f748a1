"""Wake-ups over a real Redis, and without it. The rows of tasks are the truth in any case."""

from __future__ import annotations

import pytest
import redis

from apps.tasks import queue
from apps.tasks.broker import wake_ups
from apps.tasks.models import Clock, Task, TaskState
from apps.tasks.periodic import registered
from apps.tasks.tests.factories import start
from apps.tasks.tests.real_worker import Place, RealWorker, followed
from apps.tasks.tests.redis_server import own_redis

NOBODY = "redis://:hunter2@127.0.0.1:1/0"


@pytest.fixture
def address():
    with own_redis() as url:
        yield url


@pytest.fixture
def by_redis(address, settings):
    settings.BROKER = address
    wake_ups.cache_clear()
    return address


@pytest.fixture
def without_redis(settings):
    settings.BROKER = NOBODY
    wake_ups.cache_clear()


@pytest.fixture
def place():
    opened = Place()
    yield opened
    opened.close()


@pytest.fixture
def start_worker(plugins_path, data_dir):
    started = []

    def start_one(url):
        started.append(RealWorker(plugins_path, data_dir, {"LOCKSTEP_BROKER": url}))
        return started[-1]

    yield start_one
    for each in started:
        each.close()


def test_a_wake_up_is_carried_once(by_redis):  # a query would fail this test: it has no database
    assert (queue.broker_problem(), queue.has_wake_up()) == ("", False)
    queue.wake()
    assert queue.has_wake_up()
    assert [queue.take_wake_up(), queue.take_wake_up()] == [True, False]


def test_without_redis_nothing_fails_and_every_look_is_worth_one(without_redis, caplog):
    queue.wake()
    assert [queue.has_wake_up(), queue.take_wake_up()] == [True, True]
    assert "Connection refused" in queue.broker_problem()
    assert [record.levelname for record in caplog.records if "Redis cannot be used" in record.message] == ["WARNING"]
    assert "hunter2" not in caplog.text


@pytest.mark.usefixtures("transactional_db", "probe")
def test_a_worker_is_woken_by_redis_and_the_clock_stays_in_the_database(author, by_redis, start_worker):
    start_worker(by_redis)
    tasks = [start(author, "say", text="hello") for _ in range(5)]
    assert [followed(task).state for task in tasks] == [TaskState.SUCCEEDED] * 5
    assert list(Task.objects.values_list("attempts", flat=True)) == [1] * 5
    assert set(Clock.objects.exclude(ticked__isnull=True).values_list("function", flat=True)) >= set(registered())
    assert redis.from_url(by_redis).keys("*clock*") == []


@pytest.mark.usefixtures("transactional_db", "probe")
def test_a_task_whose_wake_up_redis_lost_is_found_by_the_next_round(author, by_redis, start_worker):
    start_worker(by_redis)
    task = start(author, "say", text="hello")
    redis.from_url(by_redis).flushdb()
    assert followed(task).state == TaskState.SUCCEEDED


@pytest.mark.usefixtures("transactional_db", "probe")
def test_tasks_run_while_redis_is_away(author, without_redis, start_worker):
    start_worker(NOBODY)
    tasks = [start(author, "say", text="hello") for _ in range(2)]
    assert [followed(task).state for task in tasks] == [TaskState.SUCCEEDED] * 2


@pytest.mark.usefixtures("transactional_db", "probe")
def test_the_task_of_a_killed_worker_is_ended_by_another_one(author, by_redis, start_worker, place):
    """The reaper of the second finds it, and wakes for what waits behind it."""
    first = start_worker(by_redis)
    start(author, "meet", port=place.port)
    meeting = place.meet()
    task = Task.objects.get(pk=meeting.task)
    start_worker(by_redis)
    first.kill()
    meeting.wait_for_death()
    assert followed(task).state == TaskState.LOST
