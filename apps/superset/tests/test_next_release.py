"""The release after the newest known: handled like it, except where it might show a dashboard to more people."""

from __future__ import annotations

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import PlanUnsafe
from apps.superset.releases.base import Access
from apps.superset.tests.fake_releases import NEXT, NextRelease
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import SALES, SALES_DATA, World

ACKNOWLEDGED = frozenset({f"restricted:{SALES}"})


def moved(old: FakeSuperset, new: NextRelease) -> NextRelease:
    """The same content on the next release."""
    new.documents, new.members, new.columns = old.documents, old.members, old.columns
    new.next_id, new.tables_of, new.roles = old.next_id, old.tables_of, old.roles
    return new


@pytest.fixture
def world() -> World:
    world = World(SALES)
    world.dev.document(SALES)["published"] = True
    return world


@pytest.fixture
def from_next(world: World) -> NextRelease:
    world.dev = moved(world.dev, NextRelease("dev"))
    return world.dev


@pytest.fixture
def to_next(world: World) -> NextRelease:
    world.prod = moved(world.prod, NextRelease("prod"))
    return world.prod


def refused(world: World, **request: object) -> list[str]:
    with pytest.raises(PlanUnsafe) as refusal:
        world.plan(**request)
    return [reason["acknowledge"] for reason in refusal.value.context["reasons"]]


def kinds(world: World) -> set[str]:
    plan = world.plan().plan
    return {note.kind for note in (*plan.warnings, *plan.losses)}


class TestWhatIsNotAboutAccess:
    def test_the_plan_warns_of_the_newer_release_by_environment(self, world: World, to_next: NextRelease) -> None:
        plan = world.plan().plan
        (note,) = [note for note in plan.warnings if note.kind == "newer_release"]
        assert note.assets == (f"prod ({NEXT})",)
        assert (plan.source.release, plan.target.release) == ("6.1.0", NEXT)

    def test_known_releases_are_not_warned_of(self, world: World) -> None:
        assert "newer_release" not in kinds(world)

    def test_what_was_applied_there_is_equal_afterwards(self, world: World, to_next: NextRelease) -> None:
        world.apply(world.plan())
        assert not world.plan().plan.pending

    def test_fields_that_only_the_next_release_has_are_named_as_lost(
        self, world: World, from_next: NextRelease
    ) -> None:
        from_next.more = {"freshness": "daily", "nothing": None}
        (note,) = [note for note in world.plan().plan.losses if note.kind == "unsupported_fields"]
        assert note.assets == ("dataset “cleaned_sales_data”: freshness: daily",)

    def test_fields_that_only_the_next_release_has_stay_on_a_target(self, world: World, to_next: NextRelease) -> None:
        world.apply(world.plan())
        to_next.more = {"freshness": "daily"}
        assert not world.plan().plan.pending
        world.dev.document(SALES_DATA)["description"] = "changed"
        world.apply(world.plan())
        assert not world.plan().plan.pending


class TestAccess:
    def test_an_open_dashboard_travels_in_both_directions(self, world: World, from_next: NextRelease) -> None:
        assert world.plan().plan.pending

    def test_a_dashboard_with_viewers_is_refused_and_arrives_as_a_draft(
        self, world: World, from_next: NextRelease
    ) -> None:
        from_next.viewers[SALES] = ["Finance"]
        assert refused(world) == [f"restricted:{SALES}"]
        world.apply(world.plan(acknowledged=ACKNOWLEDGED))
        assert world.prod.document(SALES)["published"] is False

    def test_roles_are_not_expected_to_hold_there(self, world: World, to_next: NextRelease) -> None:
        world.dev.roles[SALES] = [7]
        assert refused(world) == [f"restricted:{SALES}"]

    @pytest.mark.parametrize("viewers", [[], ["Finance"]])
    def test_viewers_of_a_dashboard_that_is_overwritten_are_not_risked(
        self, world: World, to_next: NextRelease, viewers: list[str]
    ) -> None:
        world.apply(world.plan())
        to_next.viewers[SALES] = viewers
        world.dev.document(SALES)["css"] = "b {}"
        if viewers:
            assert refused(world) == [f"restricted:{SALES}"]
        else:
            assert world.plan().plan.pending

    def test_a_source_that_does_not_say_who_may_see_is_taken_to_restrict(
        self, world: World, from_next: NextRelease
    ) -> None:
        from_next.vocabulary = Access.UNKNOWN
        assert refused(world) == [f"restricted:{SALES}"]
        assert world.plan(acknowledged=ACKNOWLEDGED).plan.pending

    def test_a_draft_is_shown_to_nobody_new(self, world: World, from_next: NextRelease) -> None:
        from_next.vocabulary = Access.UNKNOWN
        world.dev.document(SALES)["published"] = False
        assert world.plan().plan.pending

    def test_a_restricted_dashboard_is_refused_where_a_target_does_not_say_how_it_restricts(
        self, world: World, to_next: NextRelease
    ) -> None:
        to_next.vocabulary = Access.UNKNOWN
        assert world.plan().plan.pending
        world.dev.roles[SALES] = [7]
        assert refused(world) == [f"restricted:{SALES}"]


