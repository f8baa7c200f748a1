"""Undoing a migration below later ones that hold the same assets."""

from __future__ import annotations

import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Conflict
from apps.migrations.models import Run, WriteState
from apps.migrations.services import execution, runs
from apps.migrations.services.execution import explain_rollback, undo_of
from apps.migrations.services.later_migrations import held_later
from apps.migrations.status import status_of
from apps.migrations.tests.factories import BIRTHS, Failing, Silenced
from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import OutcomeUnknown, ServerFault, UndoBlocked
from apps.superset.execution.stages import Choice
from apps.superset.references.reference import is_chart
from apps.superset.selection import Selection
from apps.superset.tests.fake_superset import FakeSuperset

GIRLS_BOARD = Key(Kind.DASHBOARD, "77777777-7777-7777-7777-777777777777")


@pytest.fixture
def girls(stage):
    """Plans a dashboard of its own around one chart of the other one, as somebody made it on dev."""
    chart = next(each for each in stage.dev.documents[Kind.CHART].values() if each["slice_name"] == "Girls")
    document = copy.deepcopy(stage.dev.document(BIRTHS))
    tiles = {name: node for name, node in document["position"].items() if is_chart(node)}
    tile = next(node for node in tiles.values() if node["meta"]["uuid"] == chart["uuid"])
    position = {name: node for name, node in document["position"].items() if name.isupper() and name not in tiles}
    position["GRID_ID"]["children"] = [tile["id"]]
    document |= {
        "uuid": GIRLS_BOARD.uuid,
        "dashboard_title": "Girls only",
        "slug": None,
        "position": {**position, tile["id"]: {**tile, "parents": ["ROOT_ID", "GRID_ID"]}},
        "metadata": {},
    }
    number = stage.dev.add(Asset(GIRLS_BOARD, "Girls only", document))
    return lambda: stage.plan(selection=Selection((str(number),)))


def chart_on_prod(stage, name="Girls"):
    return next(each for each in stage.prod.documents[Kind.CHART].values() if each["slice_name"] == name)


def test_an_undo_keeps_what_a_later_migration_relies_on(stage, girls):
    first = stage.plan()
    stage.apply(first)
    later = girls()
    stage.apply(later)  # creates its dashboard; the chart and the dataset are as planned
    before, count = stage.state_of_prod(), Run.objects.count()
    with pytest.raises(UndoBlocked, match=f"chart “Girls” is part of migration {later.pk}") as refused:
        stage.rollback(first)
    assert (stage.state_of_prod(), Run.objects.count(), status_of(first)) == (before, count, "succeeded")
    assert refused.value.next_step == f"Roll back {later.pk} first."
    assert {(each["reason"], tuple(each["migrations"])) for each in refused.value.context["assets"]} == {
        ("held", (later.pk,))
    }


def test_an_undo_below_a_later_migration_is_refused_even_without_common_writes(stage, girls):
    first = stage.plan()
    stage.apply(first)
    stage.apply(girls())
    written = {key for run in Run.objects.all()[1:] for key in run.keys_with(WriteState.WRITTEN)}
    assert written == {str(GIRLS_BOARD)}
    with pytest.raises(UndoBlocked):
        explain_rollback(migration=first)


def test_a_partial_undo_reports_what_it_keeps(stage, girls):
    first = stage.plan()
    stage.apply(first)
    stage.apply(girls())
    stages = explain_rollback(migration=first, choice=Choice.KEEP_CHANGED).stages
    assert [each for each in stages if each.startswith("keep chart “Girls”: part of a later migration")]
    run = stage.rollback(first, choice=Choice.KEEP_CHANGED)
    assert sorted(each.partition(" “")[0] for each in run.result["kept"]) == ["chart", "dataset"]
    assert [each["dashboard_title"] for each in stage.prod.documents[Kind.DASHBOARD].values()] == ["Girls only"]
    assert [each["slice_name"] for each in stage.prod.documents[Kind.CHART].values()] == ["Girls"]
    assert len(stage.prod.documents[Kind.DATASET]) == 1


