"""What a plan says, and when it refuses itself."""

from __future__ import annotations

import copy

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.diff.tree import Tree
from apps.superset.errors import NotFound, PlanUnsafe
from apps.superset.plan.plan import Action, Plan
from apps.superset.planning.refusals import OverwriteLimit
from apps.superset.references.reference import is_chart
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, WAREHOUSE, World, database_of

OTHER = "99999999-9999-9999-9999-999999999999"


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


def reasons(refused: pytest.ExceptionInfo[PlanUnsafe]) -> list[str]:
    return [reason["kind"] for reason in refused.value.context["reasons"]]


def test_everything_is_created_in_an_empty_target() -> None:
    plan = World().plan().plan
    assert {change.action for change in plan.changes} == {Action.CREATE}
    kinds = [change.key.kind for change in plan.changes]
    assert (kinds.count(Kind.DASHBOARD), kinds.count(Kind.CHART), kinds.count(Kind.DATASET)) == (9, 102, 20)
    assert [(each.source_name, each.target_name) for each in plan.databases] == [("examples", "warehouse")]


def test_planning_writes_nothing(world: World) -> None:
    world.plan()
    assert world.dev.writes == world.prod.writes == []


def test_a_dashboard_may_be_named_by_id_uuid_or_slug_and_counts_once(world: World) -> None:
    plan = world.plan("1", SALES.uuid, "births").plan
    titles = [change.name for change in plan.changes if change.key.kind is Kind.DASHBOARD]
    assert sorted(titles) == ["Sales Dashboard", "USA Births Names"]


def test_every_unknown_dashboard_is_named(world: World) -> None:
    with pytest.raises(NotFound, match="“nothere”, “12345”"):
        world.plan("nothere", "1", "12345")


def test_the_same_content_has_the_same_checksum(world: World) -> None:
    first, second = world.plan("births"), world.plan("births")
    assert first.plan.checksum == second.plan.checksum
    assert first.bundle == second.bundle


def test_a_plan_survives_json(world: World) -> None:
    world.apply(world.plan())
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    plan = world.plan().plan
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.to_json()).checksum == plan.checksum


class TestOneServerUnderTwoAddresses:
    @pytest.fixture
    def world(self) -> World:
        world = World(SALES, BIRTHS)
        world.prod = copy.deepcopy(world.dev)
        world.prod.environment = "prod"
        return world

    def test_one_server_under_two_addresses_is_refused(self, world: World) -> None:
        with pytest.raises(PlanUnsafe, match="they are one Superset under two addresses") as refused:
            world.plan(mapping={})
        assert reasons(refused) == ["same_server"]

    def test_a_changed_copy_counts_as_another_server(self, world: World) -> None:
        world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
        world.dev.touch(REVENUE)
        assert world.plan(mapping={}).plan.count(Action.UPDATE) == 1


def test_a_database_must_be_mapped(world: World) -> None:
    with pytest.raises(PlanUnsafe, match="“examples” is not mapped") as refused:
        world.plan("1", mapping={})
    assert reasons(refused) == ["database_unmapped"]
    (reason,) = refused.value.context["reasons"]
    assert "no name is similar enough" in str(refused.value)
    assert (reason["suggested"], [each["name"] for each in reason["candidates"]]) == ("", ["warehouse"])


def test_a_connection_of_the_same_name_is_not_taken_over(world: World) -> None:
    world.prod.documents[Kind.DATABASE][501] = {"uuid": OTHER, "database_name": "examples", "backend": "sqlite"}
    with pytest.raises(PlanUnsafe, match="take over") as refused:
        world.plan("1", mapping={})
    assert reasons(refused) == ["database_takeover"]
    (reason,) = refused.value.context["reasons"]
    assert reason["suggested"] == OTHER


def test_a_database_cannot_be_mapped_to_one_that_is_not_there(world: World) -> None:
    with pytest.raises(PlanUnsafe) as refused:
        world.plan("1", mapping={database_of(world.dev): OTHER})
    assert reasons(refused) == ["mapping_target_missing"]


def test_a_slug_of_another_dashboard_is_not_taken_over(world: World) -> None:
    document = {"uuid": OTHER, "dashboard_title": "Ours", "slug": "births", "position": {}, "metadata": {}}
    world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Ours", document))
    with pytest.raises(PlanUnsafe, match="“Ours”") as refused:
        world.plan("births")
    assert reasons(refused) == ["slug_taken"]


def other_dataset(world: World) -> Key:
    """The same table as in dev, made on prod by somebody under another UUID."""
    document = {**copy.deepcopy(world.dev.document(SALES_DATA)), "uuid": OTHER, "database_uuid": WAREHOUSE}
    world.prod.add(Asset(Key(Kind.DATASET, OTHER), "cleaned_sales_data", document))
    return Key(Kind.DATASET, OTHER)


