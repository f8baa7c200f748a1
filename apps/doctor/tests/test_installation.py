"""The checks of the installation itself, each where all is well and where it is not."""

from __future__ import annotations

from collections import namedtuple
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from apps.core.crypto.encryption import Secret
from apps.core.files import stored_files
from apps.core.tests.buckets import files_in
from apps.doctor.findings import Check, State
from apps.doctor.services import installation, machine, tasks
from apps.doctor.services.installation import examine_installation
from apps.environments.models import Environment
from apps.environments.tests.factories import make_environment
from apps.tasks.models import Clock, Task, TaskState, Worker
from apps.tasks.periodic import registered

pytestmark = pytest.mark.django_db


def ago(**time):
    return timezone.now() - timedelta(**time)


@pytest.fixture(autouse=True)
def sound(data_dir):
    """A worker runs, the clock ticks, and there is a data directory."""
    data_dir.mkdir()
    Worker.objects.create(host="mill 1 pid:[1]", pid=7, processes=2)
    Worker.objects.update(started=ago(hours=1), asked=ago(seconds=2))
    for function in registered():
        Clock.objects.create(function=function, ticked=ago(seconds=30))


@pytest.fixture
def task(author):
    def make(**fields):
        created = Task.objects.create(plugin="p", action="a", actor=author)
        Task.objects.filter(pk=created.pk).update(**fields)
        return created

    return make


def found(check):
    return next(each for each in examine_installation() if each.check is check)


def test_all_is_well():
    findings = examine_installation()
    assert [each.state for each in findings] == [State.OK] * 8
    engine = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    assert findings[0].sentence.startswith(f"{engine} ")
    assert findings[0].facts["version"].split(".")[0].isdigit()


class TestDatabase:
    def test_nothing_else_is_known_where_it_does_not_answer(self, monkeypatch):
        def refuse():
            raise OperationalError("connection refused\n\tIs it running?")

        monkeypatch.setattr(installation, "database", refuse)
        findings = examine_installation()
        assert findings[0].sentence == "It cannot be used: connection refused Is it running."
        assert findings[0].next_step.startswith("Check DATABASE_URL")
        assert {each.check for each in findings if each.state is State.UNKNOWN} == {
            *(Check.SCHEMA, Check.QUEUE, Check.WORKERS, Check.SCHEDULER, Check.CLOCK, Check.SECRETS)
        }

    def test_tables_of_an_older_version_are_reported(self):
        ((_, newest),) = MigrationLoader(connection).graph.leaf_nodes("tasks")
        MigrationRecorder(connection).record_unapplied("tasks", newest)
        schema = found(Check.SCHEMA)
        assert (schema.state, schema.sentence) == (State.FAILED, "1 schema migration is not applied.")
        assert found(Check.QUEUE).state is State.UNKNOWN

    def test_tables_of_a_newer_version_are_reported(self):
        MigrationRecorder(connection).record_applied("tasks", "0999_tomorrow")
        schema = found(Check.SCHEMA)
        assert schema.state is State.FAILED
        assert "it has tasks.0999_tomorrow, which this version does not know" in schema.sentence

    def test_the_tables_of_an_application_that_was_removed_do_not_matter(self):
        MigrationRecorder(connection).record_applied("elsewhere", "0001_initial")
        assert found(Check.SCHEMA).state is State.OK


class TestQueue:
    def test_tasks_that_have_just_come_are_counted(self, task):
        task(), task()
        queue = found(Check.QUEUE)
        assert (queue.state, queue.facts["waiting"]) == (State.OK, 2)
        assert queue.sentence.startswith("Tasks are waiting: 2. The oldest has been waiting for ")

    def test_one_that_could_have_started_long_ago_is_stuck(self, task):
        stuck = task(created=ago(minutes=6))
        queue = found(Check.QUEUE)
        assert (queue.state, queue.next_step) == (
            State.WARNING,
            "Look at the page of the task, and at the log of the worker.",
        )
        assert queue.sentence.startswith(f"Task {stuck.pk} has been waiting since ")

    def test_one_that_no_worker_can_take_is_reported_and_is_not_stuck(self, task):
        task(created=ago(hours=1), needs="browser")
        queue = found(Check.QUEUE)
        assert queue.state is State.WARNING
        assert "waits for a worker that offers browser; none is running." in queue.sentence
        assert queue.next_step.startswith("Start one on the server")
        Worker.objects.update(offers="browser")
        assert "although nothing is in its way" in found(Check.QUEUE).sentence

    def test_one_that_waits_for_its_environment_is_not_stuck(self, task):
        dev = make_environment("dev")
        task(state=TaskState.RUNNING, writes=True, environment=dev, heartbeat=timezone.now())
        task(created=ago(hours=2), writes=True, environment=dev)
        assert found(Check.QUEUE).state is State.OK

    def test_a_running_one_without_a_sign_of_life_is_reported(self, task):
        silent = task(state=TaskState.RUNNING, heartbeat=ago(minutes=3))
        queue = found(Check.QUEUE)
        assert queue.state is State.FAILED
        assert queue.sentence.startswith(f"Task {silent.pk} has given no sign of life since ")


