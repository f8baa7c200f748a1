"""Tables, columns and schemas that the target lacks are reported in the plan, and so is what could not be checked."""

from __future__ import annotations

import pytest

from apps.superset.assets import Kind
from apps.superset.checks.tables import table_notes
from apps.superset.errors import AuthRejected, ServerFault
from apps.superset.inventory import Inventory, read_inventory
from apps.superset.plan.plan import Note
from apps.superset.probe import Bounds, Probe, Questions, Unknown
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World

KINDS = ("tables_missing", "columns_missing", "schemas_missing", "tables_unknown")
TABLE = "cleaned_sales_data"


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


def notes(world: World) -> list[Note]:
    return [note for note in world.plan().plan.warnings if note.kind in KINDS]


def tables(server: FakeSuperset) -> dict[str, dict[str, list[str]]]:
    assert isinstance(server.tables_of, dict)
    return server.tables_of


def test_nothing_is_reported_where_all_tables_exist(world: World) -> None:
    assert notes(world) == []
    assert f"columns of {TABLE}" in world.prod.asked


def test_a_table_that_is_not_there_is_named_with_its_connection(world: World) -> None:
    del tables(world.prod)["main"][TABLE]
    (note,) = notes(world)
    assert (note.kind, note.assets) == (
        "tables_missing",
        (f"dataset “{TABLE}”: table main.{TABLE} of “warehouse”",),
    )
    assert f"columns of {TABLE}" not in world.prod.asked


def test_a_table_that_is_new_to_the_cache_of_the_target_is_looked_for_without_it(world: World) -> None:
    del tables(world.prod)["main"][TABLE]
    notes(world)
    assert world.prod.asked.count("tables of main anew") == 1


def test_columns_that_are_not_there_are_named_and_calculated_ones_are_not_needed(world: World) -> None:
    world.dev.document(SALES_DATA)["columns"].append({"column_name": "made", "expression": "1 + 1"})
    columns = tables(world.prod)["main"][TABLE]
    gone = columns[:12]
    tables(world.prod)["main"][TABLE] = [name.upper() for name in columns[12:]]
    (note,) = notes(world)
    assert note.kind == "columns_missing"
    assert note.assets == (f"dataset “{TABLE}”: {', '.join(gone[:10])} and 2 more",)


def test_a_schema_that_is_not_there_is_named(world: World) -> None:
    world.dev.document(SALES_DATA)["schema"] = "raw"
    (note,) = notes(world)
    assert (note.kind, note.assets) == (
        "schemas_missing",
        (f"dataset “{TABLE}”: schema “raw” of “warehouse”",),
    )


def test_a_schema_that_the_sql_of_a_virtual_dataset_names_is_looked_for(world: World) -> None:
    world.dev.document(SALES_DATA)["sql"] = "SELECT * FROM dev_only.orders JOIN main.birth_names USING (id)"
    (note,) = notes(world)
    assert (note.kind, note.assets) == (
        "schemas_missing",
        (f"dataset “{TABLE}”: schema “dev_only” of “warehouse”",),
    )


def test_without_a_schema_the_table_is_looked_for_in_the_default_one(world: World) -> None:
    world.dev.document(SALES_DATA)["schema"] = None
    assert notes(world) == []
    del tables(world.prod)["main"][TABLE]
    (note,) = notes(world)
    assert note.assets == (f"dataset “{TABLE}”: table {TABLE} of “warehouse”",)


def test_tables_of_a_connection_that_does_not_answer_are_reported_as_unknown(world: World) -> None:
    world.prod.tables_of = ServerFault("Superset failed with 500: refused\x1b[2J", environment="prod")
    (note,) = notes(world)
    assert note.kind == "tables_unknown"
    assert f"dataset “{TABLE}”: Superset failed with 500: refused\\x1b[2J" in note.assets


def test_a_virtual_dataset_whose_schemas_are_not_shown_is_reported_as_unknown(world: World) -> None:
    world.dev.document(SALES_DATA)["sql"] = "SELECT * FROM raw.orders"
    world.prod.tables_of = ServerFault("down", environment="prod")
    (note,) = notes(world)
    assert f"dataset “{TABLE}”: schema “main”: down" in note.assets


def test_a_dataset_that_stays_as_it_is_is_asked_nothing_about(world: World) -> None:
    world.apply(world.plan())
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    world.prod.asked.clear()
    assert world.plan().plan.pending
    assert world.prod.asked == []


def test_more_datasets_than_are_asked_about_are_reported_as_unknown(world: World) -> None:
    planned = world.plan()
    datasets = planned.desired.of_kind(Kind.DATASET)
    (note,) = table_notes(world.prod, _listed(world), datasets, Bounds(questions=3))
    assert (note.kind, len(note.assets)) == ("tables_unknown", len(datasets) - 1)
    assert note.assets[0].endswith(": not asked: too many questions")


def _listed(world: World) -> Inventory:
    return read_inventory(world.prod)


class Ticking:
    """Each look at it takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class TestQuestions:
    def test_when_the_time_is_over_no_more_is_asked(self, world: World) -> None:
        questions = Questions(world.prod, Bounds(at_once=1, seconds=2.5), Ticking())
        answers = questions.answers(dict.fromkeys(range(4), _seven))
        assert list(answers.values()) == [7, 7, Unknown("not asked: out of time"), Unknown("not asked: out of time")]

    def test_the_questions_of_all_rounds_are_counted_together(self, world: World) -> None:
        questions = Questions(world.prod, Bounds(questions=3))
        assert questions.answers({1: _seven, 2: _seven}) == {1: 7, 2: 7}
        assert questions.answers({3: _seven, 4: _seven}) == {3: 7, 4: Unknown("not asked: too many questions")}
        assert questions.answers({5: _seven}) == {5: Unknown("not asked: too many questions")}

    def test_a_sign_in_that_is_refused_is_no_unknown(self, world: World) -> None:
        def refused(_: Probe) -> int:
            raise AuthRejected("no", environment="prod")

        with pytest.raises(AuthRejected):
            Questions(world.prod, Bounds()).answers({1: refused})


def _seven(_: Probe) -> int:
    return 7
