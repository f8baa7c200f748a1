"""/metrics: who may read it, what it says, and that nothing in it grows with what clients make up."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from apps.catalogue.models import CatalogueAsset, CatalogueSync
from apps.tasks.models import Task, TaskState, Worker
from apps.users.services.grants import get_role, grant_role
from apps.users.services.tokens import create_token
from conftest import api_of
from project.tests.running import CHECKOUT, environment

TOKEN = "a-token-of-the-scraper-4711-4711-4711"
STAGES = [
    {"name": "list", "number": 1, "total": 2, "started": "2026-11-23T04:00:00Z", "finished": "2026-11-23T04:00:02Z"},
    {"name": "Sales", "number": 2, "total": 2, "started": "2026-11-23T04:00:02Z", "finished": "2026-11-23T04:00:09Z"},
]


@pytest.fixture
def scraper(db, settings):
    settings.METRICS_TOKEN = TOKEN
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {TOKEN}"})


def with_token(text):
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})


def samples(client):
    """(name, labels in the order of their names) → value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


def test_a_scraper_with_the_token_of_the_settings_reads_it(scraper):
    answer = scraper.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    found = samples(scraper)
    assert found["lockstep_database_up",] == 1
    assert found["process_resident_memory_bytes",] > 10_000_000
    assert found["lockstep_data_disk_free_bytes",] > 0


