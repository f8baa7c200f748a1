import pytest

from apps.superset.assets import Key, Kind
from apps.superset.inventory import read_inventory
from apps.superset.tests.connecting import Time, connecting
from apps.superset.tests.superset_server import SupersetServer


@pytest.fixture
def server():
    with SupersetServer() as running:
        yield running


@pytest.fixture
def client(server):
    with connecting(server, Time()) as connect:
        yield connect()


@pytest.fixture
def inventory(client):
    return read_inventory(client)


def test_every_asset_is_there_by_uuid(inventory):
    assert {kind: len(inventory.of_kind(kind)) for kind in Kind} == {
        Kind.DATABASE: 1,
        Kind.DATASET: 21,
        Kind.CHART: 103,
        Kind.DASHBOARD: 9,
    }


def test_an_inventory_needs_one_request_per_hundred_assets(server, inventory):
    lists = [seen for seen in server.asked("GET") if seen.path.startswith("/api/") and "/security/" not in seen.path]
    assert len(lists) == 5


def test_ids_and_uuids_lead_to_each_other(inventory):
    for entry in inventory.of_kind(Kind.CHART):
        assert inventory.id_of(entry.key) == entry.id
        assert inventory.key_of(Kind.CHART, entry.id) == entry.key


def test_what_is_not_there_is_none(inventory):
    missing = Key(Kind.CHART, "00000000-0000-4000-8000-000000000000")
    assert missing not in inventory
    assert inventory.get(missing) is None
    assert inventory.id_of(missing) is None
    assert inventory.key_of(Kind.CHART, 99_999) is None
    assert inventory.ids([missing]) == []


def test_uuids_are_lower_case_whatever_the_server_says(server, client):
    row = server.rows["database"][0]
    server.rows["database"] = [{**row, "uuid": row["uuid"].upper()}]
    assert Key(Kind.DATABASE, row["uuid"]) in read_inventory(client, [Kind.DATABASE])


def test_a_dataset_knows_its_table(inventory):
    table = next(entry for entry in inventory.of_kind(Kind.DATASET) if entry.name == "project_management")
    assert table.table == ("a2dc77af-e654-49bb-b321-40f6b559a1ee", "examples", "main", "project_management")


def test_a_chart_knows_its_dashboards(inventory):
    ids = {entry.id for entry in inventory.of_kind(Kind.DASHBOARD)}
    used = {number for entry in inventory.of_kind(Kind.CHART) for number in entry.dashboard_ids}
    assert used == ids


def test_a_dashboard_without_a_slug_has_an_empty_one(inventory):
    slugs = {entry.name: entry.slug for entry in inventory.of_kind(Kind.DASHBOARD)}
    assert slugs["Misc Charts"] == "misc_charts"
    assert slugs["Featured Charts"] == ""
