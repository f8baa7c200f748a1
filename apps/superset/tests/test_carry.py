"""Owners, roles, rules and tags travel if a person wants them to: planned, set, verified and undone."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotVerified, PlanStale, PlanUnsafe, Unreachable
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Plan
from apps.superset.planning.builder import Planned
from apps.superset.references.serialization import unpack
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.carrying import (
    ANN,
    BOB,
    EVE,
    HR,
    ROBOT,
    SALES_ROLE,
    found,
    notes,
    plan,
    state,
    world,
)
from apps.superset.tests.world import REVENUE, SALES, World

__all__ = ["world"]


def test_nothing_is_carried_that_nobody_asked_for(world: World) -> None:
    planned = plan(world)
    assert planned.plan.attachments == ()
    assert planned.plan.carry == ()
    assert "owners" in notes(planned)


def test_a_plan_reads_back_with_all_that_it_carries(world: World) -> None:
    world.dev.roles[SALES] = [SALES_ROLE]
    planned = plan(world, *Aspect)
    assert planned.plan.drafts
    assert Plan.from_json(planned.plan.to_json()) == planned.plan


def interrupted(world: World, monkeypatch: Any) -> Planned:
    """A restricted dashboard is imported, and then the target is gone."""
    world.dev.roles[SALES] = [SALES_ROLE]
    planned = plan(world, Aspect.ROLES)

    def broken(*_args: Any) -> None:
        raise Unreachable("gone", environment="prod")

    with monkeypatch.context() as patch:
        patch.setattr(world.prod, "update", broken)
        with pytest.raises(Unreachable):
            world.apply(planned)
    return planned


class TestOwners:
    def test_owners_arrive_by_mail_under_their_own_numbers(self, world: World) -> None:
        planned = plan(world, Aspect.OWNERS)
        world.apply(planned)
        assert {tuple(owners) for owners in world.prod.owners.values()} == {(100 + BOB,)}
        assert "owners" not in notes(planned)

    def test_user_names_count_where_mails_differ(self, world: World) -> None:
        world.prod.user(100 + BOB, "bob", email="robert@example.org")
        world.apply(plan(world, Aspect.OWNERS))
        assert world.prod.owners[SALES] == [100 + BOB]

    def test_an_owner_without_counterpart_is_named(self, world: World) -> None:
        world.dev.user(ANN, "ann")
        world.dev.owners[REVENUE] = [BOB, ANN]
        planned = plan(world, Aspect.OWNERS)
        assert notes(planned)["owners_unmapped"] == ("chart “Total Revenue”: Ann (ann)",)
        world.apply(planned)
        assert world.prod.owners[REVENUE] == [100 + BOB]

    def test_an_inactive_account_is_no_counterpart(self, world: World) -> None:
        world.prod.user(100 + BOB, "bob", active=False)
        planned = plan(world, Aspect.OWNERS)
        assert "dashboard “Sales Dashboard”: Bob (bob)" in notes(planned)["owners_unmapped"]
        assert found(planned, Aspect.OWNERS) == {}

    def test_owners_alone_are_something_to_do_and_nothing_afterwards(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.owners[SALES] = [100 + EVE]
        planned = plan(world, Aspect.OWNERS)
        assert not planned.plan.written
        assert planned.plan.pending
        assert found(planned, Aspect.OWNERS)[SALES].removed == ("Eve (eve)",)
        world.apply(planned)
        assert world.prod.owners[SALES] == [100 + BOB]
        assert not plan(world, Aspect.OWNERS).plan.pending

    def test_a_rollback_gives_them_back(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.owners[SALES] = [100 + EVE]
        before = state(world.prod)
        world.dev.document(SALES)["dashboard_title"] = "Sales, new"
        planned = plan(world, Aspect.OWNERS)
        world.apply(planned)
        assert world.prod.owners[SALES] == [100 + BOB]
        world.roll_back(planned)
        assert state(world.prod) == before

    def test_a_rollback_keeps_what_was_changed_since_and_says_so(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.owners[SALES] = [100 + EVE]
        planned = plan(world, Aspect.OWNERS)
        world.apply(planned)
        world.prod.owners[SALES] = [1, 100 + EVE, 4711]
        world.prod.owners[REVENUE] = [100 + BOB]
        result = world.roll_back(planned)
        assert world.prod.owners[SALES] == [1, 100 + EVE, 4711]
        assert any("Sales Dashboard" in each and "owners" in each for each in result.kept)

    def test_a_forced_rollback_takes_it_back(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.owners[SALES] = [100 + EVE]
        planned = plan(world, Aspect.OWNERS)
        world.apply(planned)
        world.prod.owners[SALES] = [4711]
        world.roll_back(planned, choice=Choice.FORCE)
        assert world.prod.owners[SALES] == [100 + EVE]

    def test_owners_changed_since_the_plan_stop_an_apply(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.owners[SALES] = [100 + EVE]
        planned = plan(world, Aspect.OWNERS)
        world.prod.owners[SALES] = [4711]
        world.prod.writes.clear()
        with pytest.raises(PlanStale, match="its owners changed"):
            world.apply(planned)
        assert world.prod.writes == []

    def test_owners_that_do_not_read_back_are_reported(self, world: World, monkeypatch: Any) -> None:
        planned = plan(world, Aspect.OWNERS)
        original = world.prod.update

        def deaf(kind: Kind, number: int, fields: dict[str, Any]) -> None:
            original(kind, number, {name: value for name, value in fields.items() if name != "owners"})

        monkeypatch.setattr(world.prod, "update", deaf)
        with pytest.raises(NotVerified, match="its owners changed"):
            world.apply(planned)

    def test_an_account_that_is_no_administrator_stays_one_of_them(self, world: World) -> None:
        world.prod.admin = False
        world.apply(plan(world, Aspect.OWNERS))
        assert sorted(world.prod.owners[SALES]) == [ROBOT, 100 + BOB]

    def test_without_the_list_of_users_mails_still_count(self, world: World) -> None:
        world.dev.shows_users = world.prod.shows_users = False
        world.apply(plan(world, Aspect.OWNERS))
        assert world.prod.owners[SALES] == [100 + BOB]


class TestRights:
    def test_what_the_account_may_not_set_refuses_the_plan(self, world: World) -> None:
        world.dev.tags, world.dev.tagged[SALES] = {5: "quarterly"}, [5]
        has = RELEASE.permissions
        everything = {has.on(verb, kind) for verb in (has.read, has.write, has.export) for kind in Kind}
        world.prod.rights = frozenset({*everything, *has.importing})
        with pytest.raises(PlanUnsafe, match="lacks can_write on Tag"):
            plan(world, Aspect.TAGS)
        world.prod.rights |= {has.write_tags}
        assert plan(world, Aspect.TAGS).plan.attachments

    def test_assets_of_others_are_not_touched_although_their_content_stays(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.admin = False
        world.prod.owners[SALES] = [100 + EVE]
        with pytest.raises(PlanUnsafe, match="neither owns dashboard “Sales Dashboard”"):
            plan(world, Aspect.OWNERS)


class TestTags:
    def test_tags_are_created_and_set_and_removed_by_a_rollback(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.tags = {700: "kept", 701: "gone"}
        world.prod.tagged[SALES] = [701]
        before = state(world.prod)
        world.dev.tags = {5: "quarterly", 6: "kept"}
        world.dev.tagged[SALES], world.dev.tagged[REVENUE] = [5, 6], [6]
        planned = plan(world, Aspect.TAGS)
        assert found(planned, Aspect.TAGS)[SALES].added == ("kept", "quarterly")
        world.apply(planned)
        assert sorted(world.prod.tags[each] for each in world.prod.tagged[SALES]) == ["kept", "quarterly"]
        assert world.prod.tagged[REVENUE] == [700]
        assert "tags" not in notes(planned)
        world.roll_back(planned)
        assert state(world.prod) == before

    def test_a_rollback_removes_the_tag_of_what_it_removes(self, world: World) -> None:
        world.dev.tags, world.dev.tagged[SALES] = {5: "quarterly"}, [5]
        planned = plan(world, Aspect.TAGS)
        world.apply(planned)
        assert list(world.prod.tags.values()) == ["quarterly"]
        world.roll_back(planned)
        assert world.prod.tags == {}

    def test_a_rollback_leaves_a_tag_that_somebody_uses(self, world: World) -> None:
        world.apply(plan(world))
        world.dev.tags, world.dev.tagged[SALES] = {5: "quarterly"}, [5]
        planned = plan(world, Aspect.TAGS)
        world.apply(planned)
        number = next(iter(world.prod.tags))
        world.prod.tagged[Key(Kind.DASHBOARD, "another")] = [number]
        world.roll_back(planned)
        assert world.prod.tags == {number: "quarterly"}
        assert world.prod.tagged[SALES] == []


class TestRoles:
    def test_a_restricted_dashboard_is_published_together_with_its_roles(self, world: World) -> None:
        world.dev.roles[SALES] = [SALES_ROLE]
        seen: list[tuple[bool, list[int]]] = []
        original = world.prod.arrived

        def watch(write: str) -> None:
            if (number := world.prod.id_of(SALES)) is not None:
                document = world.prod.documents[Kind.DASHBOARD][number]
                seen.append((document["published"], list(world.prod.roles[SALES])))
            original(write)

        world.prod.arrived = watch  # type: ignore[method-assign]
        world.apply(plan(world, Aspect.ROLES))
        assert world.prod.document(SALES)["published"] is True
        assert world.prod.roles[SALES] == [100 + SALES_ROLE]
        assert (True, []) not in seen
        assert (False, []) in seen

    def test_a_missing_role_refuses_the_plan_as_before(self, world: World) -> None:
        world.dev.role_names[HR] = "HR"
        world.dev.roles[SALES] = [SALES_ROLE, HR]
        with pytest.raises(PlanUnsafe, match="is restricted to “Sales”, “HR” on the source"):
            plan(world, Aspect.ROLES)
        planned = plan(world, Aspect.ROLES, acknowledged=frozenset({f"restricted:{SALES}"}))
        world.apply(planned)
        assert world.prod.document(SALES)["published"] is False
        assert world.prod.roles[SALES] == []
        assert notes(planned)["roles_unmapped"] == ("dashboard “Sales Dashboard”: HR",)

    def test_roles_that_restrict_nothing_on_the_target_are_no_restriction(self, world: World) -> None:
        world.prod.flags = frozenset()
        world.dev.roles[SALES] = [SALES_ROLE]
        with pytest.raises(PlanUnsafe, match="is restricted to “Sales” on the source"):
            plan(world, Aspect.ROLES)

    def test_roles_that_restrict_nothing_by_now_stop_an_apply(self, world: World) -> None:
        world.dev.roles[SALES] = [SALES_ROLE]
        planned = plan(world, Aspect.ROLES)
        world.prod.flags = frozenset()
        with pytest.raises(PlanStale, match="would restrict nothing"):
            world.apply(planned)
        assert world.prod.writes == []

    def test_a_draft_with_roles_that_restrict_nothing_is_not_published(self, world: World) -> None:
        world.dev.document(SALES)["published"] = False
        world.apply(plan(world))
        world.prod.roles[SALES] = [100 + SALES_ROLE]
        world.dev.roles[SALES] = [SALES_ROLE]
        world.dev.document(SALES)["published"] = True
        assert plan(world).plan.written
        world.prod.flags = frozenset({"EMBEDDED_SUPERSET"})
        with pytest.raises(PlanUnsafe, match="would see it"):
            plan(world)
        world.prod.document(SALES)["published"] = True
        assert not plan(world).plan.written

    def test_a_source_without_roles_opens_nothing(self, world: World) -> None:
        world.apply(plan(world))
        world.prod.roles[SALES] = [100 + SALES_ROLE]
        assert not plan(world, Aspect.ROLES).plan.pending

    def test_a_rollback_gives_the_former_roles_back(self, world: World) -> None:
        world.apply(plan(world))
        before = state(world.prod)
        world.dev.roles[SALES] = [SALES_ROLE]
        world.dev.document(SALES)["dashboard_title"] = "Sales, new"
        planned = plan(world, Aspect.ROLES)
        world.apply(planned)
        world.roll_back(planned)
        assert state(world.prod)[1:] == before[1:]

    def test_an_interrupted_run_leaves_a_draft_that_the_next_one_completes(
        self, world: World, monkeypatch: Any
    ) -> None:
        planned = interrupted(world, monkeypatch)
        assert world.prod.document(SALES)["published"] is False
        world.apply(planned, first=unpack(world.ledger.content))
        assert world.prod.document(SALES)["published"] is True
        assert world.prod.roles[SALES] == [100 + SALES_ROLE]

    def test_an_interrupted_run_is_undone(self, world: World, monkeypatch: Any) -> None:
        planned = interrupted(world, monkeypatch)
        world.roll_back(planned)
        assert world.prod.id_of(SALES) is None