@pytest.mark.parametrize(
    "accept", ["text/plain", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5,*/*;q=0.1"]
)
def test_whatever_format_a_scraper_asks_for_it_gets_the_one_there_is(accept, scraper):
    assert scraper.get("/metrics", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("given", ["", " ", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é" * 40])
def test_any_other_token_is_refused(given, scraper):
    answer = with_token(given).get("/metrics")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"lockstep_" not in answer.content


@pytest.mark.parametrize("given", ["", "None", TOKEN])
def test_without_a_token_in_the_settings_none_is_taken(given, db, settings):
    assert settings.METRICS_TOKEN == ""
    assert with_token(given).get("/metrics").status_code == 401


def test_a_stranger_reads_nothing(scraper):
    answer = api_of().get("/metrics")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_the_token_of_the_scraper_opens_nothing_else(scraper, world):
    for path in ("environments", "tasks", "session", "activity"):
        assert scraper.get(f"/api/v1/{path}").status_code == 401
    assert scraper.post("/metrics").status_code == 405


def test_it_takes_the_permission_everywhere(viewer, author):
    assert api_of(viewer).get("/metrics").status_code == 403
    grant_role(actor=author, user=viewer, role=get_role("administrator"), where="tier:dev")
    assert api_of(viewer).get("/metrics").status_code == 403
    grant_role(actor=author, user=viewer, role=get_role("administrator"))
    assert api_of(viewer).get("/metrics").status_code == 200


@pytest.mark.parametrize(("where", "status"), [((), 200), (("dev",), 403)])
def test_a_token_of_an_account_that_only_reads_is_enough(where, status, author):
    _, text = create_token(user=author, name="scraper", days=1, where=where)
    assert with_token(text).get("/metrics").status_code == status


def test_a_password_that_has_to_be_changed_comes_first(author, api):
    author.must_change_password = True
    author.save()
    assert api.get("/metrics").status_code == 403


def test_requests_are_counted_by_route_method_and_status(world, scraper):
    for number in range(3):
        scraper.get(f"/api/v1/tasks/{number}")
    found = samples(scraper)
    route = (("method", "GET"), ("route", "api:task"))
    assert found["lockstep_http_requests_total", *route, ("status", "401")] == 3
    assert found["lockstep_http_request_duration_seconds_count", *route] == 3
    buckets = [value for (name, *rest), value in found.items() if name.endswith("_bucket") and route[1] in rest]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 3


def test_what_clients_make_up_begins_no_series(scraper):
    for number in range(5):
        scraper.get(f"/{number}/{number}")
        scraper.get(f"/api/v1/{number}")
        scraper.get(f"/static/{number}")
        scraper.generic(f"BREW{number}", "/admin/login/")
    counted = [labels for name, *labels in samples(scraper) if name == "lockstep_http_requests_total"]
    routes = {dict(labels)["route"] for labels in counted}
    assert routes == {"application", "project.api.no_route", "none", "static", "admin:login"} - {"none"}
    assert {dict(labels)["method"] for labels in counted} == {"GET", "other"}
    assert len(counted) == 4


def test_probes_are_not_counted(scraper):
    scraper.get("/healthz")
    assert [name for name, *_ in samples(scraper) if name == "lockstep_http_requests_total"] == []


def test_each_web_server_counts_for_itself(scraper):
    Client().get("/admin/login/")
    assert [name for name, *_ in samples(scraper) if name == "lockstep_http_requests_total"] == []


def test_tasks_are_counted_by_state_and_by_what_they_wait_for(world, scraper):
    queued = {"plugin": "catalogue", "action": "sync", "environment": world.prod, "writes": True}
    Task.objects.create(**queued, state=TaskState.RUNNING)
    Task.objects.create(**queued)
    free = Task.objects.create(plugin="catalogue", action="sync")
    Task.objects.filter(pk=free.pk).update(created=timezone.now() - timedelta(minutes=5))
    found = samples(scraper)
    assert {state: found["lockstep_tasks", ("state", state)] for state in ("queued", "running", "succeeded")} == {
        "queued": 2,
        "running": 1,
        "succeeded": 1,
    }
    assert found["lockstep_tasks_ended_last_hour", ("state", "succeeded")] == 1
    assert found["lockstep_queue_depth", ("waits_for", "worker")] == 1
    assert found["lockstep_queue_depth", ("waits_for", "environment")] == 1
    assert 300 <= found["lockstep_queue_oldest_seconds", ("waits_for", "worker")] < 310


def test_stages_are_told_apart_by_what_the_action_declares(world, scraper):
    Task.objects.filter(pk=world.task.pk).update(stages=STAGES)
    found = samples(scraper)
    action = ("action", "catalogue.sync")
    assert found["lockstep_stage_duration_median_seconds", action, ("stage", "list")] == 2
    assert found["lockstep_stage_duration_max_seconds", action, ("stage", "other")] == 7
    assert "Sales" not in scraper.get("/metrics").content.decode()


def test_workers_are_told_apart_by_machine(scraper):
    dead = timezone.now() - timedelta(minutes=3)
    Worker.objects.create(host="one 1 a", pid=1, processes=2)
    Worker.objects.create(host="one 1 a", pid=2, processes=3, seen=dead)
    Worker.objects.create(host="two 1 a", pid=1, processes=1, seen=dead)
    found = samples(scraper)
    one, two = ("machine", "one"), ("machine", "two")
    assert (found["lockstep_workers", one], found["lockstep_workers", two]) == (1, 0)
    assert found["lockstep_worker_processes", one] == 2
    assert found["lockstep_worker_heartbeat_age_seconds", one] < 60
    assert found["lockstep_worker_heartbeat_age_seconds", two] >= 180


def test_environments_are_shown_with_their_last_contact_and_drift(world, scraper):
    now = timezone.now()
    CatalogueSync.objects.update(finished=now - timedelta(hours=2))
    world.dev.last_contact = now
    world.prod.last_error = {"kind": "unreachable", "sentence": "postgres://ann:hunter2@db"}
    world.dev.release = world.prod.release = "6.1.0"
    for place, content in ((world.dev, "a"), (world.prod, "b")):
        place.save()
        for number, portable in ((7, content), (8, "same")):
            fields = {"version": "1", "hashed_version": "1", "portable_hash": portable}
            world.add_asset(place, "chart", UUID(int=number), f"Chart {number}", **fields)
    found = samples(scraper)
    dev, prod = (("environment", each.slug) for each in (world.dev, world.prod))
    assert (found["lockstep_environment_up", dev], found["lockstep_environment_up", prod]) == (1, 0)
    assert 7200 <= found["lockstep_environment_sync_age_seconds", dev] < 7300
    drift = ("lockstep_drift_assets", ("kind", "chart"), ("source", world.dev.slug), ("target", world.prod.slug))
    assert found[drift] == 1
    assert "hunter2" not in scraper.get("/metrics").content.decode()
    CatalogueAsset.objects.filter(environment=world.prod).update(version="2")  # changed since it was read
    CatalogueSync.objects.update(finished=now)
    assert samples(scraper)[drift] == 0


def test_it_costs_the_same_few_queries_however_much_there_is(world, scraper, django_assert_num_queries):
    with django_assert_num_queries(7):
        scraper.get("/metrics")
    with django_assert_num_queries(6):  # drift is looked for after a sync
        scraper.get("/metrics")
    for _ in range(3):
        world.add_task()
        world.dev.pk, world.dev.slug = None, f"{world.dev.slug}x"
        world.dev.name = world.dev.url = world.dev.slug
        world.dev.save(force_insert=True)
    CatalogueSync.objects.update(finished=timezone.now())
    with django_assert_num_queries(7):
        scraper.get("/metrics")


def refuse(*_):
    raise OperationalError("postgres://lockstep:hunter2@db/lockstep")


def test_without_a_database_the_rest_is_still_there(scraper):
    with connection.execute_wrapper(refuse):
        found = samples(scraper)
    assert found["lockstep_database_up",] == 0
    assert found["process_resident_memory_bytes",] > 0
    assert [name for name, *_ in found if name == "lockstep_tasks"] == []


def test_it_is_no_operation_of_the_api(api):
    assert [path for path in api.get("/api/v1/schema").json()["paths"] if "metrics" in path] == []


def test_a_process_that_nobody_scrapes_does_not_load_the_library(tmp_path):
    loaded = "import sys, django; django.setup(); import apps.tasks.worker.pool, project.asgi; print(*sys.modules)"
    command = [sys.executable, "-c", loaded]
    done = subprocess.run(command, env=environment(tmp_path), cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert "django_q.conf" in done.stdout.split()
    assert [name for name in done.stdout.split() if name.startswith("prometheus_client")] == []
