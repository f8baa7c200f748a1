"""An undo takes back what its run has set beside the documents, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.superset.assets import Kind
from apps.superset.execution.rollback import rollback
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect
from apps.superset.planning.builder import Planned
from apps.superset.protocol import Silent
from apps.superset.references.serialization import unpack
from apps.superset.tests.carrying import EVE, SALES_ROLE, plan, state, world
from apps.superset.tests.world import SALES, Heard, Kept, World

__all__ = ["world"]


@pytest.fixture
def migrated(world: World) -> World:
    """On prod already, where others own it."""
    world.apply(plan(world))
    world.prod.owners[SALES] = [100 + EVE]
    world.ledger = Kept()
    return world


def set_on_dev(world: World, *aspects: Aspect) -> None:
    if Aspect.TAGS in aspects:
        world.dev.tags, world.dev.tagged[SALES] = {5: "quarterly"}, [5]
    if Aspect.ROLES in aspects:
        world.dev.roles[SALES] = [SALES_ROLE]
    if Aspect.RULES not in aspects:
        return
    dataset = next(iter(world.dev.documents[Kind.DATASET]))
    role = {"id": SALES_ROLE, "name": "Sales"}
    made = {"id": 3, "name": "EU", "filter_type": "Regular", "clause": "1 = 1", "group_key": "", "description": "x"}
    world.dev.rules.append({**made, "tables": [{"id": dataset}], "roles": [role]})


def set_by_hand(world: World, planned: Planned, aspect: Aspect) -> None:
    """Somebody sets on prod what the plan is about to set."""
    if aspect is Aspect.TAGS:
        world.prod.tags[77] = "quarterly"
        world.prod.tagged[SALES] = [77]
    elif aspect is Aspect.RULES:
        [item] = next(each for each in planned.plan.attachments if each.aspect is aspect).after
        words = {name: value for name, value in item.facts.items() if name not in ("roles", "tables")}
        tables = [{"id": next(iter(world.prod.documents[Kind.DATASET]))}]
        roles = [{"id": number, "name": name} for number, name in item.facts["roles"]]
        world.prod.rules.append({"id": 55, "name": "EU", **words, "tables": tables, "roles": roles})
    else:
        [item] = next(each for each in planned.plan.attachments if each.aspect is aspect and each.key == SALES).after
        (world.prod.owners if aspect is Aspect.OWNERS else world.prod.roles)[SALES] = [item.id or 0]


@pytest.mark.parametrize("aspect", [Aspect.TAGS, Aspect.OWNERS, Aspect.ROLES, Aspect.RULES])
@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("choice", [Choice.REFUSE, Choice.FORCE])
def test_what_was_so_already_when_the_run_began_stays(
    migrated: World, aspect: Aspect, choice: Choice, *, renamed: bool
) -> None:
    if renamed:
        migrated.dev.document(SALES)["dashboard_title"] = "Sales, new"
    set_on_dev(migrated, aspect)
    planned = plan(migrated, aspect)
    set_by_hand(migrated, planned, aspect)
    before = state(migrated.prod)
    assert migrated.apply(planned).verified
    if not renamed and not migrated.ledger.intended:
        return
    result = migrated.roll_back(planned, choice=choice)
    now = state(migrated.prod)
    assert [now[place] for place in (1, 2, 3, 4)] == [before[place] for place in (1, 2, 3, 4)]
    assert now[0][SALES] == before[0][SALES]
    assert [each for each in result.kept if aspect.value in each]


def test_an_undo_of_two_runs_takes_back_what_the_first_has_set(migrated: World) -> None:
    """It is as planned when the second begins."""
    set_on_dev(migrated, Aspect.TAGS)
    before = state(migrated.prod)
    planned = plan(migrated, Aspect.TAGS)
    migrated.apply(planned)
    first, undo = unpack(migrated.ledger.content), migrated.undo(planned)
    migrated.apply(planned, first=first)
    both = unpack(migrated.ledger.content).merged(first)
    rollback(replace(undo, snapshot=both), migrated.prod, Silent(), Kept(), patience=0.0)
    assert state(migrated.prod) == before


def test_what_a_later_migration_holds_stays_and_is_named(migrated: World) -> None:
    set_on_dev(migrated, Aspect.TAGS, Aspect.ROLES)
    planned = plan(migrated, Aspect.TAGS, Aspect.ROLES)
    migrated.apply(planned)
    before = state(migrated.prod)
    tags = next(each for each in planned.plan.attachments if each.aspect is Aspect.TAGS)
    heard = Heard()
    undo = replace(migrated.undo(planned), spared={tags.slot: 7})
    result = rollback(undo, migrated.prod, heard, Kept(), patience=0.0)
    assert state(migrated.prod)[2:4] == before[2:4]
    assert migrated.prod.roles[SALES] == []
    assert [each for each in result.kept if "tags" in each]
    assert [line for line in heard.lines if "migration 7" in line]
