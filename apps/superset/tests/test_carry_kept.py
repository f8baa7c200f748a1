"""What an undo leaves to a person keeps its restrictions and its owners."""

from __future__ import annotations

from dataclasses import replace

from apps.superset.assets import Key, Kind
from apps.superset.execution.rollback import rollback
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect
from apps.superset.protocol import Silent
from apps.superset.tests.carrying import EVE, plan, shared_rule, world
from apps.superset.tests.world import BIRTHS, SALES, Kept, World

__all__ = ["world"]


def changed_by_a_person(world: World, key: Key) -> None:
    world.prod.document(key)["dashboard_title"] = "Mine"
    world.prod.touch(key)


def test_a_rule_stays_whole_while_one_of_its_datasets_is_kept() -> None:
    """It stands by the first of its datasets, whichever that is: both dashboards are kept once."""
    for kept in (SALES, BIRTHS):
        world = shared_rule()
        planned = plan(world, Aspect.RULES)
        world.apply(planned)
        changed_by_a_person(world, kept)
        result = world.roll_back(planned, choice=Choice.KEEP_CHANGED)
        assert world.prod.document(kept)["published"]
        assert [rule["name"] for rule in world.prod.rules] == ["EU"]
        assert any("EU" in each for each in result.kept)


def test_owners_that_are_kept_do_not_get_the_account_among_them(world: World) -> None:
    """The import that gives an asset its content back makes the account an owner."""
    world.apply(plan(world))
    world.prod.owners[SALES] = [100 + EVE]
    world.dev.document(SALES)["dashboard_title"] = "Sales, new"
    planned = plan(world, Aspect.OWNERS)
    world.apply(planned)
    world.prod.owners[SALES] = [100 + EVE, 4711]
    result = world.roll_back(planned)
    assert world.prod.owners[SALES] == [100 + EVE, 4711]
    assert world.prod.document(SALES)["dashboard_title"] == "Sales Dashboard"
    assert any("owners" in each for each in result.kept)


def test_a_rollback_takes_back_owners_although_the_answer_to_setting_them_was_lost(world: World) -> None:
    """Its outcome stays unknown, and counts as absent once it is too old to come."""
    first = plan(world)
    world.apply(first)
    world.prod.owners[SALES] = [100 + EVE]
    chart = next(each.key for each in first.plan.changes if each.key.kind is Kind.CHART)
    world.dev.document(chart)["slice_name"] = "New"
    planned = plan(world, Aspect.OWNERS)
    world.apply(planned)
    assert world.prod.owners[SALES] != [100 + EVE]
    known = replace(world.undo(planned), written=frozenset({chart}))
    rollback(known, world.prod, Silent(), Kept(), patience=0.0)
    assert world.prod.owners[SALES] == [100 + EVE]


def test_a_rollback_of_what_wrote_nothing_sets_nothing(world: World) -> None:
    world.apply(plan(world))
    world.prod.owners[SALES] = [100 + EVE]
    planned = plan(world, Aspect.OWNERS)
    assert not replace(world.undo(planned), written=frozenset()).inverse.pending
