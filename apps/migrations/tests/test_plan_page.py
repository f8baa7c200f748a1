from __future__ import annotations

from html import unescape
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.catalogue.models import AssetKind, CatalogueAsset, CatalogueSync, DatabaseMapping
from apps.core.tests.pages import Pages
from apps.migrations.admin_pages import planning
from apps.superset.tests.world import BIRTHS, WAREHOUSE, database_of
from apps.tasks.models import Task

PLAN = "migrations/migration/plan/"
BETWEEN = f"{PLAN}?source=dev&target=prod"
EVERYTHING = 'name="everything" value="yes" data-everything'


@pytest.fixture
def pages(author):
    return Pages(author)


def know(environment, kind, name, uuid=None, number=1, **fields):
    values = {"uuid": uuid or uuid4(), "asset_id": number, "seen_at": timezone.now(), **fields}
    return CatalogueAsset.objects.create(environment=environment, kind=kind, name=name, **values)


@pytest.fixture
def known(stage):
    """The catalogues know two dashboards and the databases."""
    for environment in (stage.source, stage.target):
        CatalogueSync.objects.create(environment=environment, started=timezone.now(), finished=timezone.now())
    know(stage.source, AssetKind.DATABASE, "examples", UUID(database_of(stage.dev)), backend="sqlite")
    know(stage.target, AssetKind.DATABASE, "warehouse", UUID(WAREHOUSE), backend="sqlite")
    know(stage.source, AssetKind.DASHBOARD, "Sales <b>", number=2)
    return know(stage.source, AssetKind.DASHBOARD, "USA Births Names", UUID(BIRTHS.uuid), 3, slug="births")


def is_chosen(page, dashboard):
    return f'name="dashboard" value="{dashboard.uuid}" checked' in page


def chosen_database(stage):
    return {f"target-of-{database_of(stage.dev)}": WAREHOUSE}


class TestChoosing:
    def test_the_plan_page_asks_for_the_two_environments_first(self, pages, stage):
        page = pages.see(PLAN)
        assert '<option value="dev">dev</option>' in page
        assert 'name="dashboard"' not in page

    def test_with_less_than_two_environments_the_page_says_what_to_do(self, pages):
        assert "Add the first" in pages.see(PLAN)

    def test_a_disabled_environment_is_not_offered_for_a_plan(self, pages, stage):
        stage.source.enabled = False
        stage.source.save()
        assert "dev" not in pages.see(PLAN).split('id="content"')[1]

    def test_the_plan_page_offers_dashboards_and_databases_from_the_catalogues(self, pages, stage, known):
        opened = stage.servers.opened.copy()
        page = pages.see(BETWEEN)
        assert "Sales &lt;b&gt;" in page
        assert f'name="dashboard" value="{known.uuid}"' in page
        assert f'<option value="{WAREHOUSE}">warehouse</option>' in page
        assert stage.servers.opened == opened, "no server is asked while a browser waits"

    def test_without_a_catalogue_the_plan_page_asks_for_a_sync_and_still_offers_everything(self, pages, stage):
        page = pages.see(BETWEEN)
        assert page.count("has not been synced yet") == 2
        assert EVERYTHING in page

    def test_an_environment_that_is_not_there_is_reported(self, pages, stage):
        assert "There is no environment “mars”" in pages.see(f"{PLAN}?source=mars&target=prod")

    def test_the_same_environment_twice_is_reported(self, pages, stage):
        assert "Choose two environments" in pages.see(f"{PLAN}?source=dev&target=dev")

    def test_a_confirmed_database_stays_chosen_even_if_it_would_not_be_offered(self, pages, stage, known, author):
        """Else the first in the list would take its place, and nobody would notice."""
        DatabaseMapping.objects.create(
            source=stage.source,
            target=stage.target,
            source_uuid=database_of(stage.dev),
            source_name="examples",
            target_uuid=UUID(int=7),
            target_name="lake",
            confirmed_by=author,
        )
        assert f'<option value="{UUID(int=7)}">as confirmed</option>' in pages.see(BETWEEN)
        pages.send(BETWEEN, dashboard=str(known.uuid), **{f"target-of-{database_of(stage.dev)}": str(UUID(int=7))})
        assert Task.objects.get().params["databases"] == []