class TestWorkers:
    def test_they_are_counted(self):
        Worker.objects.create(host="loom 2 pid:[1]", pid=8, processes=4, offers="browser heavy")
        workers = found(Check.WORKERS)
        assert workers.sentence == "2 workers run, with room for 6 tasks at once: loom (browser, heavy), mill."
        loom = {"machine": "loom", "pid": 8, "processes": 4, "offers": ["browser", "heavy"]}
        assert workers.facts["workers"][1] == loom

    def test_none_is_a_failure_and_so_is_the_scheduler_then(self):
        Worker.objects.update(seen=ago(minutes=2))
        assert found(Check.WORKERS).sentence == "No worker is running."
        assert found(Check.SCHEDULER).state is State.FAILED

    def test_a_clock_that_is_ahead_is_named(self):
        Worker.objects.update(seen=timezone.now() + timedelta(seconds=40))
        workers = found(Check.WORKERS)
        assert workers.state is State.FAILED
        assert workers.sentence.startswith("The clock of worker 7 on mill is 40 s ahead") or "39 s" in workers.sentence

    def test_a_scheduler_that_stands_still_is_a_failure(self):
        Clock.objects.update(ticked=ago(hours=1))
        assert found(Check.SCHEDULER).sentence.startswith("The clock of the schedules stopped at ")


class TestMachine:
    @pytest.mark.parametrize(
        ("seconds", "state"), [(0, State.OK), (-1, State.OK), (10, State.WARNING), (-60, State.FAILED)]
    )
    def test_the_clock_of_the_database_is_compared(self, monkeypatch, seconds, state):
        if connection.vendor != "postgresql":
            pytest.skip("a file has the clock of its machine")
        monkeypatch.setattr(machine.timezone, "now", lambda: _real_now() + timedelta(seconds=seconds))
        assert machine.clock().state is state

    def test_a_directory_that_cannot_be_written_to_is_reported(self, data_dir):
        data_dir.rmdir()
        data_dir.write_text("a file")
        storage = found(Check.STORAGE)
        assert storage.state is State.FAILED
        assert "cannot be written to" in storage.sentence

    def test_nothing_is_left_in_the_directory(self, data_dir):
        examine_installation()
        assert list(data_dir.iterdir()) == []

    @pytest.mark.parametrize(
        ("free", "state"), [(2_000_000_000, State.OK), (500_000_000, State.WARNING), (5_000_000, State.FAILED)]
    )
    def test_little_room_is_reported(self, monkeypatch, free, state):
        Found = namedtuple("Found", "f_bavail f_blocks f_frsize f_flag")
        monkeypatch.setattr(machine.os, "statvfs", lambda _: Found(free, 9_000_000_000, 1, 0))
        assert machine.storage().state is state

    def test_secrets_that_the_key_decrypts_are_counted(self):
        make_environment("dev"), make_environment("prod")
        assert found(Check.SECRETS).sentence == "All 2 stored secrets can be decrypted."

    def test_one_that_no_key_decrypts_is_named(self, settings):
        dev = make_environment("dev")
        settings.ENCRYPTION_KEYS = ["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMDE="]
        secrets = found(Check.SECRETS)
        assert secrets.state is State.FAILED
        assert secrets.sentence == f"1 stored secret cannot be decrypted: environment {dev.pk}."

    def test_one_that_was_moved_to_another_row_is_named(self):
        dev, prod = make_environment("dev"), make_environment("prod", secret=Secret.of("other"))
        Environment.objects.filter(pk=prod.pk).update(secret=dev.secret)
        assert found(Check.SECRETS).facts == {"secrets": 2, "damaged": 1}


_real_now = timezone.now


@pytest.fixture
def bucket(s3, settings):
    def use(endpoint, name):
        settings.STORAGES = files_in(endpoint, name)

    use(s3.endpoint, s3.bucket())
    return use


def test_a_store_of_files_that_is_elsewhere_is_tried(bucket):
    finding = found(Check.FILES)
    assert (finding.state, finding.facts["store"][:14]) == (State.OK, "s3://lockstep-")
    assert finding.sentence.endswith("/site, read and deleted.")
    assert list(stored_files("probes")) == []


def test_a_store_of_files_that_does_not_answer_says_what_to_check(bucket):
    bucket("http://127.0.0.1:1", "nobody")
    finding = found(Check.FILES)
    assert finding.state is State.FAILED
    assert "s3://nobody/site cannot be used (no answer). Check that it runs" in finding.sentence


def test_redis_that_carries_wake_ups_is_looked_at(settings, monkeypatch):
    settings.BROKER = "redis://127.0.0.1:6379/0"
    for reason, state, sentence in (
        ("", State.OK, "Redis carries them."),
        ("no", State.WARNING, "Redis cannot be used (no). Workers look for tasks each second instead."),
    ):
        monkeypatch.setattr(tasks, "broker_problem", lambda reason=reason: reason)
        finding = found(Check.BROKER)
        assert (finding.state, finding.sentence) == (state, sentence)
        assert bool(finding.next_step) is bool(reason)