class TestRowLevelSecurity:
    """Its rules have subjects, which the list of rules leaves out if it is asked for roles."""

    def rule(self, server: FakeSuperset, **roles: object) -> dict[str, object]:
        dataset = {"id": server.id_of(SALES_DATA)}
        return {"id": 1, "name": "own", "clause": "a = 1", "filter_type": "Regular", "tables": [dataset], **roles}

    @pytest.mark.parametrize("theirs", [{"roles": []}, {}])
    def test_a_rule_without_roles_is_not_taken_for_one_of_nobody(
        self, world: World, from_next: NextRelease, theirs: dict[str, object]
    ) -> None:
        world.apply(world.plan())
        from_next.rules, world.prod.rules = [self.rule(from_next)], [self.rule(world.prod, **theirs)]
        assert refused(world) == [f"row-level-security:{SALES_DATA}"]

    def test_a_rule_with_the_same_roles_on_both_sides_is_equal(self, world: World) -> None:
        world.apply(world.plan())
        world.dev.rules = [self.rule(world.dev, roles=[{"id": 1, "name": "Gamma"}])]
        world.prod.rules = [self.rule(world.prod, roles=[{"id": 9, "name": "Gamma"}])]
        assert not world.plan().plan.pending


class TestDeletedAssetsThatAreKept:
    def test_one_is_not_brought_back_by_accident(self, world: World, to_next: NextRelease) -> None:
        to_next.kept[Kind.DASHBOARD].add(SALES.uuid)
        assert refused(world) == [f"archived:{SALES}"]
        assert world.plan(acknowledged=frozenset({f"archived:{SALES}"})).plan.pending

    def test_what_a_rollback_removes_is_gone_from_the_lists(self, world: World, to_next: NextRelease) -> None:
        planned = world.plan()
        world.apply(planned)
        world.roll_back(planned)
        assert to_next.id_of(SALES) is None
        assert SALES.uuid in to_next.archived(Kind.DASHBOARD)

    def test_known_releases_are_not_asked(self, world: World) -> None:
        world.prod.archived = lambda kind: frozenset({SALES.uuid})  # type: ignore[method-assign]
        assert world.plan().plan.pending


def test_links_of_both_shapes_lead_to_the_target(world: World, to_next: NextRelease) -> None:
    """The next release drops the prefix /superset from the addresses of dashboards."""
    number = world.dev.id_of(SALES)
    text = f"[a](/superset/dashboard/{number}/) [b](/dashboard/{number}/)"
    position = world.dev.document(SALES)["position"]
    position["MARKDOWN-1"] = {"type": "MARKDOWN", "id": "MARKDOWN-1", "children": [], "meta": {"code": text}}
    world.apply(world.plan())
    new = world.prod.id_of(SALES)
    assert new != number
    code = world.prod.document(SALES)["position"]["MARKDOWN-1"]["meta"]["code"]
    assert code == f"[a](/superset/dashboard/{new}/) [b](/dashboard/{new}/)"


def test_a_dashboard_that_the_target_lost_sight_of_is_not_taken_for_open(world: World, to_next: NextRelease) -> None:
    world.apply(world.plan())
    world.dev.document(SALES)["css"] = "b {}"
    to_next.vocabulary = Access.UNKNOWN
    assert refused(world) == [f"restricted:{SALES}"]
