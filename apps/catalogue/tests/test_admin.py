from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.catalogue.models import AssetPairing, CatalogueAsset, CatalogueSync, DatabaseMapping
from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.tasks.models import Task

ENVIRONMENT = "environments/environment/"
ASSETS = "catalogue/catalogueasset/"
MAPPINGS = "catalogue/databasemapping/"
PAIRINGS = "catalogue/assetpairing/"


@pytest.fixture
def pages(author):
    return Pages(author)


@pytest.fixture
def dev(db):
    return make_environment("dev")


@pytest.fixture
def prod(db):
    return make_environment("prod")


def make_asset(environment, kind, name, number=1, **fields):
    values = {"uuid": uuid4(), "asset_id": number, "seen_at": timezone.now(), **fields}
    return CatalogueAsset.objects.create(environment=environment, kind=kind, name=name, **values)


def make_mapping(author, source, target, name="examples"):
    return DatabaseMapping.objects.create(
        source=source,
        target=target,
        source_uuid=uuid4(),
        source_name=name,
        target_uuid=uuid4(),
        target_name="warehouse",
        confirmed_by=author,
    )


class TestWorkForAnEnvironment:
    @pytest.mark.parametrize("action", ["check", "sync", "refresh_ids"])
    def test_a_button_starts_a_task_and_shows_it(self, pages, author, dev, action):
        page = pages.send(f"{ENVIRONMENT}{dev.pk}/{action}/")
        task = Task.objects.get()
        assert (task.plugin, task.action, task.environment, task.actor) == ("catalogue", action, dev, author)
        assert f"Task {task.pk} has been queued." in page
        entry = AuditEntry.objects.get(action="task.start")
        assert (entry.actor, entry.source) == (author, "admin")

    def test_a_sync_that_is_running_is_not_started_again(self, pages, dev):
        pages.send(f"{ENVIRONMENT}{dev.pk}/sync/")
        assert "does the same. Wait until it has ended" in pages.send(f"{ENVIRONMENT}{dev.pk}/sync/")
        assert Task.objects.count() == 1

    def test_a_disabled_environment_is_left_alone_and_says_so(self, pages, dev):
        dev.enabled = False
        dev.save()
        assert "Test connection: The environment “dev” is disabled" in pages.see(f"{ENVIRONMENT}{dev.pk}/change/")
        pages.send(f"{ENVIRONMENT}{dev.pk}/check/")
        assert not Task.objects.exists()

    def test_the_page_shows_when_the_catalogue_was_synced(self, pages, dev):
        assert "has not been synced yet" in pages.see(f"{ENVIRONMENT}{dev.pk}/change/")
        now = timezone.now()
        CatalogueSync.objects.create(environment=dev, started=now, finished=now, counts={"dashboard": 9, "chart": 1})
        page = pages.see(f"{ENVIRONMENT}{dev.pk}/change/")
        assert "9 dashboards, 1 chart" in " ".join(page.split())


class TestAssets:
    def test_assets_have_a_list_and_a_page(self, pages, dev):
        asset = make_asset(dev, "dashboard", "Sales <b>", owners=["Ada L"], tags=["q4"], status="published")
        assert "Sales &lt;b&gt;" in pages.see(ASSETS)
        page = pages.see(f"{ASSETS}{asset.pk}/change/")
        assert "Ada L" in page
        assert str(asset.uuid) in page

    def test_the_page_of_an_asset_links_what_it_depends_on(self, pages, dev):
        chart = make_asset(dev, "chart", "Revenue <i>", 2)
        gone = f"dataset/{UUID(int=9)}"
        asset = make_asset(dev, "dashboard", "Sales", depends_on=[f"chart/{chart.uuid}", gone])
        page = pages.see(f"{ASSETS}{asset.pk}/change/")
        assert f'/admin/catalogue/catalogueasset/{chart.pk}/change/">chart “Revenue &lt;i&gt;”</a>, {gone}' in page

    def test_asset_pages_are_read_only(self, pages, dev):
        asset = make_asset(dev, "dashboard", "Sales")
        for path in (f"{ASSETS}add/", f"{ASSETS}{asset.pk}/delete/"):
            assert pages.client.get(f"/admin/{path}").status_code == 403

    def test_the_asset_list_takes_the_same_queries_for_any_length(self, pages, dev, django_assert_num_queries):
        for number in range(12):
            make_asset(dev, "chart", f"chart {number}", number)
        with django_assert_num_queries(6):
            pages.see(ASSETS)


