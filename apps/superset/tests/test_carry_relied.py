"""What of the target's own a plan counts on to hide a dashboard is looked at again right before the run writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import PlanStale, PlanUnsafe, Unreachable
from apps.superset.plan.attachment import ANYONE, Aspect
from apps.superset.plan.plan import Plan
from apps.superset.references.serialization import unpack
from apps.superset.tests.carrying import ALL_DATA, BOB, EVE, HR, SALES_ROLE, move_chart, plan, world
from apps.superset.tests.world import REVENUE, SALES, SALES_DATA, Kept, World
from apps.superset.view.masking import masked_plan

__all__ = ["world"]

PUBLIC = 900
ALPHA = 102


@pytest.fixture
def restricted(world: World) -> World:
    """On both sides, the dashboard is restricted to a role and its rows to a rule; only its title is new on dev."""
    world.apply(plan(world))
    world.prod.role_names[100 + HR] = "HR"
    for server, offset in ((world.dev, 0), (world.prod, 100)):
        server.roles[SALES] = [offset + SALES_ROLE]
        rule = {"id": offset + 3, "name": "EU", "filter_type": "Regular", "clause": "1 = 1", "group_key": "region"}
        roles = [{"id": offset + SALES_ROLE, "name": "Sales"}]
        tables = [{"id": next(iter(server.documents[Kind.DATASET]))}]
        server.rules.append({**rule, "description": "x", "tables": tables, "roles": roles})
    world.dev.document(SALES)["dashboard_title"] = "Sales, new"
    world.ledger = Kept()
    world.prod.writes.clear()
    return world


def no_roles(world: World) -> None:
    world.prod.roles[SALES] = []


def another_role(world: World) -> None:
    world.prod.roles[SALES].append(100 + HR)


def no_rbac(world: World) -> None:
    world.prod.flags = frozenset({"EMBEDDED_SUPERSET"})


def no_rule(world: World) -> None:
    world.prod.rules.clear()


def another_rule(world: World) -> None:
    world.prod.rules[0]["clause"] = "0 = 0"


def no_table(world: World) -> None:
    world.prod.rules[0]["tables"] = []


def another_rule_in_the_group(world: World) -> None:
    world.prod.rules.append({**world.prod.rules[0], "id": 9, "name": "Other", "clause": "2 = 2"})


def rbac_not_shown(world: World) -> None:
    world.prod.flags = frozenset()


LIFTED = {
    another_rule_in_the_group: "“Other” is by now in the group “region” of “EU”",
    rbac_not_shown: "would restrict nothing",
    no_roles: "had the roles Sales, and has none by now",
    another_role: "had the roles Sales, and has HR, Sales by now",
    no_rbac: "would restrict nothing",
    no_rule: "“EU” no longer restricts dataset",
    another_rule: "“EU” no longer restricts dataset",
    no_table: "“EU” no longer restricts dataset",
}


@pytest.mark.parametrize("carry", [(), tuple(Aspect)], ids=["kept", "carried and equal"])
@pytest.mark.parametrize("shows_users", [True, False])
@pytest.mark.parametrize("lift", LIFTED, ids=lambda each: each.__name__)
def test_what_is_lifted_after_the_plan_stops_the_run_before_it_writes(
    restricted: World, lift: Callable[[World], None], carry: tuple[Aspect, ...], *, shows_users: bool
) -> None:
    restricted.prod.shows_users = shows_users
    planned = plan(restricted, *carry)
    lift(restricted)
    with pytest.raises(PlanStale, match=LIFTED[lift]):
        restricted.apply(planned)
    assert restricted.prod.writes == []


@pytest.mark.parametrize("lift", LIFTED, ids=lambda each: each.__name__)
def test_it_counts_for_a_dashboard_that_only_shows_what_changes(
    restricted: World, lift: Callable[[World], None]
) -> None:
    restricted.dev.document(SALES)["dashboard_title"] = "Sales Dashboard"
    restricted.dev.document(REVENUE)["slice_name"] = "New"
    planned = plan(restricted)
    assert [change.key for change in planned.plan.written] == [REVENUE]
    lift(restricted)
    with pytest.raises(PlanStale, match=LIFTED[lift]):
        restricted.apply(planned)


def test_what_stays_or_becomes_stricter_stops_nothing(restricted: World) -> None:
    restricted.prod.roles[SALES].append(100 + HR)
    rule = {**restricted.prod.rules[0], "id": 9, "name": "Other", "clause": "2 = 2", "group_key": "other"}
    restricted.prod.rules.append(rule)
    planned = plan(restricted)
    restricted.prod.roles[SALES].remove(100 + HR)
    restricted.prod.rules.append({**rule, "id": 10, "name": "More", "clause": "0 = 1"})
    del restricted.prod.rules[1]
    assert restricted.apply(planned).verified


def test_a_group_that_the_plan_saw_or_changes_stops_nothing(restricted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an earlier run of the plan has set a rule of the group."""
    for server, name, number in ((restricted.dev, "US", 40), (restricted.prod, "old", 41)):
        server.rules.append({**server.rules[0], "id": number, "name": name, "clause": f"{name} = 1"})
    restricted.dev.rules.append({**restricted.dev.rules[0], "id": 42, "name": "old", "clause": "old = 1"})
    planned = plan(restricted, Aspect.RULES)
    assert [each.name for each in planned.plan.attachments] == ["US"]
    update = restricted.prod.update

    def broken(kind: Kind, number: int, fields: dict[str, Any]) -> None:
        if fields.get("published"):
            raise Unreachable("gone", environment="prod")
        update(kind, number, fields)

    with monkeypatch.context() as patch:
        patch.setattr(restricted.prod, "update", broken)
        with pytest.raises(Unreachable):
            restricted.apply(planned)
    assert {rule["name"] for rule in restricted.prod.rules} == {"EU", "old", "US"}
    assert restricted.apply(planned, first=unpack(restricted.ledger.content)).verified


