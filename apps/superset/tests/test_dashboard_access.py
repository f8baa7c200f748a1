"""A dashboard that only some roles see never becomes one that everyone sees, unless a person says so by its name."""

from __future__ import annotations

import pytest

from apps.superset.errors import NotConfigured, NotFound, NotPermitted, PlanUnsafe, SupersetError
from apps.superset.plan.plan import Action, Plan
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World

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


def test_a_restricted_dashboard_is_refused_and_the_refusal_names_what_to_acknowledge(world: World) -> None:
    (reason,) = refused(world)
    assert (reason["kind"], reason["acknowledge"]) == ("restricted", NAME)
    assert "“role 3”" in str(reason["text"])


def test_an_acknowledged_restricted_dashboard_arrives_unpublished(world: World) -> None:
    world.apply(world.plan(acknowledged=frozenset({NAME})))
    assert world.prod.document(SALES)["published"] is False
    assert world.prod.document(BIRTHS)["published"] is True


def test_the_plan_shows_what_was_acknowledged_and_keeps_it(world: World) -> None:
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

    def test_roles_of_the_dashboard_on_the_target_decide(self, world: World) -> None:
        world.prod.roles[SALES] = [9]
        world.apply(world.plan())
        assert world.prod.document(SALES)["published"] is True
        assert world.prod.roles[SALES] == [9]

    def test_a_dashboard_without_roles_on_the_target_is_refused_again(self, world: World) -> None:
        assert [reason["acknowledge"] for reason in refused(world)] == [NAME]

    def test_a_dashboard_acknowledged_again_stays_a_draft(self, world: World) -> None:
        plan = world.plan(acknowledged=frozenset({NAME})).plan
        assert {change.action for change in plan.changes} == {Action.UNCHANGED}


def rule(server: FakeSuperset, **changes: object) -> dict[str, object]:
    tables = [{"id": server.id_of(SALES_DATA)}]
    facts = {"id": 1, "name": "EU", "clause": "r=1", "filter_type": "Regular", "group_key": None}
    return {**facts, "tables": tables, "roles": [{"id": 3, "name": "g"}], **changes}


class TestRowLevelSecurity:
    NAME = f"row-level-security:{SALES_DATA}"

    @pytest.fixture
    def world(self) -> World:
        world = World(SALES, BIRTHS)
        world.dev.rules = [rule(world.dev)]
        return world

    def test_a_dataset_that_would_lose_its_rules_is_refused_by_name(self, world: World) -> None:
        (reason,) = refused(world)
        assert (reason["kind"], reason["acknowledge"]) == ("row_level_security_lost", self.NAME)
        assert "“EU”" in str(reason["text"])

    def test_datasets_outside_the_plan_refuse_nothing(self, world: World) -> None:
        assert world.plan("births").plan.pending

    def test_an_acknowledged_dashboard_over_restricted_data_arrives_and_stays_unpublished(self, world: World) -> None:
        world.apply(world.plan(acknowledged=frozenset({self.NAME})))
        assert world.prod.document(SALES)["published"] is False
        assert world.prod.document(BIRTHS)["published"] is True
        again = world.plan(acknowledged=frozenset({self.NAME})).plan
        assert {change.action for change in again.changes} == {Action.UNCHANGED}

    def test_an_equal_rule_on_the_target_is_accepted_under_any_name(self, world: World) -> None:
        world.apply(world.plan(acknowledged=frozenset({self.NAME})))
        world.prod.rules = [rule(world.prod, id=7, name="Europe")]
        world.apply(world.plan())
        assert world.prod.document(SALES)["published"] is True

    @pytest.mark.parametrize("changes", [{"clause": "r=2"}, {"roles": [{"name": "h"}]}, {"filter_type": "Base"}])
    def test_a_different_rule_on_the_target_is_not_accepted(self, world: World, changes: dict[str, object]) -> None:
        world.apply(world.plan(acknowledged=frozenset({self.NAME})))
        world.prod.rules = [rule(world.prod, **changes)]
        assert [reason["acknowledge"] for reason in refused(world)] == [self.NAME]


class TestWhereTheSourceDoesNotShowItsRules:
    NAME = "row-level-security-unknown"

    @pytest.fixture
    def world(self) -> World:
        world = World(SALES, BIRTHS)
        world.dev.unshown["rowlevelsecurity"] = NotPermitted("Forbidden", environment="dev")
        return world

    @pytest.mark.parametrize("error", [NotPermitted, NotFound, NotConfigured])
    def test_nothing_is_shown_to_more_people_unsaid(self, world: World, error: type[SupersetError]) -> None:
        """Also where something before the server answers in its place."""
        world.dev.unshown["rowlevelsecurity"] = error("not for you", environment="dev")
        (reason,) = refused(world)
        assert (reason["kind"], reason["acknowledge"]) == ("row_level_security_unknown", self.NAME)
        assert "does not show its row level security to the account “robot” of dev" in str(reason["text"])
        assert "dashboard “Sales Dashboard”" in str(reason["text"])

    def test_acknowledged_new_dashboards_arrive_unpublished(self, world: World) -> None:
        world.apply(world.plan(acknowledged=frozenset({self.NAME})))
        assert world.prod.document(SALES)["published"] is False
        assert world.prod.document(BIRTHS)["published"] is False

    def test_a_dashboard_already_published_on_the_target_is_updated_without_acknowledgement(self, world: World) -> None:
        world.apply(world.plan(acknowledged=frozenset({self.NAME})))
        for key in (SALES, BIRTHS):
            world.prod.document(key)["published"] = True
        world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
        world.apply(world.plan())
        assert world.prod.document(SALES)["published"] is True

    def test_a_new_dataset_of_a_published_dashboard_is_refused(self, world: World) -> None:
        world.apply(world.plan(acknowledged=frozenset({self.NAME})))
        for key in (SALES, BIRTHS):
            world.prod.document(key)["published"] = True
        world.prod.documents[SALES_DATA.kind].pop(world.prod.id_of(SALES_DATA) or 0)
        (reason,) = refused(world)
        assert "dataset “" in str(reason["text"])
        assert "dashboard “" not in str(reason["text"]).partition("may show")[0]