def test_a_dataset_of_the_same_table_is_not_taken_over(world: World) -> None:
    other_dataset(world)
    with pytest.raises(PlanUnsafe, match=OTHER) as refused:
        world.plan("1")
    assert reasons(refused) == ["dataset_taken"]


def test_a_confirmed_pairing_takes_over_the_dataset_of_the_same_table(world: World) -> None:
    theirs = other_dataset(world)
    planned = world.plan("1", pairing={SALES_DATA: theirs})
    assert planned.plan.count(Action.UNCHANGED) == 1
    assert {asset.document["dataset_uuid"] for asset in planned.desired.of_kind(Kind.CHART)} == {OTHER}


def test_a_chart_whose_dataset_was_deleted_is_named(world: World) -> None:
    del world.dev.document(REVENUE)["dataset_uuid"]
    with pytest.raises(PlanUnsafe, match="Total Revenue") as refused:
        world.plan("1")
    assert reasons(refused) == ["dangling_reference"]


def test_a_deleted_chart_in_the_layout_is_named_with_its_place_and_number(world: World) -> None:
    position = world.dev.document(SALES)["position"]
    name, node = next((name, node) for name, node in position.items() if is_chart(node))
    node["meta"] = {"chartId": 98765, "sliceName": "Old name", "sliceNameOverride": "Gone Revenue"}
    with pytest.raises(PlanUnsafe) as refused:
        world.plan("1")
    assert reasons(refused) == ["dangling_reference"]
    place = Tree(position).place(name)["place"]
    assert "row" in place
    assert (
        f"dashboard “Sales Dashboard” lays out charts that do not exist: “Gone Revenue” (chart 98765; {place})"
        in str(refused.value)
    )


def test_of_many_deleted_charts_the_first_are_named(world: World) -> None:
    nodes = [node for node in world.dev.document(SALES)["position"].values() if is_chart(node)]
    for number, node in enumerate(nodes):
        node["meta"] = {"chartId": 98000 + number}
    with pytest.raises(PlanUnsafe, match=rf"do not exist: .*98004.* and {len(nodes) - 5} more"):
        world.plan("1")


def test_what_the_importer_would_refuse_is_named_beforehand(world: World) -> None:
    world.dev.document(SALES_DATA)["columns"][0]["groupby"] = "yes"
    with pytest.raises(PlanUnsafe, match=r"cleaned_sales_data.*\.groupby \(column “order_date”\)") as refused:
        world.plan("1")
    assert reasons(refused) == ["not_importable"]


def test_all_reasons_are_reported_at_once(world: World) -> None:
    del world.dev.document(REVENUE)["dataset_uuid"]
    with pytest.raises(PlanUnsafe) as refused:
        world.plan("1", mapping={})
    assert reasons(refused) == ["dangling_reference", "database_unmapped"]


def test_overwriting_much_takes_an_explicit_word(world: World) -> None:
    world.apply(world.plan("1"))
    for key in (REVENUE, SALES_DATA):
        world.dev.document(key)["description"] = "changed"
    with pytest.raises(PlanUnsafe) as refused:
        world.plan("1", limits=OverwriteLimit(overwritten=1))
    assert reasons(refused) == ["too_many_changes"]
    assert world.plan("1", limits=OverwriteLimit(overwritten=2)).plan.count(Action.UPDATE) == 2


def test_the_dashboards_that_share_an_asset_are_named(world: World) -> None:
    world.apply(world.plan())
    position = {"CHART-x": {"type": "CHART", "meta": {"uuid": REVENUE.uuid, "chartId": world.prod.id_of(REVENUE)}}}
    document = {"uuid": OTHER, "dashboard_title": "Board of prod", "position": position, "metadata": {}}
    world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Board of prod", document))
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    (change,) = world.plan("1").plan.with_action(Action.UPDATE)
    assert (change.key, change.used_by) == (REVENUE, ("Board of prod",))


def test_a_chart_that_left_its_dashboard_is_an_orphan_on_the_target(world: World) -> None:
    world.apply(world.plan("1"))
    position = world.dev.document(SALES)["position"]
    del position[next(name for name, node in position.items() if REVENUE.uuid in str(node))]
    world.dev._link(1)
    (orphan,) = world.plan("1").plan.with_action(Action.ORPHAN)
    assert orphan.key == REVENUE


