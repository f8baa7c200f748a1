from __future__ import annotations

import copy

import pytest

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.environments.models import Environment
from apps.migrations.models import Run, RunKind
from apps.migrations.services.approval import store_overdue
from apps.migrations.services.queueing import queue_apply
from apps.migrations.services.runs import claim
from apps.migrations.tests.factories import dead_pid
from apps.superset.assets import Asset, Key, Kind
from apps.superset.tests.world import BIRTHS
from apps.tasks.models import Task

LIST = "migrations/migration/"


@pytest.fixture
def pages(author):
    return Pages(author)


def page_of(migration, action="change"):
    return f"{LIST}{migration.pk}/{action}/"


def test_the_plan_is_shown_readably(pages, stage):
    migration = stage.plan()
    page = pages.see(page_of(migration))
    checksum = migration.plans.get().checksum
    for told in ("12 to create", "USA Births Names", "birth_names", "database “examples” → “warehouse”", checksum):
        assert told in page
    assert "planned" in pages.see(LIST)


def test_differences_are_shown_change_by_change(pages, stage):
    stage.apply(stage.plan())
    stage.rename_in_dev("Births <script>")
    page = pages.see(page_of(stage.plan()))
    assert "Births &lt;script&gt;" in page
    assert "<script>" not in page.split('id="content"')[1].split("ls-columns")[1].split("</body>")[0].replace(
        '<script src="/static/unfold/js/simplebar/simplebar.js"></script>', ""
    )


def test_other_users_of_changed_assets_are_shown_first(pages, stage):
    stage.apply(stage.plan())
    boss = Key(Kind.DASHBOARD, "77777777-7777-7777-7777-777777777777")
    board = {"uuid": boss.uuid, "dashboard_title": "Board of the boss", "slug": None}
    stage.prod.add(Asset(boss, "board.yaml", copy.deepcopy(stage.prod.document(BIRTHS)) | board))
    stage.rename_in_dev("New title")
    chart = next(iter(stage.dev.documents[Kind.CHART].values()))
    chart["slice_name"] = "New name"
    page = pages.see(page_of(stage.plan()))
    assert "Also used elsewhere" in page
    told = "The dashboard “Board of the boss” uses assets that this migration changes: <small>chart “New name”</small>"
    assert told in page


def test_a_page_that_waits_for_a_task_keeps_looking(pages, stage, author):
    migration = stage.plan()
    assert "data-follow" not in pages.see(page_of(migration))
    task = queue_apply(actor=author, migration=migration, checksum=migration.plans.get().checksum)
    page = pages.see(page_of(migration))
    assert f'<a href="/admin/tasks/task/{task.pk}/change/">Task {task.pk}</a> is queued. <span data-follow ' in page
    assert "data-follow" in pages.see(f"tasks/task/{task.pk}/change/")


def test_apply_asks_first_and_shows_the_stages(pages, stage):
    migration = stage.plan()
    page = pages.see(page_of(migration, "apply"))
    for told in (
        "Apply migration 1 to “prod”?",
        "Preflight: read 12 assets",
        "Verify:",
        migration.plans.get().checksum,
    ):
        assert told.replace("1", str(migration.pk), 1) if told.startswith("Apply") else told in page
    assert not Task.objects.exists()


def test_apply_is_handed_to_a_worker_with_the_checksum_that_was_read(pages, stage, author):
    migration = stage.plan()
    checksum = migration.plans.get().checksum
    page = pages.send(page_of(migration, "apply"), confirmed="yes", checksum=checksum)
    task = Task.objects.get()
    assert (task.action, task.environment, task.actor) == ("apply", stage.target, author)
    assert task.params == {"migration": migration.pk, "checksum": checksum, "override": ""}
    assert f"Task {task.pk} has been queued." in page
    assert AuditEntry.objects.get(action="task.start").source == "admin"
    assert not Run.objects.exists(), "no server is written to while a browser waits"


def test_without_the_answer_or_with_another_checksum_nothing_is_started(pages, stage):
    migration = stage.plan()
    pages.send(page_of(migration, "apply"), checksum=migration.plans.get().checksum)
    page = pages.send(page_of(migration, "apply"), confirmed="yes", checksum="0" * 64)
    assert "Read the plan again" in page
    assert not Task.objects.exists()


def test_rollback_asks_first_and_is_handed_to_a_worker(pages, stage):
    migration = stage.plan()
    stage.apply(migration)
    page = pages.see(page_of(migration, "rollback"))
    assert "12 to remove" in page
    pages.send(page_of(migration, "rollback"), confirmed="yes")
    assert Task.objects.get().action == "rollback"


def test_what_policy_refuses_is_reported_and_not_done(pages, stage):
    migration = stage.plan()
    Environment.objects.filter(pk=stage.target.pk).update(protected=True)
    assert "Apply: “prod” is protected" in pages.see(page_of(migration))
    pages.send(page_of(migration, "apply"), confirmed="yes", checksum=migration.plans.get().checksum)
    assert not Task.objects.exists()


def test_a_migration_shows_its_runs_and_what_they_wrote(pages, stage):
    migration = stage.plan()
    stage.apply(migration)
    page = pages.see(page_of(migration))
    assert "12 written" in page
    assert "migrations.plan" not in page
    assert "succeeded" in pages.see(LIST)
    stage.rollback(migration)
    assert "rolled back" in pages.see(LIST)
    assert "12 removed" in pages.see(page_of(migration))


def test_a_run_whose_process_died_is_shown_as_interrupted(pages, stage):
    migration = stage.plan()
    run = claim(actor=stage.author, plan=migration.plans.get(), kind=RunKind.APPLY)
    Run.objects.update(pid=dead_pid())
    assert "interrupted" in pages.see(LIST)
    assert "interrupted" in pages.see(page_of(migration))
    run.refresh_from_db()
    assert run.state == "running"
    store_overdue()
    assert "The process of this run ended before the run did." in pages.see(page_of(migration))


def test_nothing_can_be_changed_by_hand(pages, stage):
    migration = stage.plan()
    for path in (f"{LIST}add/", page_of(migration, "delete")):
        assert pages.client.post(f"/admin/{path}", {"post": "yes"}).status_code == 403


def test_the_migration_list_takes_the_same_queries_for_any_length(pages, stage, django_assert_num_queries):
    stage.plan()
    stage.apply(stage.plan())
    with django_assert_num_queries(7):
        pages.see(LIST)


def test_the_page_of_a_missing_migration_says_so(pages):
    assert "doesn’t exist" in pages.client.get(f"/admin/{LIST}99/change/", follow=True).content.decode()


def test_an_environment_that_a_migration_names_is_not_removed(pages, stage):
    stage.plan()
    page = pages.send(f"environments/environment/{stage.source.pk}/remove/", confirmed="yes")
    assert "is part of the history of" in page
    assert Environment.objects.count() == 2
