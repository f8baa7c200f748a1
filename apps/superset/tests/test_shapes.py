"""Whatever shape a server gives a document, what comes out of the engine is a sentence and never a fault."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.checks.losses import find_losses
from apps.superset.checks.text_references import spoken, text_notes, unresolved_macros
from apps.superset.content.comparable import comparable
from apps.superset.content.normalize import content_hash, normalize
from apps.superset.content.untouched_keys import carried
from apps.superset.diff.diff import diff
from apps.superset.errors import BundleInvalid, SupersetError
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.graph import closure, references
from apps.superset.references.localise import column_references, localise
from apps.superset.references.reference import Numbers
from apps.superset.references.serialization import pack, unpack
from apps.superset.references.symbolise import symbolise
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.shapes import document_problem
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World, recorded, recorded_ids
from apps.superset.validation.importable import obstacles


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


ODD: tuple[Any, ...] = (
    None,
    "text",
    "",
    7,
    -1,
    10**30,
    1.5,
    True,
    [],
    {},
    [None],
    [[]],
    ["x"],
    [{}],
    {"a": None},
    nested(40),
)

EVERY_KEY_OF_A_DASHBOARD = {
    "filter_scopes": {"1": {"country": {"scope": ["ROOT_ID"], "immune": [1]}}},
    "chart_configuration": {"1": {"id": 1, "crossFilters": {"scope": {"excluded": [1]}, "chartsInScope": [1]}}},
    "global_chart_configuration": {"scope": {"excluded": [1], "selectedLayers": ["chart-1-layer-0"]}},
    "timed_refresh_immune_slices": [1],
    "expanded_slices": {"1": True},
    "chart_customization_config": [{"id": "C", "targets": [{"datasetId": 1, "column": {"name": "a"}}]}],
    "native_filter_configuration": [
        {
            "id": "N",
            "name": "n",
            "targets": [{"datasetUuid": SALES_DATA.uuid, "column": {"name": "a"}}],
            "scope": {"rootPath": ["ROOT_ID"], "excluded": [1]},
            "chartsInScope": [1],
            "defaultDataMask": {"filterState": {"value": ["x"]}, "extraFormData": {"filters": [{"col": "a"}]}},
            "controlValues": {"multiSelect": True},
            "cascadeParentIds": ["M"],
        }
    ],
}
EVERY_KEY_OF_A_CHART = {
    "slice_id": 1,
    "dashboards": [1],
    "dashboardId": 1,
    "deck_slices": [1],
    "url_params": {"slice_id": "1"},
    "datasource": "1__table",
    "annotation_layers": [{"annotationType": "FORMULA", "value": "x"}],
    "adhoc_filters": [{"deck_slices": [1], "column": {"column_name": "a", "id": 3}, "sqlExpression": "a"}],
}


def rich(asset: Asset) -> Asset:
    """The recorded asset with every key that the engine goes into."""
    document: dict[str, Any] = copy.deepcopy(dict(asset.document))
    if asset.kind is Kind.DASHBOARD:
        document["metadata"] = {**document["metadata"], **copy.deepcopy(EVERY_KEY_OF_A_DASHBOARD)}
        document["position"] = few(document["position"])
    if asset.kind is Kind.DATASET:
        document |= {name: document[name][:2] for name in ("columns", "metrics")}
    if asset.kind is Kind.CHART:
        document["params"] = {**document["params"], **copy.deepcopy(EVERY_KEY_OF_A_CHART)}
        query = {"datasource": {"id": 1, "type": "table"}, "url_params": {"slice_id": "1"}, "columns": ["a"]}
        document["query_context"] = {
            "datasource": {"id": 1, "type": "table"},
            "queries": [query],
            "form_data": copy.deepcopy(document["params"]),
        }
    return asset.with_document(document)


def few(position: dict[str, Any]) -> dict[str, Any]:
    """One node of each type."""
    types = {node["type"]: name for name, node in position.items() if isinstance(node, dict)}
    return {name: node for name, node in position.items() if not isinstance(node, dict) or name in types.values()}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every node; of a list and of a layout the first few speak for all."""
    yield path
    if isinstance(value, dict):
        for name in list(value)[:60]:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for number in range(min(2, len(value))):
            yield from places(value[number], (*path, number))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    result = copy.copy(value)
    result[path[0]] = replaced(value[path[0]], path[1:], new)
    return result


def on_the_wire(asset: Asset) -> Asset:
    context = asset.document.get("query_context")
    if context is None or isinstance(context, str):
        return asset
    return asset.with_document({**asset.document, "query_context": json.dumps(context)})


def inventory() -> Inventory:
    bundle = recorded()
    return Inventory.of(
        Entry(key, number, bundle.assets[key].name, {})
        for key, number in recorded_ids().items()
        if key in bundle.assets
    )


