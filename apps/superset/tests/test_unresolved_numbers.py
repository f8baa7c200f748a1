"""Numbers that nobody can translate: the target keeps its own until a person says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.plan.plan import Action, Note
from apps.superset.planning.builder import Planned
from apps.superset.tests.world import REVENUE, SALES, World


@pytest.fixture
def world() -> World:
    world = World(SALES)
    world.apply(world.plan("1"))
    return world


def set_both(world: World, where: str, here: Any, there: Any) -> None:
    for server, value in ((world.dev, here), (world.prod, there)):
        document = server.document(REVENUE)
        (document["params"] if where == "report_id" else document)[where] = value


def note_of(planned: Planned) -> Note:
    (note,) = [note for note in planned.plan.warnings if note.kind == "number_differs"]
    return note


CASES = [
    pytest.param("report_id", 7, 12, id="at a place that nobody knows"),
    pytest.param("description", "see /superset/dashboard/98765/", "see /superset/dashboard/45678/", id="in a link"),
]


@pytest.mark.parametrize(("where", "here", "there"), CASES)
def test_a_number_that_was_set_on_the_target_is_reported_and_not_overwritten(
    world: World, where: str, here: Any, there: Any
) -> None:
    set_both(world, where, here, there)
    planned = world.plan("1")
    assert not planned.plan.with_action(Action.CREATE, Action.UPDATE)
    (line,) = note_of(planned).assets
    assert line.startswith("chart “Total Revenue”: ")
    assert line.endswith(f"(number:{REVENUE})")
    assert all(number in line for number in (("7", "12") if where == "report_id" else ("98765", "45678")))


@pytest.mark.parametrize(("where", "here", "there"), CASES)
def test_the_number_of_the_target_stays_when_something_else_is_sent(
    world: World, where: str, here: Any, there: Any
) -> None:
    set_both(world, where, here, there)
    world.dev.document(REVENUE)["slice_name"] = "Revenue of all"
    world.apply(world.plan("1"))
    after = world.prod.document(REVENUE)
    assert after["slice_name"] == "Revenue of all"
    assert (after["params"] if where == "report_id" else after)[where] == there


@pytest.mark.parametrize(("where", "here", "there"), CASES)
def test_acknowledged_by_name_the_number_of_the_source_is_sent(world: World, where: str, here: Any, there: Any) -> None:
    set_both(world, where, here, there)
    world.apply(world.plan("1", acknowledged=frozenset({f"number:{REVENUE}"})))
    after = world.prod.document(REVENUE)
    assert (after["params"] if where == "report_id" else after)[where] == here


def test_a_text_that_differs_in_more_than_its_number_is_an_ordinary_difference(world: World) -> None:
    set_both(world, "description", "look at /superset/dashboard/98765/", "see /superset/dashboard/45678/")
    planned = world.plan("1")
    assert [change.key for change in planned.plan.with_action(Action.UPDATE)] == [REVENUE]
    assert "number_differs" not in {note.kind for note in planned.plan.warnings}


def test_what_looks_like_a_reference_is_never_silent(world: World) -> None:
    world.dev.document(REVENUE)["params"]["report_id"] = 7
    (note,) = [note for note in world.plan("1").plan.warnings if note.kind == "unknown_references"]
    assert note.assets == ("chart “Total Revenue”: params.report_id = 7",)


def layer(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "report_id": number}


def test_what_was_moved_in_a_list_keeps_its_own_number(world: World) -> None:
    """At its old place stands the number of another one."""
    world.prod.document(REVENUE)["params"]["layers_of_mine"] = [layer("a", 5), layer("b", 12)]
    world.dev.document(REVENUE)["params"]["layers_of_mine"] = [layer("b", 6), layer("new", 7), layer("a", 5)]
    planned = world.plan("1")
    assert "is 6 on the source, 12 on the target" in note_of(planned).assets[0]
    world.apply(planned)
    after = world.prod.document(REVENUE)["params"]["layers_of_mine"]
    assert after == [layer("b", 12), layer("new", 7), layer("a", 5)]
    assert not world.plan("1").plan.with_action(Action.CREATE, Action.UPDATE)


def test_two_that_change_places_keep_their_numbers(world: World) -> None:
    world.prod.document(REVENUE)["params"]["layers_of_mine"] = [layer("a", 5), layer("b", 6)]
    world.dev.document(REVENUE)["params"]["layers_of_mine"] = [layer("b", 6), layer("a", 5)]
    world.apply(world.plan("1"))
    assert world.prod.document(REVENUE)["params"]["layers_of_mine"] == [layer("b", 6), layer("a", 5)]
