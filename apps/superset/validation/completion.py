# [DEF:superset.validation.completion:Module]
# @COMPLEXITY: 2
# @PURPOSE: Nulls for the fields that a document does not have.
# @RELATION CALLS -> superset.validation.schemas
"""Importers leave a field as it is on the target if the file does not have it (seen on 4.1.4 to 6.1.0), while for a
plan, missing means empty. Documents of an older release lack what the target's release has added.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from apps.superset.assets import Asset
from apps.superset.validation.problem import ROW_TABLES
from apps.superset.validation.schemas import importer_schemas

NOT_EMPTIED = frozenset({"external_url", "theme_id", "published"})
"""No export has the first two, and no plan changes them; every export has the last, and null would mean no."""


def completed(asset: Asset, line: str) -> Asset:
    """The asset with a null for each field that the importers of a release take, store, and may empty."""
    document: dict[str, Any] = {**_empty(str(asset.kind), line), **asset.document}
    for rows, schema in ROW_TABLES.items():
        if isinstance(document.get(rows), list):
            document[rows] = [_row(each, schema, line) for each in document[rows]]
    return asset.with_document(document)


def _row(row: Any, schema: str, line: str) -> Any:
    return {**_empty(schema, line), **row} if isinstance(row, Mapping) else row


@cache
def _empty(schema: str, line: str) -> Mapping[str, None]:
    found = importer_schemas(line)
    columns = found["tables"].get(schema, {}).get("columns", {})
    fields = found["schemas"].get(schema, {}).get("fields", {})
    return {
        name: None
        for name, facts in fields.items()
        if facts.get("null") and name not in NOT_EMPTIED and columns.get(name, {"null": False}).get("null") is not False
    }
