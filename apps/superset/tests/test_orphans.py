"""Orphans of the target, deleted because somebody chose so."""

from __future__ import annotations

import copy
import json

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import PlanStale, PlanUnsafe, Unreachable
from apps.superset.execution.apply import apply
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Action, Plan
from apps.superset.planning.refusals import OverwriteLimit
from apps.superset.references.graph import dependencies
from apps.superset.references.serialization import unpack
from apps.superset.tests.world import REVENUE, SALES, SALES_DATA, Heard, World, recorded

OTHER = "99999999-9999-4999-8999-999999999999"
LONELY = Key(Kind.DATASET, "88888888-8888-4888-8888-888888888888")


@pytest.fixture
def world(monkeypatch):
    """The target has a dashboard whose chart has left it on the source. The chart has a dataset of its own."""
    world = World(SALES)
    document = {**recorded().assets[SALES_DATA].document, "uuid": LONELY.uuid, "table_name": "lonely"}
    world.dev.add(Asset(LONELY, "lonely", document))
    world.dev.document(REVENUE)["dataset_uuid"] = LONELY.uuid
    world.apply(world.plan())
    position = world.dev.document(SALES)["position"]
    del position[next(name for name, node in position.items() if REVENUE.uuid in str(node))]
    world.dev._link(1)
    monkeypatch.setattr(world.prod, "features", lambda: frozenset({"TAGGING_SYSTEM"}))
    return world


def actions(plan: Plan) -> dict[Key, Action]:
    return {each.key: each.action for each in plan.changes if each.key in (REVENUE, LONELY)}


def kept(plan: Plan) -> str:
    return " ".join(line for note in plan.warnings if note.kind == "orphans_kept" for line in note.assets)


def test_orphans_are_reported_and_kept_unless_chosen(world):
    plan = world.plan().plan
    assert actions(plan) == {REVENUE: Action.ORPHAN, LONELY: Action.ORPHAN}
    assert not plan.prune


def test_chosen_orphans_are_deletions_of_the_plan(world):
    plan = world.plan(prune=True).plan
    assert actions(plan) == {REVENUE: Action.REMOVE, LONELY: Action.REMOVE}
    assert "orphans_deleted" in [note.kind for note in plan.warnings]
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_the_run_deletes_exactly_them_and_a_rollback_restores_them(world):
    before = {kind: {doc["uuid"] for doc in docs.values()} for kind, docs in world.prod.documents.items()}
    made = world.plan(prune=True)
    result = world.apply(made)
    assert len(result.removed) == 2
    after = {kind: {doc["uuid"] for doc in docs.values()} for kind, docs in world.prod.documents.items()}
    assert before[Kind.CHART] - after[Kind.CHART] == {REVENUE.uuid}
    assert before[Kind.DATASET] - after[Kind.DATASET] == {LONELY.uuid}
    world.roll_back(made)
    restored = {kind: {doc["uuid"] for doc in docs.values()} for kind, docs in world.prod.documents.items()}
    assert restored == before
    assert REVENUE in dependencies(Asset(SALES, "", world.prod.document(SALES)))


def test_a_chart_on_another_dashboard_is_kept_with_its_dataset(world):
    position = {"CHART-x": {"id": "CHART-x", "type": "CHART", "meta": {"uuid": REVENUE.uuid, "chartId": 1}}}
    document = {"uuid": OTHER, "dashboard_title": "Board", "position": position, "metadata": {}}
    world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Board", document))
    plan = world.plan(prune=True).plan
    assert actions(plan) == {REVENUE: Action.ORPHAN}
    assert "Board" in kept(plan)


def test_a_chart_with_a_report_is_kept_with_its_dataset(world):
    chart = world.prod.id_of(REVENUE)
    world.prod.reports = [{"id": 1, "name": "Weekly", "type": "Report", "active": True, "chart_id": chart}]
    plan = world.plan(prune=True).plan
    assert actions(plan) == {REVENUE: Action.ORPHAN, LONELY: Action.ORPHAN}
    assert "Weekly" in kept(plan)


