"""Row level security that travels, and who can see a dashboard before and after."""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace
from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import PlanStale, PlanUnsafe, Unreachable
from apps.superset.plan.attachment import ANYONE, Aspect
from apps.superset.plan.beside import access_lines
from apps.superset.planning.builder import Planned
from apps.superset.references.serialization import unpack
from apps.superset.tests.carrying import (
    ALPHA,
    HR,
    MOVED,
    SALES_ROLE,
    move_chart,
    notes,
    plan,
    shared_rule,
    world,
)
from apps.superset.tests.world import REVENUE, SALES, SALES_DATA, WAREHOUSE, Kept, World

__all__ = ["world"]


class TestRules:
    @pytest.fixture
    def ruled(self, world: World) -> World:
        dataset = world.dev.id_of(SALES_DATA)
        world.dev.rules.append(
            {
                "id": 3,
                "name": "EU",
                "filter_type": "Regular",
                "clause": "region = 'EU'",
                "group_key": None,
                "description": "only Europe",
                "tables": [{"id": dataset}],
                "roles": [{"id": SALES_ROLE, "name": "Sales"}],
            }
        )
        return world

    def test_a_rule_arrives_before_its_data_is_shown(self, ruled: World) -> None:
        world, exposed = ruled, []
        original = world.prod.arrived

        def watch(write: str) -> None:
            number = world.prod.id_of(SALES)
            if (
                number is not None
                and world.prod.documents[Kind.DASHBOARD][number]["published"]
                and not world.prod.rules
            ):
                exposed.append(write)
            original(write)

        world.prod.arrived = watch  # type: ignore[method-assign]
        planned = plan(world, Aspect.RULES)
        world.apply(planned)
        [rule] = world.prod.rules
        assert rule["tables"] == [{"id": world.prod.id_of(SALES_DATA)}]
        assert rule["roles"] == [{"id": 100 + SALES_ROLE, "name": "Sales"}]
        assert (rule["clause"], rule["description"]) == ("region = 'EU'", "only Europe")
        assert exposed == []
        assert world.prod.document(SALES)["published"] is True
        assert not plan(world, Aspect.RULES).plan.pending
        world.roll_back(planned)
        assert world.prod.rules == []
        assert world.prod.id_of(SALES_DATA) is None

    @pytest.fixture
    def moved(self, world: World) -> World:
        """A chart of a published dashboard moves to data with a rule; the dashboard itself stays as it is."""
        world.apply(plan(world))
        world.ledger = Kept()
        table = {"id": move_chart(world)}
        roles = [{"id": SALES_ROLE, "name": "Sales"}]
        words = {"name": "EU", "filter_type": "Regular", "clause": "1 = 1", "group_key": None, "description": "x"}
        world.dev.rules.append({"id": 3, **words, "tables": [table], "roles": roles})
        return world

    @pytest.fixture(params=[200, 1], ids=["one request", "many requests"])
    def batched(self, moved: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> World:
        release = replace(moved.prod.release(), import_batch=request.param)
        monkeypatch.setattr(moved.prod, "release", lambda: release)
        return moved

    @pytest.mark.parametrize("title", ["Sales Dashboard", "Sales, new"])
    def test_a_published_dashboard_shows_no_new_data_before_its_rule(
        self, batched: World, monkeypatch: pytest.MonkeyPatch, title: str
    ) -> None:
        prod, seen = batched.prod, []
        batched.dev.document(SALES)["dashboard_title"] = title
        arrived = prod.arrived

        def watch(write: str) -> None:
            arrived(write)
            if prod.document(REVENUE)["dataset_uuid"] == MOVED.uuid and not prod.rules:
                seen.append(prod.document(SALES)["published"])

        monkeypatch.setattr(prod, "arrived", watch)
        planned = plan(batched, Aspect.RULES)
        assert SALES in planned.plan.drafts
        batched.apply(planned)
        assert set(seen) == {False}
        assert prod.document(SALES)["published"] is True
        assert not plan(batched, Aspect.RULES).plan.pending
        batched.roll_back(planned)
        assert prod.document(SALES)["published"] is True
        assert prod.document(REVENUE)["dataset_uuid"] == SALES_DATA.uuid

    @pytest.mark.parametrize("title", ["Sales Dashboard", "Sales, new"])
    @pytest.mark.parametrize(
        ("batched", "broken"), [(200, "rule"), (1, "rule"), (1, "second import")], indirect=["batched"]
    )
    @pytest.mark.parametrize("undo", [True, False])
    def test_such_a_dashboard_is_published_again_after_an_interruption(
        self, batched: World, monkeypatch: pytest.MonkeyPatch, title: str, broken: str, *, undo: bool
    ) -> None:
        batched.dev.document(SALES)["dashboard_title"] = title
        planned = plan(batched, Aspect.RULES)
        self.interrupted(batched, monkeypatch, planned, broken)
        if undo:
            batched.roll_back(planned)
            assert batched.prod.rules == []
        else:
            assert batched.apply(planned, first=unpack(batched.ledger.content)).verified
        assert batched.prod.document(SALES)["published"] is True
        assert batched.prod.document(SALES)["dashboard_title"] == ("Sales Dashboard" if undo else title)

    def interrupted(self, world: World, monkeypatch: pytest.MonkeyPatch, planned: Planned, broken: str) -> None:
        send, imports = world.prod.import_bundle, itertools.count()

        def stop(*_args: object) -> None:
            raise Unreachable("gone", environment="prod")

        def send_one(*args: Any) -> None:
            (stop if next(imports) else send)(*args)

        with monkeypatch.context() as patch:
            if broken == "rule":
                patch.setattr(world.prod, "create_row", stop)
            else:
                patch.setattr(world.prod, "import_bundle", send_one)
            with pytest.raises(Unreachable):
                world.apply(planned)
        assert world.prod.document(SALES)["published"] is False

    def test_who_unpublishes_it_after_the_plan_stops_the_run(self, moved: World) -> None:
        planned = plan(moved, Aspect.RULES)
        moved.prod.document(SALES)["published"] = False
        with pytest.raises(PlanStale, match="has changed"):
            moved.apply(planned)

    def test_a_rule_alone_leaves_published_what_is(self, moved: World) -> None:
        rules, moved.dev.rules = moved.dev.rules, []
        moved.apply(plan(moved))
        moved.dev.rules = rules
        planned = plan(moved, Aspect.RULES).plan
        assert [each.name for each in planned.attachments] == ["EU"]
        assert planned.drafts == {}

    def test_a_rule_for_a_role_that_is_missing_refuses_the_plan_as_before(self, ruled: World) -> None:
        ruled.dev.rules[0]["roles"] = [{"id": HR, "name": "HR"}]
        with pytest.raises(PlanUnsafe, match="has row level security on the source"):
            plan(ruled, Aspect.RULES)

    def test_a_rule_of_the_target_keeps_its_other_tables_and_comes_back(self, ruled: World) -> None:
        world = ruled
        world.apply(plan(world, Aspect.RULES))
        rule = world.prod.rules[0]
        rule["tables"].append({"id": 4711})
        before = copy.deepcopy(world.prod.rules)
        world.dev.rules[0]["clause"] = "region = 'DE'"
        planned = plan(world, Aspect.RULES)
        assert notes(planned)["rules_shared"] == ("EU: dataset 4711",)
        world.apply(planned)
        assert world.prod.rules[0]["clause"] == "region = 'DE'"
        assert {"id": 4711} in world.prod.rules[0]["tables"]
        assert world.prod.rules[0]["roles"]
        world.roll_back(planned)
        assert sorted(world.prod.rules[0].pop("tables"), key=str) == sorted(before[0].pop("tables"), key=str)
        assert {**world.prod.rules[0], "group_key": None} == before[0] | {"group_key": None}

    def test_a_rule_that_would_restrict_less_needs_an_acknowledgement(self, ruled: World) -> None:
        world = ruled
        world.apply(plan(world, Aspect.RULES))
        world.prod.rules[0]["roles"].append({"id": 100 + ALPHA, "name": "Alpha"})
        with pytest.raises(PlanUnsafe, match="“EU” of prod would no longer restrict Alpha") as refused:
            plan(world, Aspect.RULES)
        [name] = [each["acknowledge"] for each in refused.value.context["reasons"]]
        planned = plan(world, Aspect.RULES, acknowledged=frozenset({name}))
        assert notes(planned)["rules_loosened"] == ("EU",)
        assert world.apply(planned).verified
        world.dev.rules[0]["filter_type"] = world.prod.rules[0]["filter_type"] = "Base"
        assert "rules_loosened" not in notes(plan(world, Aspect.RULES))

    def test_a_rule_that_would_lose_a_dataset_needs_an_acknowledgement(self) -> None:
        world = shared_rule()
        world.apply(plan(world, Aspect.RULES))
        world.dev.rules[0]["tables"].pop()
        with pytest.raises(PlanUnsafe, match="“EU” of prod would no longer restrict dataset"):
            plan(world, Aspect.RULES)

    def test_many_rules_are_listed_as_often_as_one(self, ruled: World) -> None:
        first = ruled.dev.rules[0]
        ruled.dev.rules += [{**first, "id": 100 + number, "name": f"EU {number}"} for number in range(20)]
        planned, asked = plan(ruled, Aspect.RULES), ruled.prod.requests["GET"]
        ruled.apply(planned)
        assert len(ruled.prod.rules) == 21
        assert ruled.prod.requests["GET"] - asked < 60

    def test_a_rule_that_was_changed_since_stays(self, ruled: World) -> None:
        planned = plan(ruled, Aspect.RULES)
        ruled.apply(planned)
        ruled.prod.rules[0]["clause"] = "1 = 0"
        result = ruled.roll_back(planned)
        assert [rule["clause"] for rule in ruled.prod.rules] == ["1 = 0"]
        assert any("EU" in each for each in result.kept)


class TestAccess:
    def test_who_can_see_a_dashboard_before_and_after(self, world: World) -> None:
        [access] = plan(world).plan.access
        assert (access.before, access.after) == ((), ("bob", "robot"))
        world.dev.roles[SALES] = [SALES_ROLE]
        [access] = plan(world, Aspect.ROLES, Aspect.OWNERS).plan.access
        assert access.after == ("bob", "eve", "robot")

    def test_a_role_takes_away_what_data_access_gave(self, world: World) -> None:
        world.apply(plan(world))
        world.dev.roles[SALES] = [SALES_ROLE]
        [access] = plan(world, Aspect.ROLES).plan.access
        assert (access.gained, access.lost) == (("eve",), ("bob",))

    @pytest.mark.parametrize(
        ("right", "sees"),
        [
            (("datasource_access", "[warehouse].[cleaned_sales_data](id:{dataset})"), True),
            (("datasource_access", "[warehouse].[cleaned_sales_data](id:1{dataset})"), False),
            (("database_access", "[warehouse].(id:{database})"), True),
            (("schema_access", "[warehouse].[main]"), True),
            (("schema_access", "[warehouse].[other]"), False),
            (("all_database_access", "all_database_access"), True),
            (("can_read", "Dashboard"), False),
        ],
    )
    def test_rights_on_data_open_a_published_dashboard(
        self, world: World, right: tuple[str, str], *, sees: bool
    ) -> None:
        for document in world.dev.documents[Kind.DATASET].values():
            document["schema"] = "main"
        world.apply(plan(world))
        numbers = {"dataset": world.prod.id_of(SALES_DATA), "database": world.prod.id_of(Key(Kind.DATABASE, WAREHOUSE))}
        world.prod.role_rights[100 + SALES_ROLE] = [(right[0], right[1].format(**numbers))]
        world.dev.document(SALES)["dashboard_title"] = "Sales, new"
        [access] = plan(world).plan.access
        assert ("eve" in (access.after or ())) is sees

    def test_a_chart_that_moves_to_other_data_opens_a_dashboard_that_stays_as_it_is(self, world: World) -> None:
        world.apply(plan(world))
        move_chart(world, schema="open")
        world.prod.role_rights[100 + SALES_ROLE] = [("schema_access", "[warehouse].[open]")]
        planned = plan(world).plan
        assert SALES not in {change.key for change in planned.written}
        [access] = planned.access
        assert (access.key, access.gained) == (SALES, ("eve",))

    def test_who_sees_a_dashboard_is_not_asked_where_nothing_of_it_changes(self, world: World) -> None:
        world.apply(plan(world))
        assert plan(world).plan.access == ()

    def test_only_roles_that_somebody_has_are_asked_about(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world.prod.role_names |= {number: f"Team {number}" for number in range(500, 900)}
        asked: list[int | str] = []
        row = world.prod.row

        def watch(resource: str, number: int | str) -> Any:
            asked.append(number)
            return row(resource, number)

        monkeypatch.setattr(world.prod, "row", watch)
        [access] = plan(world).plan.access
        assert access.after == ("bob", "robot")
        assert asked == [f"{100 + ALPHA}/permissions/", f"{100 + SALES_ROLE}/permissions/"]

    @pytest.mark.parametrize(("reads", "seen"), [(True, ("bob", "robot", ANYONE)), (False, ("bob", "robot"))])
    def test_the_role_of_the_public_opens_it_to_anyone(
        self, world: World, seen: tuple[str, ...], *, reads: bool
    ) -> None:
        world.prod.role_names[900] = "Public"
        world.prod.role_rights[900] = [("all_datasource_access", "all_datasource_access")]
        if reads:
            world.prod.role_rights[900].append(("can_read", "Dashboard"))
        planned = plan(world).plan
        [access] = planned.access
        assert access.after == seen
        [line] = access_lines(planned, lambda text: text.replace(ANYONE, "каждый"))
        assert ("каждый" in line.added) is reads

    def test_a_draft_is_seen_by_administrators_and_owners_only(self, world: World) -> None:
        world.dev.document(SALES)["published"] = False
        [access] = plan(world).plan.access
        assert access.after == ("robot",)

    def test_unknown_is_said_where_users_cannot_be_read(self, world: World) -> None:
        world.prod.shows_users = False
        world.dev.roles[SALES] = [SALES_ROLE]
        [access] = plan(world, Aspect.ROLES).plan.access
        assert not access.known