def test_what_does_not_travel_is_listed(world: World) -> None:
    world.dev.rows[SALES] = {"owners": [{"id": 1}], "roles": [{"name": "Finance"}], "tags": [{"name": "gold"}]}
    world.dev.rules = [{"id": 1, "name": "own region", "tables": [{"id": world.dev.id_of(SALES_DATA)}]}]
    world.dev.document(SALES)["published"] = False
    world.dev.document(SALES)["theme_uuid"] = OTHER
    world.dev.document(REVENUE)["params"]["annotation_layers"] = [{"annotationType": "EVENT", "value": 3}]
    acknowledged = frozenset({f"row-level-security:{SALES_DATA}"})
    losses = {note.kind: note.assets for note in world.plan("1", acknowledged=acknowledged).plan.losses}
    assert set(losses) == {"owners", "roles", "row_level_security", "tags", "themes", "annotations"}
    assert losses["row_level_security"] == ("own region",)
    assert losses["annotations"] == ("chart “Total Revenue”",)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("see /superset/dashboard/987654/", "link_numbers"),
        ("see https://dev.example/superset/dashboard/5/", "link_numbers"),
        ("see http://10.0.0.7:8088/explore/?slice_id=7", "link_numbers"),
        ("see https://dev.example/superset/dashboard/p/abcDEF12345/", "link_keys"),
    ],
)
def test_links_are_warned_of_under_whatever_name_of_the_host(world: World, text: str, warning: str) -> None:
    world.dev.document(REVENUE)["description"] = text
    assert warning in {note.kind for note in world.plan("1").plan.warnings}


def test_an_asset_that_is_listed_but_never_exported_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = world.dev.export

    def without_the_dataset(kind: Kind, ids: list[int]) -> bytes:
        bundle = read_bundle(whole(kind, ids))
        return write_bundle([asset for asset in bundle if asset.key != SALES_DATA])

    monkeypatch.setattr(world.dev, "export", without_the_dataset)
    with pytest.raises(PlanUnsafe) as refused:
        world.plan("1")
    assert set(reasons(refused)) == {"unreadable"}
    assert "the export omits it" in str(refused.value)


class TestTextThatNoDatabaseTakes:
    """NUL and half a surrogate pair: what holds them is not sent, and keeps nothing else from being sent."""

    def test_a_dashboard_with_text_that_no_database_takes_is_refused_by_name(self, world: World) -> None:
        world.dev.document(SALES)["dashboard_title"] = "Sales\0"
        with pytest.raises(
            PlanUnsafe, match=r"dashboard “Sales\\x00” of the source contains .* in dashboard_title"
        ) as refused:
            world.plan()
        assert reasons(refused) == ["not_sendable"]

    @pytest.mark.parametrize("text", ["a\0", "a\ud800"])
    def test_text_that_no_database_takes_deep_inside_a_chart_is_refused(self, world: World, text: str) -> None:
        world.dev.document(REVENUE)["params"]["subtitle"] = text
        with pytest.raises(PlanUnsafe, match=r"chart “Total Revenue” of the source .* in params.subtitle"):
            world.plan()

    def test_text_that_no_database_takes_in_a_stored_query_is_refused(self, world: World) -> None:
        world.dev.document(REVENUE)["query_context"] = '{"queries": [{"label": "a\\u0000"}]}'
        with pytest.raises(PlanUnsafe, match=r"in query_context.queries.0.label"):
            world.plan()

    def test_what_a_rollback_could_not_bring_back_is_not_overwritten(self, world: World) -> None:
        world.apply(world.plan())
        world.prod.document(REVENUE)["params"]["subtitle"] = "a\0"
        with pytest.raises(PlanUnsafe, match=r"chart “Total Revenue” of the target contains"):
            world.plan()

    def test_dashboards_beside_unstorable_text_are_planned_and_applied(self, world: World) -> None:
        world.dev.document(SALES)["dashboard_title"] = "Sales\0"
        planned = world.plan("births")
        world.apply(planned)
        assert not world.plan("births").plan.pending

    def test_a_literal_backslash_travels_as_it_is(self, world: World) -> None:
        world.dev.document(SALES)["dashboard_title"] = r"Sales\x00 \ud800"
        world.apply(world.plan())
        assert world.prod.document(SALES)["dashboard_title"] == r"Sales\x00 \ud800"

    def test_line_breaks_and_marks_travel_as_they_are_and_are_shown_as_escapes(self, world: World) -> None:
        world.dev.document(SALES)["dashboard_title"] = "Sales\n  + forged\u202e"
        planned = world.plan()
        assert r"Sales\n  + forged\u202e" in [change.name for change in planned.plan.changes]
        world.apply(planned)
        assert world.prod.document(SALES)["dashboard_title"] == "Sales\n  + forged\u202e"
