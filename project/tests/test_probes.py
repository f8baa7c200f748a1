"""The probes need no sign-in, leave nothing behind and tell a stranger only whether Lockstep works."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core import storage
from apps.tasks.models import Worker
from project.storage import stores
from project.web import probes

SECRET = "postgres://lockstep:hunter2@db/lockstep"


@pytest.fixture
def stranger():
    return Client(raise_request_exception=False)


@pytest.fixture
def worker(db):
    return Worker.objects.create(host="h", pid=1, processes=1)


def refuse(*_):
    raise OperationalError(SECRET)


def test_liveness_asks_no_database(stranger):  # a query would fail this test: it has no database
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


def test_lockstep_is_ready_with_its_tables_and_a_worker(stranger, worker):
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"ok": True, "database": "ok", "schema": "ok", "worker": "ok", "disk": "ok"},
    )
    assert not answer.cookies
    assert not Session.objects.exists()
    assert not AuditEntry.objects.exists()


def test_lockstep_is_not_ready_without_a_worker(stranger, db):
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["extra"]) == (
        "not_ready",
        {"database": "ok", "schema": "ok", "worker": "failed", "disk": "ok"},
    )


def test_lockstep_is_not_ready_without_its_database(stranger, db):
    with connection.execute_wrapper(refuse):
        answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "hunter2" not in answer.content.decode()


def test_lockstep_is_not_ready_with_the_tables_of_an_older_version(stranger, worker, monkeypatch):
    monkeypatch.setattr(probes.MigrationExecutor, "migration_plan", lambda *_: ["0002"])
    parts = {"database": "ok", "schema": "failed", "worker": "unknown", "disk": "ok"}
    assert stranger.get("/readyz").json()["extra"] == parts


def test_lockstep_is_not_ready_without_room_for_files(stranger, worker, monkeypatch):
    monkeypatch.setattr(storage, "LEAST_FREE", 1 << 62)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()["extra"]["disk"]) == (503, "failed")
    assert str(storage.settings.DATA_DIR) not in answer.content.decode()


def test_readiness_needs_a_worker_that_was_seen_lately(stranger, worker):
    Worker.objects.update(seen=timezone.now() - timedelta(minutes=2))
    assert stranger.get("/readyz").json()["extra"]["worker"] == "failed"


def test_who_asks_in_a_loop_gets_the_answer_of_a_second_ago(worker, django_assert_num_queries):
    now = 0.0
    readiness = probes.Readiness(lambda: now)
    assert readiness.response().status_code == 200
    Worker.objects.all().delete()
    now = 0.9
    with django_assert_num_queries(0):
        assert readiness.response().status_code == 200
    now = 1.0
    with django_assert_num_queries(3):  # the connection, the worker, and how many tasks wait for one
        assert readiness.response().status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_use_any_host_name_and_needs_no_https(path, stranger, worker, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert stranger.get(path, HTTP_HOST="10.0.0.7:8000").status_code == 200
    answer = stranger.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_only_read(path, stranger):
    answer = stranger.post(path)
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, "GET, HEAD", "method_not_allowed")


def test_lockstep_is_not_ready_without_its_store_of_files(stranger, worker, settings, s3):
    def use(endpoint):
        settings.STORAGES = stores(
            bucket=(name, ""), endpoint=endpoint, region="x", access_key_id="a", secret_access_key="b"
        )
        return stranger.get("/readyz")

    name = s3.bucket()
    assert (use(s3.endpoint).status_code, stranger.get("/readyz").json()["files"]) == (200, "ok")
    stranger.handler.load_middleware()
    answer = use("http://127.0.0.1:1")
    assert (answer.status_code, answer.json()["extra"]["files"]) == (503, "failed")


def test_the_store_of_files_is_asked_less_often_than_the_database(worker, monkeypatch):
    now, asked = 0.0, []
    monkeypatch.setattr(probes, "store_of_files", lambda: SimpleNamespace(remote=True))
    monkeypatch.setattr(probes, "look_at_store", lambda: asked.append(now))
    readiness = probes.Readiness(lambda: now)
    for now in (0.0, 2.0, 14.0, 15.0):  # noqa: B007 - read by the clock
        assert readiness.response().status_code == 200
    assert asked == [0.0, 15.0]


@pytest.mark.parametrize(("reason", "status", "part"), [(None, 200, None), ("", 200, "ok"), ("no", 503, "failed")])
def test_readiness_says_whether_redis_answers_that_carries_wake_ups(
    reason, status, part, stranger, worker, monkeypatch
):
    monkeypatch.setattr(probes, "broker_problem", lambda: reason)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json().get("extra", answer.json()).get("broker")) == (status, part)
