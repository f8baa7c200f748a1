"""How a dashboard stands in another environment, by what the last syncs stored."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.utils import timezone

from apps.catalogue.models import AssetKind, AssetPairing, CatalogueAsset, CatalogueSync, DatabaseMapping
from apps.catalogue.services.contents import key_of
from apps.catalogue.services.neighbours import Neighbours, other_environments
from apps.environments.tests.factories import make_environment
from apps.users.services.grants import get_role, grant_role

DATABASE, DATASET, CHART, BOARD = (UUID(int=number) for number in (1, 2, 3, 4))
WAREHOUSE, OTHER = UUID(int=11), UUID(int=13)


def know(environment, kind, uuid, names=(), **fields):
    """An asset whose content is that of every other with this name."""
    below = {"dashboard": "chart", "chart": "dataset"}
    named = [f"{below[kind]}/{each}" for each in names]
    depends_on = [f"database/{fields['database_uuid']}"] if fields.get("database_uuid") else named
    values = {"name": kind, "content_hash": "raw", "portable_hash": kind, "names": named, "depends_on": depends_on}
    values |= {"version": "1", "hashed_version": "1", "asset_id": uuid.int, "seen_at": timezone.now()}
    return CatalogueAsset.objects.create(environment=environment, kind=kind, uuid=uuid, **values | fields)


def fill(environment, *, database=DATABASE, chart=CHART, board=BOARD):
    CatalogueSync.objects.create(environment=environment, started=timezone.now(), finished=timezone.now())
    know(environment, "database", database)
    know(environment, "dataset", DATASET, database_uuid=database)
    know(environment, "chart", chart, [DATASET])
    know(environment, "dashboard", board, [chart])


def row(environment, kind):
    return CatalogueAsset.objects.filter(environment=environment, kind=kind)


def set_release(environment, release):
    environment.release = release
    environment.save(update_fields=["release"])


@pytest.fixture
def dev(db):
    environment = make_environment("dev", tier="dev")
    fill(environment)
    return environment


@pytest.fixture
def prod(db):
    return make_environment("prod", tier="prod")


@pytest.fixture
def standing(author):
    def read(environment, uuid=BOARD, kind="dashboard"):
        (found,) = Neighbours(author, environment, AssetKind.DASHBOARD).elsewhere(key_of(kind, uuid)).values()
        return found

    return read


def state(found):
    return found["state"], found["differs"]


def confirm(model, source, target, one, other, author, **fields):
    names = {"source_name": "one", "target_name": "other", "confirmed_by": author}
    return model.objects.create(source=source, target=target, source_uuid=one, target_uuid=other, **names, **fields)


class TestEqualUuids:
    def test_equal_content_is_the_same(self, dev, prod, standing):
        fill(prod)
        found = standing(dev)
        assert (*state(found), found["uuid"], found["id"], found["reason"]) == ("same", 0, str(BOARD), 4, "")
        assert found["url"].endswith(f"/superset/dashboard/{BOARD}/")

    @pytest.mark.parametrize("kind", ["dataset", "chart", "dashboard"])
    def test_other_content_anywhere_below_differs(self, kind, dev, prod, standing):
        fill(prod)
        row(prod, kind).update(portable_hash="other")
        assert state(standing(dev)) == ("differs", 1)

    def test_other_content_in_another_release_is_unknown_until_a_plan_compares_it(self, dev, prod, standing):
        fill(prod)
        set_release(dev, "4.1.4"), set_release(prod, "6.1.0")
        assert state(standing(dev)) == ("same", 0)
        row(prod, "chart").update(portable_hash="other")
        assert state(standing(dev)) == ("unknown", 0)
        assert standing(dev)["reason"] == (
            "The chart “chart” reads differently, perhaps only because Superset 4.1.4 and 6.1.0 export it differently. "
            "Compare them with a plan."
        )
        set_release(dev, "6.1.2")
        assert state(standing(dev)) == ("differs", 1)

    def test_what_is_missing_below_differs(self, dev, prod, standing):
        fill(prod)
        row(prod, "chart").delete()
        row(prod, "dataset").update(portable_hash="other")
        assert state(standing(dev)) == ("differs", 2)

    def test_a_dashboard_that_is_not_there_is_missing(self, dev, prod, standing):
        CatalogueSync.objects.create(environment=prod, started=timezone.now(), finished=timezone.now())
        found = standing(dev)
        assert (*state(found), found["uuid"], found["url"]) == ("missing", 3, None, None)

    def test_a_chart_of_another_dataset_differs(self, dev, prod, standing):
        fill(prod)
        row(prod, "chart").update(names=[f"dataset/{OTHER}"])
        assert state(standing(dev)) == ("differs", 1)


class TestUnknown:
    def test_a_catalogue_that_was_never_synced_says_nothing(self, dev, prod, standing):
        found = standing(dev)
        assert found["state"] == "unknown"
        assert found["reason"] == "The catalogue of prod was never synced. Sync it first."

    @pytest.mark.parametrize("where", ["dev", "prod"])
    def test_content_that_was_not_read(self, where, dev, prod, standing):
        fill(prod)
        row({"dev": dev, "prod": prod}[where], "chart").update(portable_hash="")
        found = standing(dev)
        assert found["state"] == "unknown"
        assert found["reason"] == f"The content of chart “chart” in {where} is not known. Sync the catalogue."

    def test_content_that_has_changed_since_it_was_read(self, dev, prod, standing):
        fill(prod)
        row(prod, "dataset").update(version="2")
        found = standing(dev)
        assert (found["state"], "dataset" in found["reason"]) == ("unknown", True)

    def test_a_reference_to_what_is_not_there(self, dev, prod, standing):
        fill(prod)
        row(dev, "chart").delete()
        assert standing(dev)["reason"] == "It uses a chart that dev does not have."

    def test_what_differs_all_the_same_is_counted(self, dev, prod, standing):
        fill(prod)
        row(prod, "chart").update(portable_hash="")
        row(prod, "dataset").update(portable_hash="other")
        assert state(standing(dev)) == ("unknown", 1)


class TestDatabases:
    def test_another_connection_is_the_same_if_it_is_mapped(self, dev, prod, standing, author):
        fill(prod, database=WAREHOUSE)
        found = standing(dev)
        assert found["reason"] == "The database of dataset “dataset” is not mapped from dev to prod."
        assert state(found) == ("unknown", 0)
        mapping = confirm(DatabaseMapping, dev, prod, DATABASE, WAREHOUSE, author)
        assert state(standing(dev)) == state(standing(prod)) == ("same", 0)
        mapping.target_uuid = OTHER
        mapping.save()
        assert state(standing(dev)) == ("differs", 1)

    def test_a_mapping_counts_more_than_an_equal_uuid(self, dev, prod, standing, author):
        fill(prod)
        confirm(DatabaseMapping, dev, prod, DATABASE, WAREHOUSE, author)
        assert state(standing(dev)) == ("differs", 1)

    def test_each_of_two_that_are_mapped_to_one_stands_for_it(self, dev, prod, standing, author):
        fill(prod, database=WAREHOUSE)
        for one in (DATABASE, OTHER):
            confirm(DatabaseMapping, dev, prod, one, WAREHOUSE, author)
        assert state(standing(prod)) == ("same", 0)
        row(dev, "dataset").update(database_uuid=OTHER)
        assert state(standing(prod)) == state(standing(dev)) == ("same", 0)


class TestPairings:
    def test_a_pair_is_compared_in_both_directions(self, dev, prod, standing, author):
        fill(prod, board=OTHER)
        assert standing(dev)["state"] == "missing"
        confirm(AssetPairing, dev, prod, BOARD, OTHER, author, kind="dashboard")
        found = standing(dev)
        assert (*state(found), found["uuid"]) == ("same", 0, str(OTHER))
        back = standing(prod, OTHER)
        assert (*state(back), back["uuid"]) == ("same", 0, str(BOARD))

    def test_a_pair_below_is_what_the_dashboard_has_to_name(self, dev, prod, standing, author):
        fill(prod, chart=OTHER)
        assert state(standing(dev)) == ("differs", 2)
        confirm(AssetPairing, dev, prod, CHART, OTHER, author, kind="chart")
        assert state(standing(dev)) == ("same", 0)
        row(prod, "dashboard").update(names=[f"chart/{CHART}"])
        assert state(standing(dev)) == ("differs", 1)


class TestOtherEnvironments:
    def test_the_next_one_on_the_way_to_production_comes_first(self, author, dev, prod):
        stage, test = make_environment("stage", tier="stage"), make_environment("abc", tier="test")
        assert other_environments(author, dev) == [test, stage, prod]
        assert other_environments(author, stage) == [prod, test, dev]
        assert other_environments(author, prod) == [stage, test, dev]

    def test_one_that_the_user_does_not_see_is_not_there(self, author, viewer, dev, prod):
        grant_role(actor=author, user=viewer, role=get_role("viewer"), where="dev")
        assert other_environments(viewer, dev) == []
        grant_role(actor=author, user=viewer, role=get_role("viewer"), where="tier:prod")
        assert other_environments(type(viewer).objects.get(pk=viewer.pk), dev) == [prod]
