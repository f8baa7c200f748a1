"""Undoing a migration below later ones that set, or rely on, the same beside the documents."""

from __future__ import annotations

import copy
import json

import pytest
from django.utils.translation import override

from apps.core.errors import Conflict
from apps.migrations.models import Run
from apps.migrations.review.outcome import kept_lines, outcome
from apps.migrations.services.execution import explain_rollback
from apps.migrations.services.planning import stored_plan
from apps.migrations.services.undo_preview import preview_rollback
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import BIRTHS
from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import UndoBlocked
from apps.superset.execution.result import Result
from apps.superset.execution.stages import Choice
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Aspect
from apps.superset.selection import Selection
from apps.superset.tests.test_carry_annotations import native, number

pytestmark = pytest.mark.usefixtures("transactional_db")

BOB, EVE, ADMIN, GAMMA = 8, 9, 1, 2
BOARD = Key(Kind.DASHBOARD, "77777777-7777-4777-8777-777777777777")
CHART = Key(Kind.CHART, "66666666-6666-4666-8666-666666666666")
DATA = Key(Kind.DATASET, "55555555-5555-4555-8555-555555555555")


@pytest.fixture
def staffed(stage):
    """The content is on prod; people and a role are on both sides, under other numbers."""
    stage.apply(stage.plan())
    for server, offset in ((stage.dev, 0), (stage.prod, 100)):
        server.role_names = {offset + ADMIN: "Admin", offset + GAMMA: "Gamma"}
        server.user(1, "robot", offset + ADMIN)
        server.user(offset + BOB, "bob", offset + GAMMA)
        server.user(offset + EVE, "eve", offset + GAMMA)
    return stage


def owned_by(stage, number):
    stage.dev.owners[BIRTHS] = [number]
    migration = stage.plan(carry=[Aspect.OWNERS])
    stage.apply(migration)
    return migration


def test_owners_that_a_later_migration_has_set_stay(staffed):
    first, later = owned_by(staffed, BOB), owned_by(staffed, EVE)
    with pytest.raises(UndoBlocked, match=f"dashboard “.*” was changed by migration {later.pk}"):
        staffed.rollback(first)
    with pytest.raises(Conflict, match=f"Roll back {later.pk} first"):
        staffed.rollback(first, choice=Choice.KEEP_CHANGED)
    assert staffed.prod.owners[BIRTHS] == [100 + EVE]
    staffed.rollback(later)
    assert staffed.prod.owners[BIRTHS] == [100 + BOB]
    staffed.rollback(first)
    assert staffed.prod.owners[BIRTHS] == [1]


def test_a_dry_run_says_what_the_undo_leaves_as_it_was_found(staffed):
    staffed.dev.owners[BIRTHS] = [BOB]
    staffed.rename_in_dev("Births, new")
    migration = staffed.plan(carry=[Aspect.OWNERS])
    staffed.prod.owners[BIRTHS] = [100 + BOB]
    staffed.apply(migration)
    [kept, *_] = explain_rollback(migration=migration).stages
    assert kept.startswith("keep dashboard “")
    assert kept.endswith("” (Owners): as planned before the run")
    staffed.rollback(migration)
    assert staffed.prod.owners[BIRTHS] == [100 + BOB]


def test_why_an_orphan_was_kept_is_read_in_the_language_of_the_reader():
    why = Message("line.kept", asset="chart “A”", why=Message("refusal.orphan_changed"))
    run = Run(result=json.loads(json.dumps(Result(kept=("chart “A”",), reasons=(why.line(),)).to_json())))
    assert kept_lines(run) == ["chart “A” is kept: somebody has changed it since the plan was made"]
    with override("ru"):
        assert kept_lines(run) == ["chart “A” сохраняется: после составления плана его кто-то изменил"]