def test_a_dataset_under_a_rule_is_kept(world):
    world.prod.rules = [{"id": 1, "name": "own region", "tables": [{"id": world.prod.id_of(LONELY)}]}]
    plan = world.plan(prune=True).plan
    assert actions(plan) == {REVENUE: Action.REMOVE, LONELY: Action.ORPHAN}
    assert "own region" in kept(plan)


def test_what_came_to_use_an_orphan_since_the_plan_stops_the_run_before_it_writes(world):
    made = world.plan(prune=True)
    writes = len(world.prod.writes)
    chart = {**world.prod.document(REVENUE), "uuid": OTHER}
    world.prod.add(Asset(Key(Kind.CHART, OTHER), "Theirs", chart))
    with pytest.raises((PlanUnsafe, PlanStale)):
        world.apply(made)
    assert len(world.prod.writes) == writes


def during_the_import(world, monkeypatch, act):
    """Somebody does this between content and deletion."""
    imported, done = world.prod.import_bundle, list[object]()

    def import_bundle(*given):
        imported(*given)
        if not done:
            done.append(act())

    monkeypatch.setattr(world.prod, "import_bundle", import_bundle)


def test_a_dataset_that_came_into_use_during_the_run_is_kept_and_the_rest_is_finished(world, monkeypatch):
    made = world.plan(prune=True)
    theirs = {**world.prod.document(REVENUE), "uuid": OTHER, "slice_name": "Theirs"}
    during_the_import(world, monkeypatch, lambda: world.prod.add(Asset(Key(Kind.CHART, OTHER), "Theirs", theirs)))
    reporter = Heard()
    result = apply(made.plan, made.desired, world.prod, reporter, world.ledger, patience=0.0)
    assert world.prod.id_of(LONELY) is not None
    assert world.prod.id_of(REVENUE) is None
    assert result.verified
    assert result.kept == ("dataset “lonely”",)
    [note] = result.warnings
    assert note.kind == "orphans_kept"
    assert "lonely" in note.assets[0]
    assert "Theirs" in note.assets[0]
    assert note.assets[0].count("lonely") == 1
    assert note.assets == result.reasons
    [line] = [line for line in reporter.lines if "lonely” is kept" in line]
    assert "Theirs" in line


