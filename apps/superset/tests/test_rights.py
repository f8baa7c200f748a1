"""What an account may not do is reported by name before anything is written, in the plan and again at the apply."""

from __future__ import annotations

import pytest

from apps.superset.checks.rights import rights_on_source, rights_on_target
from apps.superset.errors import PlanUnsafe
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, World

WRITES = frozenset({("can_write", view) for view in ("Dataset", "Chart", "Dashboard")})
OF_SOURCE, OF_TARGET = (rights(RELEASE.permissions) for rights in (rights_on_source, rights_on_target))
ALPHA = frozenset({*OF_TARGET, *WRITES, ("all_database_access", "all_database_access")})
NOT_OWNED = frozenset({"not-owned"})


@pytest.fixture
def world() -> World:
    """The account of prod may do everything, but is no administrator; dashboards have no slugs."""
    world = World(SALES, BIRTHS)
    world.prod.admin, world.prod.rights = False, ALPHA
    for key in (SALES, BIRTHS):
        world.dev.document(key)["slug"] = None
    return world


def reasons(world: World, *names: str, **request: object) -> list[dict[str, object]]:
    with pytest.raises(PlanUnsafe) as refused:
        world.plan(*names, **request)
    found: list[dict[str, object]] = refused.value.context["reasons"]
    return found


def test_an_account_that_may_do_all_it_needs_is_refused_nothing(world: World) -> None:
    world.apply(world.plan())
    assert world.prod.id_of(SALES)


def test_nothing_is_claimed_where_the_server_shows_no_rights(world: World) -> None:
    world.prod.rights = frozenset()
    assert world.plan().plan.pending


@pytest.mark.parametrize("right", sorted(OF_TARGET))
def test_each_right_on_the_target_that_is_missing_is_named(world: World, right: tuple[str, str]) -> None:
    world.prod.rights = ALPHA - {right}
    (reason,) = reasons(world)
    assert (reason["kind"], reason["rights"]) == ("rights_missing", [f"{right[0]} on {right[1]}"])
    assert str(reason["text"]).startswith(
        f"the account “robot” of prod lacks {right[0]} on {right[1]}: grant them to one of"
    )
    assert world.prod.requests["GET"] == 0


@pytest.mark.parametrize("right", sorted(OF_SOURCE))
def test_each_right_on_the_source_that_is_missing_is_named(world: World, right: tuple[str, str]) -> None:
    world.dev.rights = frozenset({*OF_SOURCE} - {right})
    (reason,) = reasons(world)
    assert "the account “robot” of dev lacks" in str(reason["text"])


def test_what_is_missing_on_both_sides_is_reported_at_once(world: World) -> None:
    world.dev.rights = world.prod.rights = frozenset({("can_read", "Chart")})
    assert [reason["asset"] for reason in reasons(world)] == ["dev", "prod"]


def test_who_may_not_write_a_kind_that_the_plan_writes_is_refused(world: World) -> None:
    world.prod.rights = ALPHA - {("can_write", "Dataset")}
    assert [reason["rights"] for reason in reasons(world)] == [["can_write on Dataset"]]


def test_a_kind_that_stays_as_it_is_needs_no_right_to_write(world: World) -> None:
    world.apply(world.plan())
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    world.prod.rights = ALPHA - {("can_write", "Dataset")}
    assert world.plan().plan.pending


def test_a_right_that_was_taken_away_after_the_plan_refuses_the_apply_before_anything_is_written(world: World) -> None:
    planned = world.plan()
    world.prod.rights = ALPHA - {("can_write", "Chart")}
    with pytest.raises(PlanUnsafe, match="lacks can_write on Chart"):
        world.apply(planned)
    assert world.prod.writes == []


def test_a_database_that_the_account_may_not_see_is_reported_as_that(world: World) -> None:
    world.prod.rights = ALPHA - {("all_database_access", "all_database_access")}
    world.prod.documents["database"].clear()
    (reason,) = reasons(world)
    assert "the account “robot” of prod sees only the databases it was granted" in str(reason["text"])


class TestWhatTheAccountDoesNotOwn:
    @pytest.fixture
    def world(self, world: World) -> World:
        """One chart of prod belongs to somebody else."""
        world.apply(world.plan())
        world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
        world.prod.owners[REVENUE] = [9]
        return world

    def test_overwriting_what_the_account_does_not_own_is_refused_and_named(self, world: World) -> None:
        (reason,) = reasons(world)
        assert (reason["kind"], reason["acknowledge"]) == ("not_owned", "not-owned")
        assert reason["assets"] == ["chart “Total Revenue”"]

    def test_an_owner_and_an_administrator_may_overwrite_the_asset(self, world: World) -> None:
        world.prod.owners[REVENUE] = [9, world.prod.account_id]
        assert world.plan().plan.pending
        world.prod.owners[REVENUE], world.prod.admin = [9], True
        assert world.plan().plan.pending

    def test_an_acknowledged_foreign_asset_is_tried_and_undone(self, world: World) -> None:
        """Whose administrators have a role of another name."""
        world.prod.admin, world.prod.admin_role = True, "Root"
        planned = world.plan(acknowledged=NOT_OWNED)
        assert "not_owned" in {note.kind for note in planned.plan.warnings}
        world.prod.writes.clear()
        world.apply(planned)
        assert world.prod.owners[REVENUE] == [9]
        world.roll_back(planned)
        assert world.prod.document(REVENUE)["params"].get("time_range") != "Last year"

    def test_an_acknowledgement_that_nothing_is_refused_by_is_an_error(self, world: World) -> None:
        world.prod.admin = True
        assert [reason["kind"] for reason in reasons(world, acknowledged=NOT_OWNED)] == ["acknowledged_nothing"]

    def test_an_owner_who_was_taken_out_after_the_plan_refuses_the_apply(self, world: World) -> None:
        world.prod.owners[REVENUE] = [world.prod.account_id]
        planned = world.plan()
        world.prod.owners[REVENUE] = [9]
        world.prod.writes.clear()
        with pytest.raises(PlanUnsafe, match="neither owns chart “Total Revenue” nor has the role Admin"):
            world.apply(planned)
        assert world.prod.writes == []

    def test_an_undo_of_what_somebody_else_has_taken_over_is_refused_before_anything_is_written(
        self, world: World
    ) -> None:
        world.prod.owners[REVENUE] = [world.prod.account_id]
        planned = world.plan()
        world.apply(planned)
        world.prod.owners[REVENUE] = [9]
        world.prod.writes.clear()
        with pytest.raises(PlanUnsafe, match="neither owns chart “Total Revenue”"):
            world.roll_back(planned)
        assert world.prod.writes == []