def test_a_group_of_the_target_that_shows_more_rows_than_the_source_refuses_the_plan(restricted: World) -> None:
    another_rule_in_the_group(restricted)
    with pytest.raises(PlanUnsafe, match=r"more rules there \(“Other”\)"):
        plan(restricted)


def test_roles_that_nobody_saw_restrict_anything_are_not_missed(restricted: World) -> None:
    restricted.prod.flags = frozenset()
    planned = plan(restricted)
    assert restricted.apply(planned).verified


def test_a_plan_reads_back_with_what_it_counts_on(restricted: World) -> None:
    planned = plan(restricted).plan
    assert {each.key.kind for each in planned.relied} == {Kind.DASHBOARD, Kind.DATASET}
    assert Plan.from_json(json.loads(json.dumps(planned.to_json()))) == planned


def test_a_source_and_a_target_without_restrictions_count_on_nothing(world: World) -> None:
    world.apply(plan(world))
    world.dev.document(SALES)["dashboard_title"] = "New"
    assert plan(world).plan.relied == ()


def test_an_interrupted_run_is_completed(restricted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    restricted.dev.owners[SALES] = [EVE]
    planned = plan(restricted, *Aspect)

    def broken(*_args: object) -> None:
        raise Unreachable("gone", environment="prod")

    with monkeypatch.context() as patch:
        patch.setattr(restricted.prod, "update", broken)
        with pytest.raises(Unreachable):
            restricted.apply(planned)
    assert restricted.apply(planned, first=unpack(restricted.ledger.content)).verified


class TestPeople:
    """Of a dashboard without roles of its own."""

    @pytest.fixture
    def draft(self, world: World) -> World:
        """A draft on prod, which the plan publishes: Bob may read its data."""
        world.dev.document(SALES)["published"] = False
        world.apply(plan(world))
        world.dev.document(SALES)["published"] = True
        world.ledger = Kept()
        world.prod.writes.clear()
        return world

    def test_who_may_read_the_data_since_the_plan(self, draft: World) -> None:
        planned = plan(draft)
        draft.prod.role_rights[100 + SALES_ROLE] = [ALL_DATA]
        with pytest.raises(PlanStale, match="Sales Dashboard” would also be seen by eve"):
            draft.apply(planned)
        assert draft.prod.writes == []

    def test_the_public(self, draft: World) -> None:
        draft.prod.role_names[PUBLIC] = "Public"
        planned = plan(draft)
        draft.prod.role_rights[PUBLIC] = [ALL_DATA, ("can_read", "Dashboard")]
        with pytest.raises(PlanStale, match=ANYONE):
            draft.apply(planned)
        assert draft.prod.writes == []

    def test_the_public_of_what_is_published_already(self, world: World) -> None:
        world.prod.role_names[PUBLIC] = "Public"
        world.apply(plan(world))
        world.dev.document(SALES)["dashboard_title"] = "New"
        planned = plan(world)
        world.prod.role_rights[PUBLIC] = [ALL_DATA, ("can_read", "Dashboard")]
        with pytest.raises(PlanStale, match=ANYONE):
            world.apply(planned)

    def test_the_public_of_what_only_shows_what_changes(self, world: World) -> None:
        world.prod.role_names[PUBLIC] = "Public"
        world.apply(plan(world))
        world.dev.document(REVENUE)["slice_name"] = "New"
        planned = plan(world)
        world.prod.role_rights[PUBLIC] = [ALL_DATA, ("can_read", "Dashboard")]
        with pytest.raises(PlanStale, match=ANYONE):
            world.apply(planned)

    def test_who_may_read_the_new_data_of_a_chart_since_the_plan(self, world: World) -> None:
        world.apply(plan(world))
        move_chart(world, schema="open")
        planned = plan(world)
        world.prod.role_rights[100 + SALES_ROLE] = [("schema_access", "[warehouse].[open]")]
        with pytest.raises(PlanStale, match="would also be seen by eve"):
            world.apply(planned)

    def test_new_colleagues_who_see_it_anyway_stop_nothing(self, world: World) -> None:
        world.apply(plan(world))
        world.dev.document(SALES)["dashboard_title"] = "New"
        planned = plan(world)
        world.prod.user(444, "joe", ALPHA)
        assert world.apply(planned).verified

    @pytest.mark.parametrize("title", ["Sales Dashboard", "New"])
    def test_nor_do_they_stop_the_completion_of_a_run_that_left_it_as_a_draft(
        self, world: World, monkeypatch: pytest.MonkeyPatch, title: str
    ) -> None:
        world.apply(plan(world))
        world.ledger = Kept()
        rule = {"id": 3, "name": "EU", "filter_type": "Regular", "clause": "1 = 1", "group_key": None}
        tables, roles = [{"id": world.dev.id_of(SALES_DATA)}], [{"id": SALES_ROLE, "name": "Sales"}]
        world.dev.rules.append({**rule, "description": "x", "tables": tables, "roles": roles})
        world.dev.document(SALES)["dashboard_title"] = title
        world.dev.document(REVENUE)["slice_name"] = "New"
        planned = plan(world, Aspect.RULES)

        def broken(*_args: object) -> None:
            raise Unreachable("gone", environment="prod")

        with monkeypatch.context() as patch:
            patch.setattr(world.prod, "create_row", broken)
            with pytest.raises(Unreachable):
                world.apply(planned)
        assert world.prod.document(SALES)["published"] is False
        first = unpack(world.ledger.content)
        world.prod.user(444, "joe", ALPHA)
        world.prod.role_rights[100 + SALES_ROLE] = [ALL_DATA]
        assert world.apply(planned, first=first).verified
        assert world.prod.document(SALES)["published"] is True

    def test_a_new_owner_stops_nothing(self, draft: World) -> None:
        planned = plan(draft)
        draft.prod.owners[SALES].append(100 + EVE)
        assert draft.apply(planned).verified

    def test_users_that_can_no_longer_be_read(self, draft: World) -> None:
        planned = plan(draft)
        draft.prod.shows_users = False
        with pytest.raises(PlanStale, match="can no longer be read"):
            draft.apply(planned)

    def test_who_no_longer_sees_it_stops_nothing(self, draft: World) -> None:
        planned = plan(draft)
        draft.prod.user(100 + BOB, "bob", active=False)
        assert draft.apply(planned).verified


def test_a_password_in_the_name_of_a_rule_is_nowhere_in_a_masked_plan(restricted: World) -> None:
    for server in (restricted.dev, restricted.prod):
        server.rules[0]["name"] = "postgresql://joe:hunter2@db/x"
    found = plan(restricted).plan
    assert "hunter2" in json.dumps(found.to_json())
    assert "hunter2" not in json.dumps(masked_plan(found).to_json())
