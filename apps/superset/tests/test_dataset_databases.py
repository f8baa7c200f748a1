"""The connections of listed datasets, where the server lists only their ids."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.remote.dataset_databases import with_databases
from apps.superset.tests.builders import uuid

DATABASES: list[dict[str, Any]] = [{"id": 7, "uuid": uuid(7)}, {"id": 8}]


@pytest.mark.parametrize(
    ("database", "found"), [({"id": 7}, uuid(7)), ({"id": 8}, None), ({"id": 9}, None), ({}, None), ({"id": [7]}, None)]
)
def test_a_connection_has_the_uuid_of_the_list_or_none(database: dict[str, Any], found: str | None) -> None:
    (row,) = with_databases([{"id": 1, "database": database}], DATABASES)
    assert row["database"]["uuid"] == found


def test_a_row_without_a_connection_stays_as_it_is() -> None:
    assert with_databases([{"id": 1, "database": None}], DATABASES) == [{"id": 1, "database": None}]