def test_a_later_migration_that_only_tags_a_dashboard_holds_it(staffed):
    first = owned_by(staffed, BOB)
    staffed.dev.tags, staffed.dev.tagged[BIRTHS] = {5: "quarterly"}, [5]
    later = staffed.plan(carry=[Aspect.TAGS])
    staffed.apply(later)
    with pytest.raises(UndoBlocked, match=f"migration {later.pk}"):
        staffed.rollback(first)
    assert staffed.prod.owners[BIRTHS] == [100 + BOB]


@pytest.fixture
def ruled(staffed):
    """Two dashboards with a dataset each, on both sides; both datasets have one rule on dev, one of them on prod."""
    dataset, chart = (
        copy.deepcopy(next(iter(staffed.dev.documents[kind].values()))) for kind in (Kind.DATASET, Kind.CHART)
    )
    dataset |= {"uuid": DATA.uuid, "table_name": "other"}
    chart |= {"uuid": CHART.uuid, "slice_name": "Other", "dataset_uuid": DATA.uuid, "query_context": None}
    tile = {"id": "CHART-x", "type": "CHART", "meta": {"uuid": CHART.uuid, "chartId": 1}, "parents": ["GRID_ID"]}
    position = {"GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": ["CHART-x"]}, "CHART-x": tile}
    board = {"uuid": BOARD.uuid, "dashboard_title": "Board", "slug": None, "position": position, "metadata": {}}
    board = {**copy.deepcopy(staffed.dev.document(BIRTHS)), **board}
    for key, name, document in ((DATA, "other", dataset), (CHART, "Other", chart), (BOARD, "Board", board)):
        number = staffed.dev.add(Asset(key, name, document))
    staffed.apply(staffed.plan(selection=Selection((str(number),))))
    rule = {"name": "EU", "filter_type": "Regular", "group_key": "", "description": ""}
    for server, offset in ((staffed.dev, 0), (staffed.prod, 100)):
        roles = [{"id": offset + GAMMA, "name": "Gamma"}]
        kinds = [each for each in server.documents[Kind.DATASET] if server is staffed.dev or _is_other(server, each)]
        tables, clause = [{"id": each} for each in kinds], f"{offset} = {offset}"
        server.rules.append({**rule, "id": offset + 3, "clause": clause, "tables": tables, "roles": roles})
    staffed.board = Selection((str(number),))
    return staffed


def _is_other(server, number):
    return server.documents[Kind.DATASET][number]["uuid"] == DATA.uuid


@pytest.mark.parametrize("renamed", [False, True])
def test_a_rule_that_a_later_migration_relies_on_stays(ruled, renamed):
    if renamed:
        ruled.rename_in_dev("Births, new")
    first = ruled.plan(carry=[Aspect.RULES])
    ruled.apply(first)
    assert ruled.prod.rules[0]["clause"] == "0 = 0"
    ruled.dev.document(BOARD)["dashboard_title"] = "Board, new"
    later = ruled.plan(carry=[Aspect.RULES], selection=ruled.board)
    ruled.apply(later)
    with pytest.raises(UndoBlocked, match=f"rule “EU” is part of migration {later.pk}") as refused:
        ruled.rollback(first)
    assert refused.value.context["rest"] is renamed
    assert refused.value.next_step == f"Roll back {later.pk} first."
    cautions = preview_rollback(user=ruled.author, migration=first).cautions
    assert f"rule “EU” is part of migration {later.pk}." in cautions
    if renamed:
        [kept, *_] = explain_rollback(migration=first, choice=Choice.KEEP_CHANGED).stages
        assert kept == f"keep rule “EU”: part of migration {later.pk}"
        with override("ru"):
            [kept, *_] = explain_rollback(migration=first, choice=Choice.KEEP_CHANGED).stages
        assert kept == f"сохранить: правило “EU” — входит в миграцию {later.pk}"
        run = ruled.rollback(first, choice=Choice.KEEP_CHANGED)
        assert [each for each in run.result["kept"] if "rule “EU”" in each]
        shown = outcome(first, run, stored_plan(first), {"allowed": False, "reason": ""})
        assert shown["kept"] == list(run.result["kept"])
        assert ruled.prod.document(BIRTHS)["dashboard_title"] != "Births, new"
        assert status_of(first) is Status.ROLLED_BACK
    else:
        with pytest.raises(Conflict, match=f"Roll back {later.pk} first"):
            ruled.rollback(first, choice=Choice.KEEP_CHANGED)
    assert ruled.prod.rules[0]["clause"] == "0 = 0"


