"""After an apply, by choice: the charts that it wrote are asked for one row, and those that fail are reported."""

from __future__ import annotations

import json

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.checks.chart_queries import query_notes
from apps.superset.errors import Cancelled, ServerFault
from apps.superset.inventory import read_inventory
from apps.superset.probe import Bounds
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, World


@pytest.fixture
def world() -> World:
    """All charts of dev were saved in a browser, with their queries."""
    world = World(SALES, BIRTHS)
    for document in world.dev.documents[Kind.CHART].values():
        number = world.dev.id_of(Key(Kind.DATASET, document["dataset_uuid"]))
        document["query_context"] = json.dumps({"datasource": {"id": number, "type": "table"}, "queries": [{}]})
    return world


def asked(world: World) -> list[str]:
    return [each for each in world.prod.asked if each.startswith("chart ")]


def test_no_chart_is_queried_unless_asked_for(world: World) -> None:
    assert world.apply(world.plan()).warnings == ()
    assert asked(world) == []


def test_every_chart_that_was_written_is_asked_once(world: World) -> None:
    planned = world.plan()
    world.apply(planned, check_queries=True)
    charts = planned.desired.of_kind(Kind.CHART)
    assert len(asked(world)) == len(set(asked(world))) == len(charts)


def test_unchanged_charts_are_not_queried(world: World) -> None:
    world.apply(world.plan())
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    world.apply(world.plan(), check_queries=True)
    assert asked(world) == [f"chart {world.prod.id_of(REVENUE)}"]


def test_a_chart_that_does_not_answer_is_a_warning_and_the_apply_is_done(world: World) -> None:
    world.prod.query_errors[REVENUE.uuid] = "no such table: sales"
    result = world.apply(world.plan(), check_queries=True)
    (note,) = [note for note in result.warnings if note.kind == "queries_failed"]
    assert note.assets == ("chart “Total Revenue”: no such table: sales",)
    assert "charts return data on prod; these do not." in note.text
    assert result.verified


@pytest.mark.parametrize("error", [ServerFault, Cancelled])
def test_a_chart_that_cannot_be_queried_is_reported_as_unknown_even_in_a_stopped_run(
    world: World, error: type[ServerFault]
) -> None:
    world.prod.query_errors[REVENUE.uuid] = error("down", environment="prod")
    result = world.apply(world.plan(), check_queries=True)
    (note,) = [note for note in result.warnings if note.kind == "queries_unknown"]
    assert "chart “Total Revenue”: down" in note.assets


def test_a_chart_saved_without_a_query_is_reported_as_unknown(world: World) -> None:
    world.dev.document(REVENUE)["query_context"] = None
    result = world.apply(world.plan(), check_queries=True)
    (note,) = [note for note in result.warnings if note.kind == "queries_unknown"]
    assert "chart “Total Revenue”: it was saved without its query: save it in Superset" in note.assets


def test_charts_beyond_the_limit_of_queries_are_reported_as_unknown(world: World) -> None:
    planned = world.plan()
    world.apply(planned)
    charts = [each.key for each in planned.desired.of_kind(Kind.CHART)]
    sentence, (note,) = query_notes(world.prod, read_inventory(world.prod), charts, {}, Bounds(questions=1))
    assert sentence == f"1 of {len(charts)} charts return data on prod"
    assert (note.kind, len(note.assets)) == ("queries_unknown", len(charts) - 1)
