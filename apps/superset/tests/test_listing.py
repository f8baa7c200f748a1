from datetime import UTC, datetime

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.remote.listing import everything, listed_asset, newest
from apps.superset.tests.builders import a_chart, a_dashboard, a_database, a_dataset, uuid
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import WAREHOUSE


@pytest.fixture
def server():
    return FakeSuperset("dev")


def fill(server, number):
    for each in range(1, number + 1):
        server.add(a_chart(f"Chart {each}", each))


def test_a_dashboard_is_listed_with_all_that_the_catalogue_needs():
    row = {
        "id": 7,
        "uuid": "AEC4BC9E-0502-40B6-A189-850CD630410D",
        "dashboard_title": "Sales",
        "slug": "sales",
        "published": True,
        "changed_on_utc": "2026-11-23T02:37:57.463722+0000",
        "owners": [
            {"id": 2, "first_name": "Grace", "last_name": "Hopper"},
            {"id": 1, "first_name": "Ada", "last_name": "Lovelace"},
            {"id": 3, "first_name": "", "last_name": None},
        ],
        "tags": [{"name": "finance", "type": 1}, {"name": "owner:1", "type": 3}],
    }
    dashboard = listed_asset(Kind.DASHBOARD, row, RELEASE)
    assert dashboard.key == Key(Kind.DASHBOARD, "aec4bc9e-0502-40b6-a189-850cd630410d")
    assert (dashboard.id, dashboard.name, dashboard.slug, dashboard.published) == (7, "Sales", "sales", True)
    assert dashboard.owners == ("Ada Lovelace", "Grace Hopper", "account 3")
    assert dashboard.tags == ("finance",)
    assert dashboard.changed_on == datetime(2026, 11, 23, 2, 37, 57, 463722, UTC)
    assert dashboard.version == row["changed_on_utc"]


def test_a_connection_has_a_version_and_no_date_because_its_time_zone_is_unknown():
    database = listed_asset(
        Kind.DATABASE, {"id": 1, "uuid": "U", "database_name": "d", "changed_on": "2026-11-23T02:37:54"}, RELEASE
    )
    assert (database.version, database.changed_on, database.published) == ("2026-11-23T02:37:54", None, None)


def test_a_dataset_names_its_connection():
    row = {"id": 1, "uuid": "u", "table_name": "t", "changed_on_utc": None, "database": {"uuid": WAREHOUSE.upper()}}
    dataset = listed_asset(Kind.DATASET, row, RELEASE)
    assert (dataset.database, dataset.version, dataset.changed_on) == (WAREHOUSE, "", None)


def test_the_last_changed_comes_first(server):
    fill(server, 3)
    server.touch(Key(Kind.CHART, uuid(1)))
    (page,) = newest(server, Kind.CHART)
    assert [asset.name for asset in page.assets] == ["Chart 1", "Chart 3", "Chart 2"]
    assert page.count == 3


def test_pages_follow_until_nobody_asks_for_more(server):
    fill(server, 250)
    assert [len(page.assets) for page in newest(server, Kind.CHART)] == [100, 100, 50]
    server.requests.clear()
    next(iter(newest(server, Kind.CHART)))
    assert server.requests.total() == 1


def test_a_list_of_whole_pages_ends_with_the_last_of_them(server):
    fill(server, 200)
    assert [len(page.assets) for page in newest(server, Kind.CHART)] == [100, 100]


def test_an_empty_list_is_one_page_that_says_so(server):
    (page,) = newest(server, Kind.CHART)
    assert (page.assets, page.count) == ([], 0)


def test_everything_is_every_asset_of_the_kind(server):
    for asset in (a_database(), a_dataset(), a_chart(), a_dashboard()):
        server.add(asset)
    assert [[asset.key.kind for asset in everything(server, kind)] for kind in Kind] == [[kind] for kind in Kind]
