"""A plan that no migration keeps, read through its task."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from apps.core.files import store
from apps.core.tests.pages import Pages
from apps.migrations.models import Migration
from apps.migrations.tests.factories import BIRTHS, PAIR
from apps.migrations.tests.people import make_person
from conftest import api_of

TASKS = "/api/v1/tasks"
PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def task(run):
    return run("plan", **PLAN, keep=False)


def test_it_is_shown_as_that_of_a_migration_without_anything_to_decide(api, task):
    told = api.get(f"{TASKS}/{task.pk}/plan").json()
    assert told["plan"]["sentence"] == "1 dashboard from dev to prod: 12 of 12 assets will be written."
    assert (told["migration"], told["run"], told["allowed_actions"]) == (None, None, {})
    assert (told["plan"]["number"], told["plan"]["planned_by"]) == (None, "author")
    assert told["plan"]["nodes"][0]["source"]["url"].startswith("https://dev.example.com/superset/dashboard/")
    assert "approval" not in [each["code"] for each in told["plan"]["checks"]]
    assert not Migration.objects.exists()


def test_its_changes_documents_and_markdown_are_there(api, task):
    told = api.get(f"{TASKS}/{task.pk}/changes", {"uuid": BIRTHS.uuid}).json()
    assert told["count"] == 12
    assert told["results"][0]["sections"][0]["kind"] == "layout"
    raw = api.get(f"{TASKS}/{task.pk}/changes/{BIRTHS.uuid}/raw").json()
    assert (raw["before"], "dashboard_title" in raw["after"]) == (None, True)
    assert b"USA Births Names" in api.get(f"{TASKS}/{task.pk}/plan.md").content


def test_what_would_be_overwritten_is_shown_as_it_is(api, stage, run):
    stage.apply(stage.plan())
    stage.rename_in_dev("New title")
    task = run("plan", **PLAN, keep=False)
    raw = api.get(f"{TASKS}/{task.pk}/changes/{BIRTHS.uuid}/raw").json()
    assert "dashboard_title: USA Births Names" in raw["before"]


def test_a_plan_with_nothing_to_do_is_one_sentence(api, stage, run):
    stage.apply(stage.plan())
    told = api.get(f"{TASKS}/{run('plan', **PLAN).pk}/plan").json()["plan"]
    assert told["sentence"].startswith("Nothing to do")


def test_a_plan_that_a_migration_keeps_is_that_of_its_task_too(api, run):
    task = run("plan", **PLAN)
    told = api.get(f"{TASKS}/{task.pk}/plan").json()["plan"]
    assert (told["number"], told["checksum"]) == (1, Migration.objects.get().plans.get().checksum)


def test_who_may_not_read_both_sides_is_refused(author, task):
    reader = make_person(author, "reader", "viewer", "prod")
    assert api_of(reader).get(f"{TASKS}/{task.pk}/plan").status_code in {403, 404}
    both = make_person(author, "both", "viewer")
    assert api_of(both).get(f"{TASKS}/{task.pk}/plan").status_code == 200


def test_another_task_has_no_plan(api, run, stage):
    migration = stage.plan()
    other = run("apply", migration=migration.pk, checksum=migration.plans.get().checksum)
    answer = api.get(f"{TASKS}/{other.pk}/plan")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        f"Task {other.pk} made no plan, or it is no longer stored.",
    )


def test_the_content_of_both_sides_is_no_file_to_download(api, author, task):
    reader = make_person(author, "reader", "viewer", "dev")
    for name in ("whole.json", "annex.json", "after.zip", "before.zip"):
        assert task.artifacts.filter(name=name).exists()
        for client in (api, api_of(reader)):
            assert client.get(f"{TASKS}/{task.pk}/artifacts/{name}").status_code == 404
    assert [each["name"] for each in api.get(f"{TASKS}/{task.pk}").json()["artifacts"]] == ["plan.json"]
    assert api.get(f"{TASKS}/{task.pk}/artifacts/plan.json").getvalue().startswith(b"{")
    page = Pages(author).see(f"tasks/task/{task.pk}/change/")
    assert ("plan.json" in page, "after.zip" in page) == (True, False)
    number = task.artifacts.get(name="after.zip").pk
    browser = Client()
    browser.force_login(author)
    assert browser.get(f"/admin/tasks/task/{task.pk}/files/{number}/").status_code == 404


def test_the_plan_to_download_has_no_secrets_and_the_checksum_of_the_one_that_is_stored(api, stage, run):
    stage.apply(stage.plan())
    stage.dev.document(BIRTHS)["metadata"]["mapbox_api_key"] = "pk.very-secret"
    task = run("plan", **PLAN)
    assert b"pk.very-secret" in task.artifacts.get(name="whole.json").file.read()
    shown = api.get(f"{TASKS}/{task.pk}/artifacts/plan.json").getvalue()
    assert b"pk.very-secret" not in shown
    assert json.loads(shown)["checksum"] == task.result["checksum"]


def test_a_stored_plan_that_cannot_be_read_is_said_to_be_so(api, task):
    for content in (b"{", b"{}", b"\xff", b'{"format": 0}'):
        file = store("tests", content)
        task.artifacts.filter(name="whole.json").update(path=file.path, sha256=file.sha256)
        answer = api.get(f"{TASKS}/{task.pk}/plan")
        assert (answer.status_code, answer.json()["code"]) == (500, "damaged"), content
