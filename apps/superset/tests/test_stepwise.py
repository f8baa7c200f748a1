"""Targets without a sparse assets/import: datasets, charts and dashboards go one after another."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.errors import PlanStale, PlanUnsafe, ServerFault
from apps.superset.execution.stages import sends
from apps.superset.plan.plan import Action
from apps.superset.protocol import Act, Outcome
from apps.superset.releases.base import Endpoint, Release
from apps.superset.releases.supported import release_of
from apps.superset.tests.builders import a_chart, a_dashboard, a_layout
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, WAREHOUSE, Kept, World
from apps.superset.validation.schemas import importer_schemas

STEPS = [Endpoint.DATASETS, Endpoint.CHARTS, Endpoint.DASHBOARDS]


class Stepwise(FakeSuperset):
    """5.0, which keeps the bundles that it was sent."""

    sent: list[tuple[Endpoint, bytes]]

    def release(self) -> Release:
        return release_of("5.0.0")

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        self.__dict__.setdefault("sent", []).append((endpoint, bundle))
        super().import_bundle(endpoint, bundle)


class FailingCharts(Stepwise):
    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        if endpoint is Endpoint.CHARTS:
            raise ServerFault("the server fell over", environment="prod")
        super().import_bundle(endpoint, bundle)


class FailingDashboards(Stepwise):
    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        if endpoint is Endpoint.DASHBOARDS:
            raise ServerFault("the server fell over", environment="prod")
        super().import_bundle(endpoint, bundle)


@pytest.fixture
def world() -> World:
    world = World(SALES, BIRTHS)
    world.prod.__class__ = Stepwise
    for dataset in world.dev.documents[Kind.DATASET].values():
        only_known(dataset, "dataset")
    return world


def only_known(document: dict[str, Any], schema: str) -> None:
    """Without what 5.0 does not have."""
    known = importer_schemas("5.0")["schemas"][schema]["fields"]
    for name in set(document) - set(known):
        del document[name]
    for rows, inner in (("columns", "column"), ("metrics", "metric")):
        for row in document.get(rows, ()):
            only_known(row, inner)


@pytest.fixture
def migrated(world: World) -> World:
    world.apply(world.plan())
    world.prod.writes.clear()
    world.ledger = Kept()
    return world


def state(server: FakeSuperset) -> Any:
    return copy.deepcopy((server.documents, {key: sorted(charts) for key, charts in server.members.items()}))


def first_chart_of(server: FakeSuperset, dashboard: Key) -> tuple[str, Key]:
    """A node of the layout, and its chart."""
    position = server.document(dashboard)["position"]
    name = next(name for name, node in position.items() if isinstance(node, dict) and node.get("type") == "CHART")
    return name, Key(Kind.CHART, position[name]["meta"]["uuid"])


def take_off_layout(server: FakeSuperset, dashboard: Key) -> Key:
    """A person removes a chart from a dashboard."""
    name, chart = first_chart_of(server, dashboard)
    position = server.document(dashboard)["position"]
    del position[name]
    for node in position.values():
        if isinstance(node, dict) and name in node.get("children", ()):
            node["children"].remove(name)
    number, own = server.id_of(dashboard), server.id_of(chart)
    assert number
    assert own
    server.members[number].remove(own)
    return chart


def test_datasets_go_before_charts_before_dashboards_and_nothing_is_left_to_do(world: World) -> None:
    planned = world.plan()
    world.apply(planned)
    imports = [write for write in world.prod.writes if write.endswith("import")]
    assert imports == [*STEPS, Endpoint.CHARTS]  # the last one with the charts' own numbers
    again = world.plan()
    assert not again.plan.pending
    assert again.plan.count(Action.UNCHANGED) == len(planned.plan.changes)


def test_connections_are_named_with_the_fields_that_every_release_takes(world: World) -> None:
    world.apply(world.plan())
    assert isinstance(world.prod, Stepwise)
    for _, bundle in world.prod.sent:
        (database,) = read_bundle(bundle).of_kind(Kind.DATABASE)
        assert database.uuid == WAREHOUSE
        assert set(database.document) == set(world.prod.profile.connection_fields)


def test_what_accompanies_an_import_cannot_be_created_from_its_file(world: World) -> None:
    world.apply(world.plan())
    assert isinstance(world.prod, Stepwise)
    for endpoint, bundle in world.prod.sent:
        kind = list(Kind)[STEPS.index(endpoint) + 1]
        others = [asset for asset in read_bundle(bundle) if asset.kind not in (kind, Kind.DATABASE)]
        assert all(asset.document["cache_timeout"] > 2**31 for asset in others)


def test_numbers_of_cross_filters_are_the_target_s_own(world: World) -> None:
    chart = world.dev.id_of(REVENUE)
    world.dev.document(SALES)["metadata"]["chart_configuration"] = {
        str(chart): {"id": chart, "crossFilters": {"scope": {"rootPath": ["ROOT_ID"], "excluded": [chart]}}}
    }
    world.apply(world.plan())
    own = world.prod.id_of(REVENUE)
    assert world.prod.document(SALES)["metadata"]["chart_configuration"] == {
        str(own): {"id": own, "crossFilters": {"scope": {"rootPath": ["ROOT_ID"], "excluded": [own]}}}
    }


def test_a_chart_that_leaves_a_layout_is_unlinked_and_an_undo_links_it_again(migrated: World) -> None:
    before = state(migrated.prod)
    chart = take_off_layout(migrated.dev, SALES)
    number, own = migrated.prod.id_of(SALES), migrated.prod.id_of(chart)
    assert number
    assert own
    planned = migrated.plan()
    migrated.apply(planned)
    assert own not in migrated.prod.members[number]
    assert [act for act in migrated.ledger.acts if act is not Act.REPAIR][:2] == [Act.UNLINK, Act.IMPORT]
    assert not migrated.plan().plan.pending
    migrated.roll_back(planned)
    assert state(migrated.prod) == before


def test_a_chart_that_the_account_may_not_unlink_is_named_before_anything_is_written(migrated: World) -> None:
    chart = take_off_layout(migrated.dev, SALES)
    planned = migrated.plan()
    migrated.prod.owners[chart] = [9]
    migrated.prod.admin = False
    with pytest.raises(PlanUnsafe, match=migrated.prod.document(chart)["slice_name"]):
        migrated.apply(planned)
    assert migrated.prod.writes == []


def test_other_dashboards_keep_a_chart_that_one_loses(migrated: World) -> None:
    _, chart = first_chart_of(migrated.prod, SALES)
    other, own = migrated.prod.id_of(BIRTHS), migrated.prod.id_of(chart)
    assert other
    assert own
    migrated.prod.members[other].append(own)
    take_off_layout(migrated.dev, SALES)
    migrated.apply(migrated.plan("1"))
    assert own in migrated.prod.members[other]


def test_a_run_that_stops_after_unlinking_is_undone_and_completed(migrated: World) -> None:
    before = state(migrated.prod)
    take_off_layout(migrated.dev, SALES)
    planned = migrated.plan()
    migrated.prod.__class__ = FailingDashboards
    with pytest.raises(ServerFault):
        migrated.apply(planned)
    assert state(migrated.prod) != before
    assert migrated.ledger.keys_with(Outcome.WRITTEN) == {SALES}
    migrated.prod.__class__ = Stepwise
    migrated.roll_back(planned)
    assert state(migrated.prod) == before
    migrated.apply(planned)
    assert not migrated.plan().plan.pending


@pytest.mark.parametrize("way", ["on", "back"])
def test_a_failure_between_the_steps_leaves_what_the_ledger_says(world: World, way: str) -> None:
    before = state(world.prod)
    planned = world.plan()
    world.prod.__class__ = FailingCharts
    with pytest.raises(ServerFault) as failed:
        world.apply(planned)
    datasets = {change.key for change in planned.plan.changes if change.key.kind is Kind.DATASET}
    assert world.ledger.keys_with(Outcome.WRITTEN) == datasets
    assert {Key.parse(key) for key in failed.value.context["written"]} == datasets
    assert all(world.prod.id_of(key) for key in datasets)
    world.prod.__class__ = Stepwise
    if way == "back":
        world.roll_back(planned)
        assert state(world.prod) == before
    else:
        world.apply(planned)
        assert not world.plan().plan.pending


class Sparse60(FakeSuperset):
    def release(self) -> Release:
        return release_of("6.0.0")


def test_a_dashboard_that_loses_all_charts_on_6_0_is_emptied_and_refilled() -> None:
    """It goes through dashboard/import there, which leaves charts linked."""
    world = World(SALES)
    world.prod.__class__ = Sparse60
    for dataset in world.dev.documents[Kind.DATASET].values():
        only_known(dataset, "dataset")
    world.apply(world.plan())
    before = state(world.prod)
    world.ledger = Kept()
    while any(isinstance(n, dict) and n["type"] == "CHART" for n in world.dev.document(SALES)["position"].values()):
        take_off_layout(world.dev, SALES)
    planned = world.plan()
    world.apply(planned)
    number = world.prod.id_of(SALES)
    assert number
    assert world.prod.members[number] == []
    assert not world.plan().plan.pending
    world.roll_back(planned)
    assert state(world.prod) == before


def test_many_assets_go_in_lots_with_what_they_stand_on() -> None:
    charts = [a_chart(f"chart {number}", number) for number in range(100, 130)]
    boards = [
        a_dashboard(f"board {number}", number, position=a_layout(*(chart.uuid for chart in charts[:20])))
        for number in range(200, 203)
    ]
    apart = a_dashboard("apart", 300, position=a_layout(*(chart.uuid for chart in charts[20:])))
    release = replace(release_of("5.0.0"), import_batch=25)
    found = list(sends([*boards, *charts, apart], release))
    assert [step.endpoint for step in found] == [Endpoint.CHARTS] * 2 + [Endpoint.DASHBOARDS] * 2
    assert [len(step.keys) for step in found] == [24, 6, 3, 1]


def test_an_undo_writes_every_field_back_also_those_that_were_empty(migrated: World) -> None:
    migrated.prod.document(REVENUE).update(description=None, certified_by=None)
    migrated.prod.document(SALES_DATA).update(fetch_values_predicate=None)
    before = state(migrated.prod)
    migrated.dev.document(REVENUE).update(description="new", certified_by="somebody")
    migrated.dev.document(SALES_DATA).update(fetch_values_predicate="1 = 1")
    planned = migrated.plan()
    migrated.apply(planned)
    assert migrated.prod.document(REVENUE)["description"] == "new"
    migrated.roll_back(planned)
    assert state(migrated.prod) == before


def test_a_field_that_the_source_does_not_have_is_emptied(migrated: World) -> None:
    migrated.prod.document(REVENUE)["description"] = "only here"
    del migrated.dev.document(REVENUE)["description"]
    migrated.apply(migrated.plan())
    assert not migrated.prod.document(REVENUE)["description"]


def test_a_dashboard_is_not_sent_without_its_charts(migrated: World) -> None:
    migrated.dev.document(SALES)["css"] = "b {}"
    planned = migrated.plan()
    _, chart = first_chart_of(migrated.prod, SALES)
    own = migrated.prod.id_of(chart)
    assert own
    migrated.prod.delete(Kind.CHART, [own])
    migrated.prod.writes.clear()
    with pytest.raises(PlanStale):
        migrated.apply(planned)
    assert migrated.prod.writes == []