class TestMappings:
    def test_suggestions_come_from_the_catalogue_and_are_stored_when_confirmed(self, pages, author, dev, prod):
        here = make_asset(dev, "database", "sales_dev", backend="postgresql")
        there = make_asset(prod, "database", "sales_prod", backend="postgresql")
        make_asset(prod, "database", "sales_prod", 2, backend="mysql")
        query = f"{MAPPINGS}suggest/?source={dev.pk}&target={prod.pk}"
        page = pages.see(query)
        assert f'<option value="{there.uuid}" selected>sales_prod</option>' in page
        assert "same name except for the environment" in page
        assert "1 mapping stored." in pages.send(query, **{f"target-of-{here.uuid}": str(there.uuid)})
        mapping = DatabaseMapping.objects.get()
        assert (mapping.source_uuid, mapping.target_uuid, mapping.confirmed_by) == (here.uuid, there.uuid, author)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.source) == ("mapping.set", "admin")

    def test_what_is_confirmed_already_is_not_stored_again(self, pages, dev, prod):
        here, there = make_asset(dev, "database", "a"), make_asset(prod, "database", "b")
        query = f"{MAPPINGS}suggest/?source={dev.pk}&target={prod.pk}"
        for told in ("1 mapping stored.", "No mapping changed."):
            assert told in pages.send(query, **{f"target-of-{here.uuid}": str(there.uuid)})
        assert AuditEntry.objects.count() == 1

    def test_a_database_that_the_catalogue_does_not_know_is_refused(self, pages, dev, prod):
        make_asset(dev, "database", "a")
        query = f"{MAPPINGS}suggest/?source={dev.pk}&target={prod.pk}"
        assert "There is no database" in pages.send(query, **{f"target-of-{uuid4()}": str(uuid4())})
        assert not DatabaseMapping.objects.exists()

    def test_the_same_environment_twice_is_refused(self, pages, dev):
        assert "Choose two environments" in pages.see(f"{MAPPINGS}suggest/?source={dev.pk}&target={dev.pk}")

    def test_an_empty_catalogue_asks_for_a_sync(self, pages, dev, prod):
        assert "Sync it first" in pages.see(f"{MAPPINGS}suggest/?source={dev.pk}&target={prod.pk}")

    def test_a_mapping_is_removed_after_confirmation(self, pages, author, dev, prod):
        mapping = make_mapping(author, dev, prod)
        page = f"{MAPPINGS}{mapping.pk}/remove/"
        assert "Remove the mapping dev “examples” → prod “warehouse”?" in pages.see(page)
        pages.send(page)
        assert DatabaseMapping.objects.exists(), "it must be confirmed"
        pages.send(page, confirmed="yes")
        assert not DatabaseMapping.objects.exists()
        assert AuditEntry.objects.get().action == "mapping.remove"

    def test_mappings_have_a_list_and_a_page(self, pages, author, dev, prod):
        mapping = make_mapping(author, dev, prod)
        assert "warehouse" in pages.see(MAPPINGS)
        assert str(mapping.target_uuid) in pages.see(f"{MAPPINGS}{mapping.pk}/change/")

    def test_the_mapping_list_takes_the_same_queries_for_any_length(
        self, pages, author, dev, prod, django_assert_num_queries
    ):
        for number in range(6):
            make_mapping(author, dev, prod, f"db {number}")
        with django_assert_num_queries(7):
            pages.see(MAPPINGS)


class TestPairings:
    @pytest.fixture
    def pairing(self, author, dev, prod):
        return AssetPairing.objects.create(
            source=dev,
            target=prod,
            kind="dashboard",
            source_uuid=uuid4(),
            source_name="Sales",
            target_uuid=uuid4(),
            target_name="Sales (old)",
            reason="made by hand",
            confirmed_by=author,
        )

    def test_pairings_have_a_list_and_a_page(self, pages, pairing):
        assert "Sales (old)" in pages.see(PAIRINGS)
        assert "made by hand" in pages.see(f"{PAIRINGS}{pairing.pk}/change/")

    def test_a_pairing_is_removed_after_confirmation(self, pages, pairing):
        pages.send(f"{PAIRINGS}{pairing.pk}/remove/", confirmed="yes")
        assert not AssetPairing.objects.exists()
        assert AuditEntry.objects.get().action == "pairing.remove"