class TestStarting:
    def test_a_worker_makes_the_plan_and_its_task_is_shown_next(self, pages, stage, known, author):
        opened = stage.servers.opened.copy()
        page = pages.send(BETWEEN, dashboard=str(known.uuid), **chosen_database(stage))
        task = Task.objects.get()
        assert (task.plugin, task.action, task.actor, task.environment) == ("migrations", "plan", author, stage.target)
        assert task.params == {
            "migration": None,
            "source": "dev",
            "target": "prod",
            "dashboards": [str(known.uuid)],
            "everything": False,
            "databases": [f"{database_of(stage.dev)}={WAREHOUSE}"],
            "allow_many": False,
            "acknowledge": [],
            "carry": [],
            "connections": [],
            "prune": False,
            "keep": True,
        }
        assert f"Task {task.pk} has been queued." in page
        assert AuditEntry.objects.get(action="task.start").source == "admin"
        assert stage.servers.opened == opened

    def test_a_plan_of_everything_without_limit_is_started(self, pages, stage, known):
        pages.send(BETWEEN, everything="yes", allow_many="yes")
        params = Task.objects.get().params
        assert (params["everything"], params["allow_many"], params["dashboards"]) == (True, True, [])

    def test_what_is_acknowledged_is_handed_over_by_its_names(self, pages, stage, known):
        pages.send(BETWEEN, everything="yes", acknowledge=" restricted:dashboard/1  not-owned ")
        assert Task.objects.get().params["acknowledge"] == ["restricted:dashboard/1", "not-owned"]

    def test_what_is_refused_is_reported_and_what_was_chosen_is_kept(self, pages, stage, known):
        page = pages.send(BETWEEN, allow_many="yes", acknowledge="not-owned", **chosen_database(stage))
        assert 'name="acknowledge" size="60" value="not-owned"' in page
        assert "No dashboards are selected" in page
        assert 'name="allow_many" value="yes" checked' in page
        assert f'<option value="{WAREHOUSE}" selected>' in page
        assert not Task.objects.exists()

    def test_an_environment_that_was_disabled_meanwhile_is_refused(self, pages, stage, known):
        stage.target.enabled = False
        stage.target.save()
        page = pages.send(BETWEEN, dashboard=str(known.uuid))
        assert "“prod” is disabled" in page
        assert is_chosen(page, known)


class TestAgain:
    def test_a_migration_leads_to_the_page_with_what_it_was_planned_for(self, pages, stage, known):
        migration = stage.plan()
        address = planning.again(migration)
        assert address in unescape(pages.see(f"migrations/migration/{migration.pk}/change/"))
        assert is_chosen(pages.see(address.removeprefix("/admin/")), known), "known by its slug"

    def test_a_plan_of_everything_is_chosen_again_as_everything(self, pages, stage, known):
        migration = stage.plan()
        migration.selection = {"names": [], "everything": True}
        assert f"{EVERYTHING} checked" in pages.see(planning.again(migration).removeprefix("/admin/"))

    def test_a_dashboard_that_the_catalogue_does_not_know_stays_chosen(self, pages, stage, known):
        page = pages.see(f"{BETWEEN}&dashboard=new-one")
        assert 'name="dashboard" value="new-one" checked' in page
        assert "not in the catalogue" in page

    def test_a_task_that_failed_leads_to_the_page_with_the_same_choice(self, pages, stage, known):
        pages.send(BETWEEN, dashboard=str(known.uuid), **chosen_database(stage))
        Task.objects.update(state="failed", finished=timezone.now())
        page = unescape(pages.see(f"tasks/task/{Task.objects.get().pk}/change/"))
        address = page.split('">Plan again')[0].rpartition('href="/admin/')[2]
        again = pages.see(address)
        assert is_chosen(again, known)
        assert f'<option value="{WAREHOUSE}" selected>' in again


def test_a_task_that_planned_leads_to_the_migration(pages, stage, author):
    migration = stage.plan()
    ended = {"state": "succeeded", "finished": timezone.now(), "actor": author, "plugin": "migrations"}
    made = Task.objects.create(action="plan", result={"migration": migration.pk}, **ended)
    assert f"/admin/migrations/migration/{migration.pk}/change/" in pages.see(f"tasks/task/{made.pk}/change/")
    none = Task.objects.create(action="plan", result={"migration": None}, **ended)
    assert "no migration was created" in pages.see(f"tasks/task/{none.pk}/change/")
