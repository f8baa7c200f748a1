"""A number in a text that named nothing, and is that of something by the time the target is read."""

from __future__ import annotations

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import UndoBlocked
from apps.superset.plan.plan import Action
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World, recorded


def created_number(kind: Kind) -> int:
    """One that an apply of the sales dashboard hands out on prod."""
    world = World(SALES)
    planned = world.plan("1")
    world.apply(planned)
    return next(number for key in planned.desired.assets if key.kind is kind and (number := world.prod.id_of(key)))


def css(world: World) -> str:
    """Names a chart of the dashboard, and one that the source does not have."""
    here, stale = world.dev.id_of(REVENUE), created_number(Kind.CHART)
    assert stale not in {world.dev.id_of(key) for key in world.plan("1").desired.assets}
    return f".dashboard-chart-id-{here}, .dashboard-chart-id-{stale} {{ color: red }}"


def test_a_number_assigned_by_the_run_itself_does_not_fail_the_run() -> None:
    world = World(SALES)
    world.dev.document(SALES)["css"] = css(world)
    planned = world.plan("1")
    assert "link_numbers" in {note.kind for note in planned.plan.warnings}
    assert world.apply(planned).verified
    assert not world.plan("1").plan.with_action(Action.CREATE, Action.UPDATE)


def test_a_run_with_unplanned_numbers_can_be_undone() -> None:
    world = World(SALES)
    world.dev.document(SALES)["css"] = css(world)
    planned = world.plan("1")
    world.apply(planned)
    world.roll_back(planned)
    assert SALES not in {key for key in planned.desired.assets if world.prod.id_of(key)}


@pytest.mark.parametrize("where", ["css", "description"])
def test_what_was_updated_can_be_undone_when_others_have_created_that_number_since(where: str) -> None:
    world = World(SALES)
    world.apply(world.plan("1"))
    number = world.prod.next_id
    world.dev.document(SALES)[where] = f"/superset/dashboard/{number}/ .dashboard-chart-id-{number} {{}}"
    before = world.prod.document(SALES).get(where)
    planned = world.plan("1")
    world.apply(planned)
    world.prod.next_id = number
    world.prod.add(recorded().assets[BIRTHS])
    assert world.prod.id_of(BIRTHS) == number
    world.roll_back(planned)
    assert world.prod.document(SALES).get(where) == before


def test_metrics_in_another_order_are_as_planned() -> None:
    world = World(SALES)
    number = created_number(Kind.DATASET)
    world.dev.document(SALES_DATA)["description"] = f"as /explore/?datasource_id={number}"
    for each in world.dev.document(SALES_DATA)["metrics"]:
        each["description"] = f"see /explore/?datasource_id={number}"
    assert world.apply(world.plan("1")).verified


def linked(world: World) -> int:
    """Both dashboards are on prod, and a new description of one of them names the other; its number there."""
    world.apply(world.plan())
    world.dev.document(SALES)["description"] = f"/superset/dashboard/{world.dev.id_of(BIRTHS)}/ is new"
    number = world.prod.id_of(BIRTHS)
    assert number
    return number


def test_what_links_to_something_that_is_gone_since_can_be_undone() -> None:
    world = World(SALES, BIRTHS)
    number = linked(world)
    planned = world.plan("1")
    world.apply(planned)
    world.prod.delete(Kind.DASHBOARD, [number])
    world.roll_back(planned)
    assert not world.prod.document(SALES).get("description")


def test_a_link_that_somebody_led_elsewhere_since_is_his_work() -> None:
    world = World(SALES, BIRTHS)
    number = linked(world)
    planned = world.plan("1")
    world.apply(planned)
    world.prod.delete(Kind.DASHBOARD, [number])
    world.prod.document(SALES)["description"] = f"/superset/dashboard/{world.prod.id_of(SALES)}/ is new"
    with pytest.raises(UndoBlocked):
        world.roll_back(planned)


def test_what_an_undo_does_not_bring_back_is_reported() -> None:
    """A number on the target that names nothing is in no snapshot."""
    world = World(SALES)
    world.apply(world.plan("1"))
    world.prod.document(REVENUE)["params"]["deck_slices"] = [98765]
    world.dev.document(REVENUE)["slice_name"] = "Revenue of all"
    (note,) = [note for note in world.plan("1").plan.warnings if note.kind == "stale_on_target"]
    assert note.assets == ("chart “Total Revenue”: params.deck_slices: 98765",)