def test_an_undo_keeps_what_a_later_migration_wrote(stage, girls):
    first = stage.plan()
    stage.apply(first)
    chart_on_prod(stage)["slice_name"] = "Edited in prod"
    later = girls()
    stage.apply(later)
    with pytest.raises(UndoBlocked, match=f"chart “Girls” was changed by migration {later.pk}"):
        stage.rollback(first)
    stage.rollback(first, choice=Choice.KEEP_CHANGED)
    assert [each["slice_name"] for each in stage.prod.documents[Kind.CHART].values()] == ["Girls"]


def test_possible_writes_of_a_later_migration_are_not_called_changes(stage, girls):
    first = stage.plan()
    stage.apply(first)
    chart_on_prod(stage)["slice_name"] = "Edited in prod"
    later = girls()
    stage.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        stage.apply(later)
    stage.prod.__class__ = FakeSuperset
    with pytest.raises(UndoBlocked, match=f"chart “Girls” is part of migration {later.pk}"):
        stage.rollback(first)


def test_an_earlier_migration_can_be_undone_once_the_later_one_is(stage, girls):
    empty = stage.state_of_prod()
    first = stage.plan()
    stage.apply(first)
    later = girls()
    stage.apply(later)
    stage.rollback(later)
    stage.rollback(first)
    assert stage.state_of_prod() == empty


def test_an_earlier_migration_does_not_block_the_undo_of_a_later_one(stage, girls):
    stage.apply(stage.plan())
    chart_on_prod(stage)["slice_name"] = "Edited in prod"
    later = girls()
    stage.apply(later)
    stage.rollback(later)
    assert chart_on_prod(stage, "Edited in prod")


def test_a_migration_applied_between_two_runs_of_an_earlier_one_counts(stage, girls):
    """The undo goes back to before the first of them."""
    first = stage.plan()
    stage.prod.__class__ = Failing
    with pytest.raises(ServerFault):
        stage.apply(first)
    stage.prod.__class__ = FakeSuperset
    later = girls()
    stage.apply(later)
    stage.apply(first)
    with pytest.raises(UndoBlocked, match=f"part of migration {later.pk}"):
        stage.rollback(first)


def test_the_number_of_queries_does_not_grow_with_later_migrations(stage, girls):
    first = stage.plan()
    stage.apply(first)
    undo = undo_of(first)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            held_later(first, undo)
        return len(queries)

    stage.apply(girls())
    one = asked()
    for title in ("Second", "Third", "Fourth"):
        stage.dev.document(GIRLS_BOARD)["dashboard_title"] = title
        stage.apply(girls())
    assert asked() == one


def test_an_apply_that_ends_after_the_check_stops_the_undo(stage, girls, monkeypatch):
    first = stage.plan()
    stage.apply(first)
    later, claim = girls(), runs.claim

    def late(**asked):
        monkeypatch.setattr(runs, "claim", claim)
        stage.apply(later)
        return claim(**asked)

    monkeypatch.setattr(execution.runs, "claim", late)
    with pytest.raises(Conflict, match="has just ended. Try again"):
        stage.rollback(first)
    assert (status_of(first), Run.objects.count()) == ("succeeded", 2)
    assert stage.prod.id_of(BIRTHS)
    with pytest.raises(UndoBlocked):
        stage.rollback(first)


def test_two_concurrent_undos_of_a_migration_undo_it_once(stage, monkeypatch):
    migration = stage.plan()
    stage.apply(migration)
    claim = runs.claim

    def late(**asked):
        monkeypatch.setattr(runs, "claim", claim)
        stage.rollback(migration)
        return claim(**asked)

    monkeypatch.setattr(execution.runs, "claim", late)
    with pytest.raises(Conflict):
        stage.rollback(migration)
    assert Run.objects.filter(kind="rollback").count() == 1
