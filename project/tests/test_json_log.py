"""The log as JSON: which request or task a record is about, in this process and in a real server and worker."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request

import pytest
from django.test import Client

from apps.tasks.models import Task
from apps.tasks.tests.factories import run_all
from conftest import api_of
from project import logs
from project.tests.running import PATIENCE, wait_until
from project.tests.served import Served


@pytest.fixture
def records():
    """What the root logger gets from now on, as it would be written."""
    found = []

    class Kept(logging.Handler):
        def emit(self, record):
            found.append(json.loads(self.format(record)))

    handler, root = Kept(logging.DEBUG), logging.getLogger()
    handler.setFormatter(logs.JsonLine())
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield found
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_record_is_one_line_with_the_time_in_utc(records):
    logging.getLogger("apps.shop").warning("two\nlines of “%s”", "ann\x1b[2J")
    [record] = records
    assert record.pop("time").endswith("+00:00")
    assert record == {"level": "WARNING", "logger": "apps.shop", "message": "two\nlines of “ann\\x1b[2J”"}


def test_an_exception_is_part_of_its_record(records):
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logging.getLogger("apps.shop").exception("it failed")
    [record] = records
    assert record["exception"].startswith("Traceback")
    assert record["exception"].endswith("ValueError: password=********")


def test_a_record_of_a_request_has_its_id(records, db):
    answer = Client().get("/api/v1/nothing")
    [record] = [each for each in records if each["logger"] == "django.request"]
    assert record["request_id"] == answer["X-Request-ID"]
    assert "task_id" not in record


def test_a_fault_of_a_view_has_the_id_of_its_request(records, viewer, monkeypatch):
    monkeypatch.setattr("apps.overview.api.views.activity_of", lambda _: 1 / 0)
    answer = api_of(viewer).get("/api/v1/activity")
    [record] = [each for each in records if "exception" in each]
    assert (answer.status_code, record["request_id"]) == (500, answer["X-Request-ID"])
    assert "ZeroDivisionError" in record["exception"]


def test_a_record_of_a_task_has_its_number_and_environment(records, transactional_db, author, monkeypatch):
    from apps.migrations.tests.factories import Stage

    place = Stage(author, monkeypatch).source
    task = Task.objects.create(plugin="catalogue", action="sync", environment=place, environment_name=place.name)
    run_all()
    about = [each for each in records if "task_id" in each]
    assert {(each["task_id"], each["environment"]) for each in about} == {(task.pk, place.name)}
    logging.getLogger("apps.shop").warning("it is over")
    assert "task_id" not in records[-1]


def test_a_real_server_and_its_worker_write_json(tmp_path):
    run = Served(tmp_path / "data", LOCKSTEP_LOG_LEVEL="DEBUG", LOCKSTEP_LOG_FORMAT="json")
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{run.port}/api/v1/nothing?token=hunter2", timeout=PATIENCE)
        refused.value.close()
        wait_until(lambda: '"task_id"' in run.told, "no record of a task")
        run.process.terminate()
        run.process.wait(PATIENCE)
        written = [json.loads(line) for line in run.told.splitlines() if line.startswith("{")]
    finally:
        run.kill()
    assert [line for line in run.told.splitlines() if line.startswith("20")] == []
    of_request = [each for each in written if each.get("request_id") == refused.value.headers["X-Request-ID"]]
    assert "Not Found: /api/v1/nothing" in [each["message"] for each in of_request]
    assert {each["task_id"] for each in written if "task_id" in each} == {1}
    assert run.token not in run.told
    assert "hunter2" not in run.told
