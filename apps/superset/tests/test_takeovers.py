"""What an import would take over belongs to somebody; a plan that would do it refuses itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import PlanUnsafe
from apps.superset.plan.plan import Action
from apps.superset.tests.world import BIRTHS, SALES, SALES_DATA, WAREHOUSE, World, database_of

OTHER = "99999999-9999-9999-9999-999999999999"
ELSEWHERE = "22222222-2222-2222-2222-222222222222"


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


def refusal(world: World, *names: str, **request: Any) -> tuple[list[str], str]:
    with pytest.raises(PlanUnsafe) as refused:
        world.plan(*names, **request)
    return [reason["kind"] for reason in refused.value.context["reasons"]], str(refused.value)


def add_dataset(world: World, *, uuid: str = OTHER, **fields: Any) -> Key:
    """On prod, the table of the sales dashboard under another UUID."""
    document = {**copy.deepcopy(world.dev.document(SALES_DATA)), "uuid": uuid, "database_uuid": WAREHOUSE, **fields}
    world.prod.add(Asset(Key(Kind.DATASET, uuid), document["table_name"], document))
    return Key(Kind.DATASET, uuid)


def test_the_fake_takes_over_what_the_real_importer_does(world: World) -> None:
    """Without the guard: a dataset without a schema replaces the one that another schema has of that table."""
    add_dataset(world)
    document = {**copy.deepcopy(world.dev.document(SALES_DATA)), "schema": None, "database_uuid": WAREHOUSE}
    world.prod._store(Kind.DATASET, document)
    assert [each["uuid"] for each in world.prod.documents[Kind.DATASET].values()] == [SALES_DATA.uuid]


@pytest.mark.parametrize("missing", ["schema", "catalog"])
def test_a_dataset_that_leaves_its_schema_open_takes_no_other_over(world: World, missing: str) -> None:
    world.dev.document(SALES_DATA)[missing] = None
    add_dataset(world, **{missing: "finance"})
    kinds, text = refusal(world, "1")
    assert kinds == ["dataset_taken"]
    assert "finance" in text


def open_on_prod(world: World, *names: str) -> Key:
    """On prod, a dataset of the same table that leaves these open."""
    world.dev.document(SALES_DATA).update(catalog="main_catalog", schema="sales")
    fields: dict[str, Any] = dict.fromkeys(names)
    return add_dataset(world, **fields)


@pytest.mark.parametrize("names", [("schema",), ("catalog",), ("catalog", "schema")])
def test_a_dataset_that_may_be_on_the_same_table_is_no_silent_second_one(world: World, names: tuple[str, ...]) -> None:
    twin = open_on_prod(world, *names)
    kinds, text = refusal(world, "1")
    assert kinds == ["dataset_twin"]
    assert f"pair {SALES_DATA.uuid} with {twin.uuid}" in text


def test_a_paired_dataset_on_the_same_table_is_overwritten(world: World) -> None:
    twin = open_on_prod(world, "schema")
    world.apply(world.plan("1", pairing={SALES_DATA: twin}))
    assert [each["uuid"] for each in world.prod.documents[Kind.DATASET].values()] == [twin.uuid]
    assert world.prod.document(twin)["schema"] == "sales"


def test_a_second_dataset_of_a_table_is_created_once_acknowledged(world: World) -> None:
    twin = open_on_prod(world, "schema")
    planned = world.plan("1", acknowledged=frozenset({f"twin:{SALES_DATA}"}))
    (warning,) = [note for note in planned.plan.warnings if note.kind == "dataset_twin"]
    assert twin.uuid in warning.text
    world.apply(planned)
    assert world.prod.id_of(SALES_DATA)
    assert not world.plan("1").plan.pending, "it is not asked for again"


def test_a_dataset_without_a_schema_and_one_in_another_catalog_are_not_the_same(world: World) -> None:
    open_on_prod(world, "schema")
    world.dev.document(SALES_DATA)["catalog"] = "another"
    assert world.plan("1").plan.count(Action.CREATE) > 0


def test_a_dataset_of_the_same_name_in_another_schema_is_another(world: World) -> None:
    add_dataset(world, schema="finance")
    assert world.plan("1").plan.count(Action.CREATE) > 0


def test_two_datasets_of_a_plan_cannot_become_the_same_table(world: World) -> None:
    """Two databases of the source that are mapped to one of the target may both have the table."""
    births = next(each for each in world.dev.documents[Kind.DATASET].values() if each["table_name"] == "birth_names")
    second = {**world.dev.documents[Kind.DATABASE][1], "uuid": ELSEWHERE, "database_name": "second"}
    world.dev.documents[Kind.DATABASE][9000] = second
    births.update(database_uuid=ELSEWHERE, table_name=world.dev.document(SALES_DATA)["table_name"])
    kinds, text = refusal(world, mapping={database_of(world.dev): WAREHOUSE, ELSEWHERE: WAREHOUSE})
    assert set(kinds) == {"dataset_taken"}
    assert "this plan also brings" in text


def test_a_dataset_cannot_move_to_another_database(world: World) -> None:
    world.apply(world.plan("1"))
    world.prod.documents[Kind.DATABASE][600] = {"uuid": ELSEWHERE, "database_name": "lake", "backend": "sqlite"}
    kinds, text = refusal(world, "1", mapping={database_of(world.dev): ELSEWHERE})
    assert set(kinds) == {"database_differs"}
    assert "“warehouse”" in text
    assert "“lake”" in text


def test_two_assets_cannot_be_paired_with_one(world: World) -> None:
    theirs = add_dataset(world)
    births = next(key for key in world.plan("births").desired.assets if key.kind is Kind.DATASET)
    kinds, _ = refusal(world, pairing={SALES_DATA: theirs, births: theirs})
    assert "paired_twice" in kinds


def add_draft(world: World) -> Key:
    """A dashboard of prod with the slug of one in dev, which our account does not see."""
    document = {"uuid": OTHER, "dashboard_title": "Draft", "slug": "births", "position": {}, "metadata": {}}
    world.prod.add(Asset(Key(Kind.DASHBOARD, OTHER), "Draft", document))
    world.prod.hidden.add(Key(Kind.DASHBOARD, OTHER))
    return Key(Kind.DASHBOARD, OTHER)


def test_who_cannot_see_all_drafts_creates_no_slug(world: World) -> None:
    add_draft(world)
    world.prod.admin = False
    kinds, _ = refusal(world, "births")
    assert kinds == ["slug_unknown"]


def test_who_cannot_see_all_drafts_may_still_update_and_create_without_a_slug(world: World) -> None:
    world.apply(world.plan("births"))
    world.prod.admin = False
    world.dev.document(SALES)["slug"] = None
    world.dev.document(BIRTHS)["css"] = "a {}"
    assert world.plan().plan.pending


class TestWhatTheAccountCannotSee:
    """For an account that is no administrator."""

    @pytest.fixture
    def world(self) -> World:
        world = World(SALES)
        world.dev.document(SALES)["slug"] = None
        world.prod.admin = False
        return world

    def hide(self, world: World) -> None:
        """Somebody else's draft with the UUID of the dashboard that is to come."""
        world.prod.add(Asset(SALES, "", {**world.dev.document(SALES), "dashboard_title": "Draft", "position": {}}))
        world.prod.owners[SALES] = [9]
        world.prod.hidden.add(SALES)

    def test_a_draft_of_somebody_else_with_the_same_uuid_refuses_the_plan(self, world: World) -> None:
        self.hide(world)
        with pytest.raises(PlanUnsafe, match="which a dashboard of somebody else has on the target"):
            world.plan()

    def test_a_draft_created_after_the_plan_refuses_the_apply_before_anything_is_written(self, world: World) -> None:
        planned = world.plan()
        self.hide(world)
        with pytest.raises(PlanUnsafe, match="a dashboard of somebody else"):
            world.apply(planned)
        assert world.prod.writes == []

    def test_a_dashboard_without_a_hidden_twin_is_created(self, world: World) -> None:
        world.apply(world.plan())
        assert world.prod.id_of(SALES)

    def test_without_access_to_all_data_no_dataset_is_created(self, world: World) -> None:
        world.prod.sees_all_data = False
        with pytest.raises(PlanUnsafe, match="somebody else's dataset on the same table would be overwritten"):
            world.plan()