SAMPLES = [recorded().assets[key] for key in (SALES, BIRTHS, REVENUE, SALES_DATA)]


@pytest.mark.parametrize("asset", [rich(each) for each in SAMPLES], ids=str)
def test_a_document_of_any_shape_is_refused_with_a_sentence_or_goes_through_the_whole_engine(asset: Asset) -> None:
    known = inventory()
    numbers = Numbers(known.id_of, lambda dataset, column: 5)
    whole, _ = symbolise(on_the_wire(asset), known)
    problems, faults = 0, []
    tried = [
        (path, odd)
        for number, path in enumerate(places(asset.document))
        for odd in (
            ODD[number % 4 :: 4] if path else ()
        )  # each place a quarter of them: in turn they all come everywhere
    ]
    for path, odd in tried:
        document = replaced(asset.document, path, odd)
        if problem := document_problem(asset.kind, document):
            assert str(problem).startswith("has a “")
            problems += 1
            continue
        try:
            through(on_the_wire(asset.with_document(document)), known, numbers, whole)
        except SupersetError:
            problems += 1
        except Exception as error:  # noqa: BLE001 - the very thing that is looked for
            faults.append(f"{'.'.join(map(str, path))} as {str(odd)[:60]}: {error!r}")
    assert not faults, "\n".join(faults)
    assert len(tried) > 200
    assert problems < len(tried) / 2


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        ("metadata", "native_filter_configuration", 0, "targets"),
        ("metadata", "filter_scopes", "1", "country", "immune"),
        ("metadata", "chart_configuration", "1"),
        ("metadata", "expanded_slices"),
        ("params", "annotation_layers"),
        ("params", "annotation_layers", 0),
        ("query_context",),
    ],
    ids=str,
)
def test_places_that_the_engine_goes_into_take_every_shape(path: tuple[Any, ...], odd: Any) -> None:
    asset = rich(recorded().assets[SALES if path[0] == "metadata" else REVENUE])
    known = inventory()
    whole, _ = symbolise(on_the_wire(asset), known)
    document = replaced(asset.document, path, odd)
    if not document_problem(asset.kind, document):
        through(on_the_wire(asset.with_document(document)), known, Numbers(known.id_of), whole)


def through(asset: Asset, known: Inventory, numbers: Numbers, whole: Asset) -> None:
    """What becomes of it in a plan, on either side."""
    symbolic, _ = symbolise(asset, known)
    references(symbolic)
    closure(Bundle.of([symbolic]), [symbolic.key])
    normalize(symbolic)
    normalize(asset)
    content_hash(comparable(symbolic))
    obstacles(symbolic, RELEASE)
    sent = carried(symbolic)
    column_references(sent)
    find_losses(Bundle.of([symbolic]), known, [])
    said = spoken([symbolic])
    text_notes(said)
    tuple(unresolved_macros(said))
    for before, after in ((whole, sent), (sent, whole)):
        for each in diff(comparable(before), comparable(after)):
            each.sentence()
    localise(sent, numbers)
    assert content_hash(unpack(pack([sent], root="plan")).assets[sent.key]) == content_hash(sent)


@pytest.mark.parametrize(
    ("key", "path", "odd", "sentence"),
    [
        (SALES, ("position",), "ROOT", "dashboard “Sales Dashboard”) has a “position” that is a text where an object"),
        (SALES, ("position",), None, "has a “position” that is null where an object was expected"),
        (SALES, ("metadata",), [1], "has a “metadata” that is a list where an object was expected"),
        (SALES, ("metadata", "filter_scopes"), "all", "has a “metadata.filter_scopes” that is a text"),
        (SALES, ("metadata", "native_filter_configuration"), {"a": 1}, "that is an object where a list was expected"),
        (REVENUE, ("dataset_uuid",), 7, "has a “dataset_uuid” that is a number where a text was expected"),
        (SALES_DATA, ("columns",), "all", "has a “columns” that is a text where a list was expected"),
        (SALES_DATA, ("metrics", 0), None, "has a “metrics.0” that is null where an object was expected"),
    ],
)
def test_a_document_that_cannot_be_read_is_named_with_its_file_and_the_place(key, path, odd, sentence) -> None:
    asset = rich(recorded().assets[key])
    broken = asset.with_document(replaced(asset.document, path, odd))
    with pytest.raises(BundleInvalid) as refused:
        read_bundle(write_bundle([broken]), environment="dev")
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("dev: “")


def test_a_plan_of_dashboards_beside_it_is_not_touched_by_odd_values_that_are_only_passed_on() -> None:
    world = World(SALES, BIRTHS)
    world.dev.document(REVENUE)["params"]["owner_note"] = nested(40)
    assert world.plan().plan.pending
