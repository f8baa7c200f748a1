"""What a document does not have is sent as null, so that the target does not keep its own."""

from __future__ import annotations

import pytest

from apps.superset.tests.builders import a_chart, a_column, a_dashboard, a_dataset
from apps.superset.validation.completion import completed
from apps.superset.validation.schema_check import schema_problems
from apps.superset.validation.table_check import table_problems


@pytest.mark.parametrize("line", ["4.1", "5.0", "6.0", "6.1"])
@pytest.mark.parametrize("asset", [a_dataset(), a_chart(), a_dashboard()], ids=str)
def test_the_importer_takes_a_completed_document(asset, line):
    found = completed(asset, line)
    assert "description" in found.document
    assert schema_problems(found.kind, found.document, line) == []
    assert table_problems(found.kind, found.document, line) == []


def test_what_is_there_stays():
    assert completed(a_chart(description="mine"), "6.1").document["description"] == "mine"


def test_columns_are_completed_too():
    asset = completed(a_dataset(columns=[a_column("country")]), "6.1")
    (column,) = asset.document["columns"]
    assert column["datetime_format"] is None
    assert column["column_name"] == "country"


def test_a_field_that_the_release_does_not_have_is_not_added():
    assert "currency_code_column" in completed(a_dataset(), "6.1").document
    assert "currency_code_column" not in completed(a_dataset(), "5.0").document


def test_themes_and_the_state_of_a_dashboard_are_left_alone():
    dashboard = a_dashboard()
    document = {name: value for name, value in dashboard.document.items() if name != "published"}
    found = completed(dashboard.with_document(document), "6.1").document
    assert not {"theme_id", "theme_uuid", "tags", "published"} & set(found)
