"""Only the table of places knows where documents name something by number; who needs to know asks it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, cast

import pytest

from apps.superset.assets import Bundle, Kind
from apps.superset.content import ignored_keys
from apps.superset.content.normalize import content_hash
from apps.superset.protocol import Client
from apps.superset.references import graph, localise, lookup, numbering, resolution, spelling, symbolise
from apps.superset.references.graph import dependencies
from apps.superset.references.numbering import OF_DATASETS, Numbering
from apps.superset.references.places import FILTER_LISTS, LAID_OUT, PLACES, UUIDS, Means, Place
from apps.superset.tests.placed import OTHER, A, B, Placed, asset, column, number, placed

READERS = [graph, ignored_keys, localise, lookup, numbering, resolution, spelling, symbolise]

STRUCTURE = {"metadata", "position", "meta", "params", "query_context", "queries", "form_data", "id", "column", "uuid"}
"""Parts of a path that say nothing of numbers: where documents keep everything, and names of any thing at all."""

NAMES = {
    *(name for place in PLACES for name in (*place.path.split("."), place.beside) if name.isidentifier()),
    *FILTER_LISTS,
    *(parent.field for parent in UUIDS.values()),
} - STRUCTURE


def texts_of(source: str) -> set[str]:
    """All that a module writes out, but for its docstrings."""
    tree = ast.parse(source)
    docstrings = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    constants = (each for each in ast.walk(tree) if isinstance(each, ast.Constant) and id(each) not in docstrings)
    return {each.value for each in constants if isinstance(each.value, str)}


def places_in(source: str) -> set[str]:
    return {text for text in texts_of(source) if not NAMES.isdisjoint(text.split("."))}


@pytest.mark.parametrize("module", READERS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_who_reads_the_table_names_no_place_of_it(module: Any) -> None:
    assert places_in(Path(module.__file__).read_text()) == set()


@pytest.mark.parametrize("text", ["metadata.**.chartsInScope", "targets", "datasetUuid", "params.dashboardId"])
def test_a_place_that_is_written_out_would_be_found(text: str) -> None:
    assert places_in(f'"""{text}"""\nRULES = (("{text}", 1), "a {text} in a sentence")') == {text}


TRAVELLING = [each for each in placed() if each.place.follows]


@pytest.mark.parametrize("each", TRAVELLING, ids=str)
def test_what_travels_along_is_depended_on_wherever_the_table_says_so(each: Placed) -> None:
    symbolic, _ = symbolise.symbolise(each.asset(A), A.inventory)
    assert OTHER[Kind(each.place.names)] in {key.uuid for key in dependencies(symbolic)}


def without(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: without(item, key) for name, item in value.items() if name != key}
    return [without(item, key) for item in value] if isinstance(value, list) else value


NOT_COMPARED = [place for place in PLACES if (place.within or place.incidental) and place is not LAID_OUT]


@pytest.mark.parametrize("place", NOT_COMPARED, ids=lambda place: place.path)
def test_regenerated_and_incidental_values_are_not_compared(place: Place) -> None:
    each = Placed(place, column if place.names is Means.COLUMN else number)
    key = "id" if place.names is Means.COLUMN else (place.within or place.path).rpartition(".")[2]
    named = asset(place.document, A, each.fragment(A)), asset(place.document, A, without(each.fragment(A), key))
    one, other = (symbolise.symbolise(each, A.inventory)[0] for each in named)
    assert one.document != other.document
    assert content_hash(one) == content_hash(other)


def test_the_number_of_a_chart_in_the_layout_says_no_more_than_its_uuid() -> None:
    one, other = (Placed(LAID_OUT, number).asset(each) for each in (A, B))
    assert one.document != other.document
    assert content_hash(one) == content_hash(other)


LISTS = [place for place in PLACES if (place.unordered or place.layers) and not place.within]


@pytest.mark.parametrize("place", LISTS, ids=lambda place: place.path)
def test_a_list_that_has_no_order_is_compared_in_any(place: Place) -> None:
    one, other = Placed(place, lambda _: ["x", "y"]).asset(A), Placed(place, lambda _: ["y", "x"]).asset(A)
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize("place", OF_DATASETS, ids=lambda place: place.path)
def test_a_dashboard_has_the_numbers_of_its_target_wherever_an_importer_replaces_the_uuid(place: Place) -> None:
    (field,) = [each for each in FILTER_LISTS if each in place.path]
    target = {place.beside: OTHER[Kind.DATASET], "column": {"name": "x"}}
    holder, _, inner = place.holder.removeprefix(f"metadata.{field}.*.").partition(".")
    assert inner == "*"
    dashboard = asset(Kind.DASHBOARD, A, {"metadata": {field: [{holder: [target, "x"]}]}})
    sent = Numbering(cast("Client", None), B.inventory, Bundle.of([])).with_dataset_numbers(dashboard)
    number_there = B.number(Kind.DATASET)
    assert sent.document["metadata"][field] == [
        {holder: [{"column": {"name": "x"}, place.key: number_there}, "x"]},
    ]
