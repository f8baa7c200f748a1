"""Every place of the table in every shape: what a number means in one environment it means in the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.references.localise import localise
from apps.superset.references.lookup import Stale
from apps.superset.references.places import JSON_TEXTS, PLACES
from apps.superset.references.serialization import pack, unpack
from apps.superset.references.symbolise import symbolise
from apps.superset.shapes import document_problem
from apps.superset.tests.placed import (
    LINKS,
    NO_REFERENCES,
    A,
    B,
    Environment,
    Placed,
    Written,
    asset,
    merged,
    placed,
    written,
)

EVERY: tuple[Placed | Written, ...] = (*placed(), *written())
GROUPS = {path: [each for each in EVERY if each.path == path] for path in dict.fromkeys(each.path for each in EVERY)}


def read(each: Asset) -> dict[str, Any]:
    """The document, with its stored query as what it says."""
    context = each.document.get("query_context")
    return {**each.document, "query_context": json.loads(context)} if isinstance(context, str) else dict(each.document)


def moved(each: Asset, here: Environment, there: Environment) -> Asset:
    return localise(symbolise(each, here.inventory)[0], there.numbers)


@pytest.mark.parametrize("path", GROUPS)
def test_a_number_names_in_the_other_environment_what_it_named_here(path: str) -> None:
    """In every shape that the place has, or for every spelling of what a text at it names."""
    for each in GROUPS[path]:
        ours, theirs = each.asset(A), each.asset(B)
        sent = each.asset(A, sent=True), each.asset(B, sent=True)
        symbolic, stale = symbolise(ours, A.inventory)
        assert stale == (), each
        assert [read(localise(symbolic, there.numbers)) for there in (A, B)] == [read(each) for each in sent], each
        assert symbolise(theirs, B.inventory) == (symbolic, ()), each


def test_every_place_of_the_table_is_tried() -> None:
    assert {each.place for each in EVERY if isinstance(each, Placed)} == set(PLACES)
    assert all(
        any(isinstance(each, Placed) and each.packed and each.place.path.startswith(path) for each in EVERY)
        for _, path in JSON_TEXTS
    )


@pytest.mark.parametrize("text", NO_REFERENCES)
def test_what_only_looks_like_a_reference_stays_as_it_is(text: str) -> None:
    for kind, fragment in free(text):
        ours = asset(kind, A, fragment)
        assert read(moved(ours, A, B)) == read(asset(kind, B, fragment))


def free(text: str) -> list[tuple[Kind, dict[str, Any]]]:
    """The same text at places that the table does not name, or names for what is rendered or linked."""
    markdown = {"type": "MARKDOWN", "meta": {"code": text}}
    return [
        (Kind.DASHBOARD, {"css": text, "dashboard_title": text, "position": {"MARKDOWN-a": markdown}}),
        (Kind.DASHBOARD, {"metadata": {"label_colors": {text: "#11", "11": text}}}),
        (Kind.DASHBOARD, {"metadata": {"native_filter_configuration": [{"layerFilterScope": [11], "name": text}]}}),
        (Kind.CHART, {"description": text, "params": {"any": text, "selected_chart": text, text or "x": 11}}),
        (Kind.DATASET, {"description": text, "sql": text, "columns": [{"column_name": text}]}),
    ]


# --- whatever a document holds


def texts(max_size: int | None = None) -> st.SearchStrategy[str]:
    """Whatever a document can hold once it was read: no NUL, no half of a pair."""
    return st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=max_size)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(
        (*NO_REFERENCES, "12__", "__table", "012", "99", "99__table", "chart-x-layer-0", " 12", "12.0", "²")
    ),
    texts(max_size=8),
)
VALUES = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def odd_pieces(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    """A place of the table that holds something which no number is written as."""
    piece = draw(st.sampled_from([each for each in EVERY if isinstance(each, Placed) and each.place.document is kind]))
    value = draw(VALUES)
    fragment: dict[str, Any] = Placed(piece.place, lambda _: value, piece.deep, piece.packed).fragment(A)
    return fragment


@st.composite
def documents(draw: st.DrawFn) -> Asset:
    kind = draw(st.sampled_from((Kind.DASHBOARD, Kind.CHART, Kind.DATASET)))
    pieces = [each.fragment(A) for each in draw(st.lists(st.sampled_from(by_kind(kind)), max_size=4))]
    if kind is not Kind.DATASET:
        pieces += draw(st.lists(odd_pieces(kind), max_size=2))
    text = draw(st.sampled_from(NO_REFERENCES) | texts(max_size=12))
    pieces += [fragment for each, fragment in free(text) if each is kind]
    return asset(kind, A, *pieces)


def by_kind(kind: Kind) -> list[Placed | Written]:
    return [each for each in EVERY if (each.place.document if isinstance(each, Placed) else each.document) is kind]


@settings(max_examples=150, deadline=None)
@given(documents())
def test_whatever_a_document_holds_it_means_the_same_in_both_environments(ours: Asset) -> None:
    symbolic, _ = symbolise(ours, A.inventory)
    theirs = localise(symbolic, B.numbers)
    again, stale = symbolise(theirs, B.inventory)
    assert again.document == symbolic.document
    assert stale == () or all(kept(theirs, each) for each in stale)
    assert symbolise(localise(again, A.numbers), A.inventory)[0].document == symbolic.document


def kept(document: Asset, each: Stale) -> bool:
    """What is reported a second time is still there: a number that the table says to keep."""
    return str(each.value) in json.dumps(read(document))


@settings(max_examples=60, deadline=None)
@given(documents())
def test_whatever_a_document_holds_it_is_stored_and_read_back(ours: Asset) -> None:
    assume(not document_problem(ours.kind, ours.document))  # of such an export nothing is read
    symbolic, _ = symbolise(ours, A.inventory)
    (back,) = unpack(pack([symbolic], root="plan"))
    assert back.document == symbolic.document


@settings(max_examples=60, deadline=None)
@given(texts(), st.sampled_from(LINKS), texts())
def test_around_a_number_no_text_changes(before: str, link: tuple[Kind, str], after: str) -> None:
    kind, template = link
    ours, theirs = (f"{before}\n{template % each.number(kind)}\n{after}" for each in (A, B))
    assert moved(asset(Kind.DASHBOARD, A, {"css": ours}), A, B).document["css"] == theirs


def test_several_pieces_make_one_document() -> None:
    assert merged({"a": [1], "b": {"c": 1}}, {"a": [2], "b": {"d": 2}}) == {"a": [1, 2], "b": {"c": 1, "d": 2}}
    assert list(Bundle.of([asset(Kind.DATASET, A)]))
