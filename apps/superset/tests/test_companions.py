"""The files of existing assets that go along with an import."""

from __future__ import annotations

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.execution.companions import companions, without_foundation
from apps.superset.inventory import Entry, Inventory
from apps.superset.releases import v5_0, v6_1
from apps.superset.tests.builders import CHART, DASHBOARD, DATABASE, DATASET, a_chart, a_dashboard, a_dataset
from apps.superset.validation.schema_check import schema_problems

FIELDS = v5_0.RELEASE.connection_fields


def inventory(*without: Key) -> Inventory:
    rows = {
        Key(Kind.DATABASE, DATABASE): {"id": 7, "database_name": "warehouse"},
        Key(Kind.DATASET, DATASET): {"id": 8, "table_name": "sales", "database": {"id": 7}},
        Key(Kind.CHART, CHART): {"id": 9, "slice_name": "Revenue", "datasource_id": 8},
        Key(Kind.DASHBOARD, DASHBOARD): {"id": 10, "dashboard_title": "Sales"},
    }
    return Inventory.of(
        Entry(key, int(str(row["id"])), str(list(row.values())[1]), row)
        for key, row in rows.items()
        if key not in without
    )


def test_a_dashboard_goes_with_its_charts_their_datasets_and_the_connection():
    files = {asset.kind: asset for asset in companions([a_dashboard()], inventory(), FIELDS)}
    assert set(files) == {Kind.CHART, Kind.DATASET, Kind.DATABASE}
    assert files[Kind.CHART].document["dataset_uuid"] == DATASET
    assert files[Kind.DATASET].document["database_uuid"] == DATABASE


def test_a_dataset_goes_with_its_connection_only():
    (file,) = companions([a_dataset()], inventory(), FIELDS)
    assert file.key == Key(Kind.DATABASE, DATABASE)
    assert tuple(file.document) == FIELDS


def test_an_asset_that_is_sent_itself_does_not_accompany():
    found = companions([a_chart(), a_dashboard()], inventory(), FIELDS)
    assert Kind.CHART not in {asset.kind for asset in found}


def test_every_release_takes_the_files():
    for line in ("4.1", "5.0", "6.0", "6.1"):
        for asset in companions([a_dashboard()], inventory(), FIELDS):
            assert asset.kind is Kind.DATABASE or schema_problems(asset.kind, asset.document, line) == []


def test_what_a_dashboard_stands_on_must_exist_or_be_sent():
    gone = inventory(Key(Kind.DATASET, DATASET))
    (refusal,) = without_foundation(Bundle.of([a_dashboard()]), gone, v5_0.RELEASE)
    assert CHART in refusal.text  # its dataset is not seen, so the chart cannot be placed
    assert list(without_foundation(Bundle.of([a_dashboard(), a_chart(), a_dataset()]), gone, v5_0.RELEASE)) == []


def test_a_connection_that_the_target_does_not_have_is_refused():
    (refusal,) = without_foundation(Bundle.of([a_dataset()]), inventory(Key(Kind.DATABASE, DATABASE)), v5_0.RELEASE)
    assert DATABASE in refusal.text


def test_a_sparse_import_finds_everything_itself():
    gone = inventory(Key(Kind.DATASET, DATASET))
    assert list(without_foundation(Bundle.of([a_dashboard()]), gone, v6_1.RELEASE)) == []