def test_a_chart_that_came_into_use_during_the_run_is_kept_with_its_dataset(world, monkeypatch):
    world.dev.roles[SALES] = [31]
    world.dev.role_names, world.prod.role_names = {31: "Sales"}, {131: "Sales"}
    monkeypatch.setattr(world.prod, "features", lambda: frozenset({"TAGGING_SYSTEM", "DASHBOARD_RBAC"}))
    made = world.plan(prune=True, carry=frozenset({Aspect.ROLES}))
    assert made.plan.drafts
    position = {"CHART-x": {"id": "CHART-x", "type": "CHART", "meta": {"uuid": REVENUE.uuid, "chartId": 1}}}
    board = {"uuid": OTHER, "dashboard_title": "Board", "position": position, "metadata": {}}
    during_the_import(world, monkeypatch, lambda: world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Board", board)))
    result = world.apply(made)
    assert world.prod.id_of(REVENUE) is not None
    assert world.prod.id_of(LONELY) is not None
    assert result.removed == ()
    assert {*result.kept} == {"chart “Total Revenue”", "dataset “lonely”"}
    assert world.prod.document(SALES)["published"] is True
    assert world.prod.roles[SALES] == [131]
    world.roll_back(made)
    assert REVENUE in dependencies(Asset(SALES, "", world.prod.document(SALES)))


@pytest.mark.parametrize(("edited", "stay"), [(REVENUE, {REVENUE, LONELY}), (LONELY, {LONELY})])
def test_an_orphan_that_somebody_has_edited_during_the_run_is_kept_as_it_is(world, monkeypatch, edited, stay):
    made = world.plan(prune=True)
    mine = {"slice_name": "Mine"} if edited == REVENUE else {"description": "mine"}
    during_the_import(world, monkeypatch, lambda: world.prod.document(edited).update(mine))
    result = world.apply(made)
    assert {key for key in (REVENUE, LONELY) if world.prod.id_of(key) is not None} == stay
    assert world.prod.document(edited).items() >= mine.items()
    assert len(result.kept) == len(stay)
    assert result.verified
    name = {REVENUE: "chart “Total Revenue”", LONELY: "dataset “lonely”"}[edited]
    assert f"{name} is kept: somebody has changed it since the plan was made" in result.reasons


def test_an_orphan_that_somebody_has_deleted_during_the_run_is_not_kept(world, monkeypatch):
    made = world.plan(prune=True)
    during_the_import(world, monkeypatch, lambda: world.prod.delete(Kind.CHART, [world.prod.id_of(REVENUE)]))
    result = world.apply(made)
    assert world.prod.id_of(LONELY) is None
    assert result.kept == ()
    assert result.verified


@pytest.mark.parametrize("how", ["used", "edited"])
def test_an_interrupted_run_is_completed_although_an_orphan_came_into_use(world, monkeypatch, how):
    made = world.plan(prune=True)

    def gone(*_args):
        raise Unreachable("gone", environment="prod")

    with monkeypatch.context() as patch:
        patch.setattr(world.prod, "delete", gone)
        with pytest.raises(Unreachable):
            world.apply(made)
    if how == "used":
        position = {"CHART-x": {"id": "CHART-x", "type": "CHART", "meta": {"uuid": REVENUE.uuid, "chartId": 1}}}
        board = {"uuid": OTHER, "dashboard_title": "Board", "position": position, "metadata": {}}
        world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Board", board))
    else:
        world.prod.document(REVENUE)["slice_name"] = "Mine"
    result = world.apply(made, first=unpack(world.ledger.content))
    assert result.verified
    assert {*result.kept} == {"chart “Total Revenue”", "dataset “lonely”"}
    assert world.prod.id_of(REVENUE) is not None
    assert world.prod.id_of(LONELY) is not None


def of_chart(number: int | None) -> dict[str, object]:
    return {"annotationType": "TIME_SERIES", "sourceType": "line", "value": number, "name": "Other"}


def loose(world: World, **params: object) -> None:
    """A chart of the target on no dashboard."""
    number = next(number for number in world.prod.documents[Kind.CHART] if number != world.prod.id_of(REVENUE))
    document = copy.deepcopy(world.prod.documents[Kind.CHART][number])
    document |= {"uuid": OTHER, "slice_name": "Loose", "params": {**document["params"], **params}}
    world.prod.add(Asset(Key(Kind.CHART, OTHER), "Loose", document))


@pytest.mark.parametrize("name", ["annotation_layers", "deck_slices"])
def test_an_orphan_that_a_chart_on_no_dashboard_shows_is_kept(world, name):
    number = world.prod.id_of(REVENUE)
    loose(world, **{name: [of_chart(number)] if name == "annotation_layers" else [number]})
    plan = world.plan(prune=True).plan
    assert actions(plan) == {REVENUE: Action.ORPHAN, LONELY: Action.ORPHAN}
    assert "Loose" in kept(plan)


@pytest.mark.parametrize("carry", [(), (Aspect.ANNOTATIONS,)])
def test_an_orphan_that_a_chart_of_the_plan_shows_is_kept(world, carry):
    for server in (world.dev, world.prod):
        shown = next(each for each in server.documents[Kind.CHART].values() if each["uuid"] != REVENUE.uuid)
        layers = [of_chart(server.id_of(REVENUE))] if server is (world.dev if carry else world.prod) else []
        shown["params"]["annotation_layers"] = layers
    plan = world.plan(prune=True, carry=frozenset(carry)).plan
    assert actions(plan)[REVENUE] is Action.ORPHAN


def test_a_plan_that_deletes_more_than_the_limit_is_refused(world):
    with pytest.raises(PlanUnsafe) as refused:
        world.plan(prune=True, limits=OverwriteLimit(1))
    assert "too_many_changes" in [each.kind for each in refused.value.refusals]
