"""The recorded importer schemas match the installed Superset; no server is needed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.content.untouched_keys import carried, sendable
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.localise import localise
from apps.superset.references.reference import Numbers
from apps.superset.references.symbolise import symbolise
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.shapes import document_problem
from apps.superset.validation.importable import is_restorable
from apps.superset.validation.schema_check import schema_problems
from rig import paths
from rig.record import importer_schemas

UUID = "00000000-0000-4000-8000-000000000001"
ODD: tuple[Any, ...] = (
    *(None, "", "text", "7", "1.5", "yes", "{}", "[1]", '{"a": 1}', "null", "x" * 2000, UUID, "{" + UUID + "}"),
    *(7, -1, 0, 1, 1.0, 1.5, 10**30, True, False, [], {}, [None], ["x"], [{}], [[]], {"a": None}, {"a": {}}),
)

COLUMN = {
    "column_name": "country",
    "extra": {"a": 1},
    "verbose_name": "Country",
    "is_dttm": False,
    "is_active": True,
    "type": "VARCHAR",
    "advanced_data_type": None,
    "groupby": True,
    "filterable": True,
    "expression": None,
    "description": None,
    "python_date_format": None,
    "datetime_format": None,
}
METRIC = {
    "metric_name": "count",
    "verbose_name": None,
    "metric_type": None,
    "expression": "COUNT(*)",
    "d3format": None,
    "description": None,
    "currency": {"symbol": "EUR", "symbolPosition": "prefix"},
    "extra": {},
    "warning_text": None,
}
FOLDER = {"uuid": UUID, "type": "folder", "name": "A", "description": None, "children": [{"uuid": UUID}]}
DATASET: dict[str, Any] = {
    "table_name": "sales",
    "main_dttm_col": None,
    "currency_code_column": None,
    "description": "",
    "offset": 0,
    "default_endpoint": None,
    "cache_timeout": 5,
    "schema": "main",
    "catalog": None,
    "sql": None,
    "params": {},
    "template_params": {},
    "filter_select_enabled": True,
    "fetch_values_predicate": None,
    "extra": {},
    "uuid": UUID,
    "columns": [COLUMN],
    "metrics": [METRIC],
    "version": "1.0.0",
    "database_uuid": UUID,
    "normalize_columns": False,
    "always_filter_main_dttm": False,
    "folders": [FOLDER],
}
CHART: dict[str, Any] = {
    "slice_name": "Revenue",
    "description": None,
    "certified_by": None,
    "certification_details": None,
    "tags": [],
    "viz_type": "table",
    "params": {"annotation_layers": []},
    "cache_timeout": None,
    "uuid": UUID,
    "version": "1.0.0",
    "dataset_uuid": UUID,
    "query_context": "{}",
}
QUERY = {
    "datasource": {"id": 1, "type": "table"},
    "queries": [{"columns": []}],
    "form_data": {"datasource": "1__table"},
}
LAYOUT = {
    "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["CHART-a"]},
    "CHART-a": {"id": "CHART-a", "type": "CHART", "children": [], "meta": {"uuid": UUID, "chartId": 1}},
}
METADATA = {
    "timed_refresh_immune_slices": [1],
    "expanded_slices": {"1": True},
    "native_filter_configuration": [
        {"id": "f", "targets": [{"datasetUuid": UUID}], "scope": {"rootPath": ["ROOT_ID"], "excluded": [1]}}
    ],
    "chart_configuration": {"1": {"id": 1, "crossFilters": {"scope": {"excluded": [1]}, "chartsInScope": [1]}}},
    "global_chart_configuration": {"scope": {"excluded": [1]}, "chartsInScope": [1]},
}
DASHBOARD: dict[str, Any] = {
    "dashboard_title": "Sales",
    "description": None,
    "css": "",
    "slug": None,
    "uuid": UUID,
    "version": "1.0.0",
    "certified_by": None,
    "certification_details": None,
    "published": True,
    "tags": [],
    "theme_uuid": UUID,
    "theme_id": None,
    "is_managed_externally": False,
    "external_url": None,
    "position": LAYOUT,
    "metadata": METADATA,
}
DOCUMENTS = {Kind.DATASET: DATASET, Kind.CHART: CHART, Kind.DASHBOARD: DASHBOARD}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*path, name)
        yield from places(item, (*path, name))


def holder_of(document: Any, path: tuple[Any, ...]) -> Any:
    for name in path[:-1]:
        document = document[name]
    return document


def variants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The document with each value replaced by every odd value, removed, or with an extra key."""
    yield "as it is", document
    for path in places(document):
        for odd in ODD:
            changed = copy.deepcopy(document)
            holder_of(changed, path)[path[-1]] = odd
            yield f"{path} = {str(odd)[:40]!r} ({type(odd).__name__})", changed
        changed = copy.deepcopy(document)
        del holder_of(changed, path)[path[-1]]
        yield f"{path} removed", changed
        if isinstance(holder_of(document, path), dict):
            changed = copy.deepcopy(document)
            holder_of(changed, path)["unheard_of"] = 1
            yield f"{path[:-1]} has a key more", changed


def with_query(query: dict[str, Any]) -> dict[str, Any]:
    return {**CHART, "query_context": json.dumps(query)}


CASES = [
    *((kind, stdout, changed) for kind, whole in DOCUMENTS.items() for stdout, changed in variants(whole)),
    *((Kind.CHART, f"query_context {stdout}", with_query(changed)) for stdout, changed in variants(QUERY)),
]


def judged(documents: Iterable[tuple[Kind, Any]]) -> list[Any]:
    """The verdicts of the installed Superset for each case: of its schema and of its code."""
    return importer_schemas.judge(paths.SUPERSET_VERSION, [(str(kind), document) for kind, document in documents])


def test_the_data_is_what_the_installed_package_says() -> None:
    saved = importer_schemas.file_of(paths.SUPERSET_VERSION).read_text()
    assert importer_schemas.as_text(importer_schemas.read(paths.SUPERSET_VERSION)) == saved


def test_a_document_is_refused_exactly_where_the_schema_refuses_it() -> None:
    verdicts = judged((kind, document) for kind, _, document in CASES)
    otherwise = [
        f"{kind} {stdout}: {schema} / {schema_problems(kind, document, RELEASE.line)}"
        for (kind, stdout, document), (schema, _) in zip(CASES, verdicts, strict=True)
        if bool(schema_problems(kind, document, RELEASE.line)) != (schema is not None)
    ]
    assert len(CASES) > 1000
    assert otherwise == []


def test_what_is_not_refused_is_taken_as_it_is_sent() -> None:
    sent = [(kind, stdout, wire) for kind, stdout, document in CASES if (wire := as_sent(kind, document))]
    verdicts = judged((kind, wire) for kind, _, wire in sent)
    refused = [
        f"{kind} {stdout}: {schema or code}"
        for (kind, stdout, _), (schema, code) in zip(sent, verdicts, strict=True)
        if schema is not None or code is not None
    ]
    assert len(sent) > 300
    assert refused == []


HERE = Inventory.of(Entry(Key(kind, UUID), 1, "", {}) for kind in Kind)
THERE = Numbers(lambda key: 7 if key in HERE else None)


def as_sent(kind: Kind, document: dict[str, Any]) -> Any:
    """What would be sent for such an export; None where it is refused."""
    if document_problem(kind, document):
        return None
    asset, _ = symbolise(Asset(Key(kind, UUID), "", document), HERE)
    desired = carried(asset)
    return localise(sendable(desired), THERE).document if is_restorable(desired, RELEASE) else None
