"""A dashboard that only some roles see never becomes one that everyone sees, unless a person says so by its name."""

from __future__ import annotations

import pytest

from apps.superset.errors import PlanUnsafe
from apps.superset.plan import Action, Plan
from apps.superset.tests.world import BIRTHS, SALES, World

NAME = f"restricted:{SALES}"


@pytest.fixture
def world() -> World:
    """On dev one dashboard is for role 3 only."""
    world = World(SALES, BIRTHS)
    world.dev.roles[SALES] = [3]
    return world


def refused(world: World, *names: str, **request: object) -> list[dict[str, object]]:
    with pytest.raises(PlanUnsafe) as refusal:
        world.plan(*names, **request)
    found: list[dict[str, object]] = refusal.value.context["reasons"]
    return found


def test_it_is_refused_and_the_refusal_names_what_to_acknowledge(world: World) -> None:
    (reason,) = refused(world)
    assert (reason["kind"], reason["acknowledge"]) == ("restricted", NAME)
    assert "“role 3”" in str(reason["text"])


def test_acknowledged_it_arrives_unpublished_and_the_others_as_they_are(world: World) -> None:
    world.apply(world.plan(acknowledged=frozenset({NAME})))
    assert world.prod.document(SALES)["published"] is False
    assert world.prod.document(BIRTHS)["published"] is True


def test_the_plan_tells_what_was_acknowledged_and_keeps_it(world: World) -> None:
    plan = world.plan(acknowledged=frozenset({NAME})).plan
    assert plan.acknowledged == (NAME,)
    (warning,) = [note for note in plan.warnings if note.kind == "restricted"]
    assert warning.text.startswith("Acknowledged: ")
    assert Plan.from_json(plan.to_json()) == plan


def test_a_plan_without_acknowledgements_keeps_the_checksum_of_its_format(world: World) -> None:
    assert "acknowledged" not in world.plan("births").plan.to_json()


def test_one_acknowledgement_does_not_cover_another_dashboard(world: World) -> None:
    world.dev.roles[BIRTHS] = [3]
    (reason,) = refused(world, acknowledged=frozenset({NAME}))
    assert reason["acknowledge"] == f"restricted:{BIRTHS}"


def test_a_name_that_nothing_is_refused_by_is_an_error(world: World) -> None:
    (reason,) = refused(world, "births", acknowledged=frozenset({NAME}))
    assert (reason["kind"], reason["asset"]) == ("acknowledged_nothing", NAME)


def test_what_nobody_may_acknowledge_still_refuses(world: World) -> None:
    reasons = refused(world, mapping={}, acknowledged=frozenset({NAME, "database_unmapped"}))
    assert [reason["kind"] for reason in reasons] == ["database_unmapped"]


def test_a_draft_widens_nothing(world: World) -> None:
    world.dev.document(SALES)["published"] = False
    assert world.plan().plan.pending


class TestOnATargetThatHasIt:
    @pytest.fixture(autouse=True)
    def _there(self, world: World) -> None:
        world.apply(world.plan(acknowledged=frozenset({NAME})))

    def test_its_own_roles_there_decide(self, world: World) -> None:
        world.prod.roles[SALES] = [9]
        world.apply(world.plan())
        assert world.prod.document(SALES)["published"] is True
        assert world.prod.roles[SALES] == [9]

    def test_without_roles_it_is_refused_again(self, world: World) -> None:
        assert [reason["acknowledge"] for reason in refused(world)] == [NAME]

    def test_acknowledged_again_it_stays_a_draft(self, world: World) -> None:
        plan = world.plan(acknowledged=frozenset({NAME})).plan
        assert {change.action for change in plan.changes} == {Action.UNCHANGED}