def test_the_undo_of_the_later_one_frees_the_rule(ruled):
    first = ruled.plan(carry=[Aspect.RULES])
    ruled.apply(first)
    ruled.dev.document(BOARD)["dashboard_title"] = "Board, new"
    later = ruled.plan(carry=[Aspect.RULES], selection=ruled.board)
    ruled.apply(later)
    ruled.rollback(later)
    ruled.rollback(first)
    assert ruled.prod.rules[0]["clause"] == "100 = 100"


def test_a_rule_that_a_later_migration_relies_on_is_taken_back_by_force(ruled):
    first = ruled.plan(carry=[Aspect.RULES])
    ruled.apply(first)
    ruled.dev.document(BOARD)["dashboard_title"] = "Board, new"
    ruled.apply(ruled.plan(carry=[Aspect.RULES], selection=ruled.board))
    ruled.rollback(first, choice=Choice.FORCE, reason="it has to go")
    assert ruled.prod.rules[0]["clause"] == "100 = 100"


@pytest.mark.parametrize("choice", [Choice.REFUSE, Choice.KEEP_CHANGED])
def test_a_later_migration_of_another_chart_that_shows_the_same_layer_holds_nothing(ruled, choice):
    for server in (ruled.dev, ruled.prod):
        server.rules.clear()
        server.annotations.add("Releases", "v1")
    layers = [native(number(ruled.dev, "Releases"))]
    charts = (Key(Kind.CHART, each["uuid"]) for each in ruled.dev.documents[Kind.CHART].values())
    own = next(key for key in charts if key != CHART)
    before = copy.deepcopy(ruled.prod.document(own))
    ruled.dev.document(own)["params"]["annotation_layers"] = layers
    ruled.dev.document(own)["slice_name"] = "New name"
    first = ruled.plan(carry=[Aspect.ANNOTATIONS])
    ruled.apply(first)
    ruled.dev.document(CHART)["params"]["annotation_layers"] = layers
    ruled.apply(ruled.plan(carry=[Aspect.ANNOTATIONS], selection=ruled.board))
    assert not ruled.rollback(first, choice=choice).result["kept"]
    now = ruled.prod.document(own)
    assert now["slice_name"] == before["slice_name"]
    assert now["params"].get("annotation_layers", []) == before["params"].get("annotation_layers", [])
    assert ruled.prod.document(CHART)["params"]["annotation_layers"]


def test_a_layer_that_a_later_migration_shows_stays(ruled):
    """The first migration has created it."""
    for server in (ruled.dev, ruled.prod):
        server.rules.clear()
    layers = [native(ruled.dev.annotations.add("Releases", "v1"))]
    charts = (Key(Kind.CHART, each["uuid"]) for each in ruled.dev.documents[Kind.CHART].values())
    ruled.dev.document(next(key for key in charts if key != CHART))["params"]["annotation_layers"] = layers
    first = ruled.plan(carry=[Aspect.ANNOTATIONS])
    ruled.apply(first)
    ruled.dev.document(CHART)["params"]["annotation_layers"] = layers
    later = ruled.plan(carry=[Aspect.ANNOTATIONS], selection=ruled.board)
    ruled.apply(later)
    with pytest.raises(UndoBlocked, match=f"layer “Releases” is part of migration {later.pk}"):
        ruled.rollback(first)
    assert ruled.prod.annotations.shorts("Releases") == ["v1"]
