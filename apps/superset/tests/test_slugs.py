"""Slugs that pass from one dashboard to another, in one run and back again."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.errors import BundleRefused, PlanStale, PlanUnsafe, ServerFault, UndoBlocked
from apps.superset.execution.explain import explain
from apps.superset.execution.readback import Arrival, Write, arrival, look
from apps.superset.execution.stages import Choice, FreeSlugs, stages
from apps.superset.plan.slugs import provisional_slug
from apps.superset.protocol import Act, Outcome
from apps.superset.releases.base import Endpoint
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, SALES, World

OTHER = Key(Kind.DASHBOARD, "99999999-9999-9999-9999-999999999999")


@pytest.fixture
def world() -> World:
    """Both dashboards in dev and prod, under the slugs “one” and “other”."""
    world = World(SALES, BIRTHS)
    give(world.dev, "one", "other")
    world.apply(world.plan())
    return world


def give(server: FakeSuperset, sales: str | None, births: str | None) -> None:
    server.document(SALES)["slug"], server.document(BIRTHS)["slug"] = sales, births


def slugs(server: FakeSuperset) -> list[Any]:
    return [server.document(key)["slug"] for key in (SALES, BIRTHS)]


def state(server: FakeSuperset) -> Any:
    return copy.deepcopy((server.documents, server.members))


class Refusing(FakeSuperset):
    """Every import is certainly refused, whatever it is about."""

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        self.arrived("assets/import")
        raise BundleRefused("the import was refused", environment=self.environment)


class Losing(FakeSuperset):
    """Carries an update out, and its answer never comes."""

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        super().update(kind, asset_id, fields)
        error = ServerFault("the server fell over", environment="prod")
        error.uncertain = True
        raise error


WAYS = [("other", "one"), (None, "one"), ("other", "third"), ("other", None)]


@pytest.mark.parametrize("after", WAYS)
def test_slugs_arrive_no_matter_which_dashboard_held_them(world: World, after: tuple[str | None, str | None]) -> None:
    give(world.dev, *after)
    assert world.apply(world.plan()).verified
    assert slugs(world.prod) == list(after)
    assert not world.plan().plan.pending


@pytest.mark.parametrize("after", WAYS)
def test_exchanged_slugs_go_back_with_an_undo(world: World, after: tuple[str | None, str | None]) -> None:
    before = state(world.prod)
    give(world.dev, *after)
    planned = world.plan()
    world.apply(planned)
    world.roll_back(planned)
    assert state(world.prod) == before


def test_a_new_dashboard_may_have_the_slug_of_one_that_gives_it_up() -> None:
    world = World(SALES, BIRTHS)
    give(world.dev, "one", None)
    world.apply(world.plan("one"))
    before = state(world.prod)
    give(world.dev, None, "one")
    planned = world.plan()
    world.apply(planned)
    assert slugs(world.prod) == [None, "one"]
    world.roll_back(planned)
    assert state(world.prod) == before


def test_a_dashboard_that_keeps_its_slug_is_not_touched_first(world: World) -> None:
    give(world.dev, "new", "other")
    world.dev.document(BIRTHS)["css"] = "a {}"
    assert not [step for step in steps(world) if isinstance(step, FreeSlugs)]


def test_the_stages_name_provisional_slugs(world: World) -> None:
    give(world.dev, "other", "one")
    sentences = explain(steps(world))
    assert "Free slugs: give 2 dashboards provisional slugs, so that others can take theirs" in sentences


def steps(world: World) -> list[Any]:
    planned = world.plan()
    return stages(planned.plan, planned.desired, world.prod.release())


def test_an_undo_that_keeps_a_dashboard_keeps_the_one_that_needs_its_slug(world: World) -> None:
    give(world.dev, "other", "one")
    planned = world.plan()
    world.apply(planned)
    world.prod.document(SALES)["css"] = "b {}"
    with pytest.raises(UndoBlocked):
        world.roll_back(planned)
    undone = world.roll_back(planned, choice=Choice.KEEP_CHANGED)
    assert {"dashboard “USA Births Names”", "dashboard “Sales Dashboard”"} <= set(undone.kept)
    assert slugs(world.prod) == ["other", "one"]


def test_a_forced_undo_gives_both_slugs_back(world: World) -> None:
    give(world.dev, "other", "one")
    planned = world.plan()
    world.apply(planned)
    world.prod.document(SALES)["css"] = "b {}"
    world.roll_back(planned, choice=Choice.FORCE)
    assert slugs(world.prod) == ["one", "other"]


# --- interrupted -----------------------------------------------------------------------------------------------------


def interrupted(world: World, *after: str | None) -> Any:
    """A run that gave provisional slugs, and came no further."""
    give(world.dev, *after)
    planned = world.plan()
    world.prod.__class__ = Refusing
    with pytest.raises(BundleRefused) as failed:
        world.apply(planned)
    world.prod.__class__ = FakeSuperset
    return planned, failed.value


@pytest.mark.parametrize("after", WAYS[:2])
def test_a_run_that_stopped_after_provisional_slugs_says_so_and_the_next_completes_it(
    world: World, after: tuple[str, str]
) -> None:
    planned, error = interrupted(world, *after)
    assert world.prod.document(SALES)["slug"] == provisional_slug(SALES)
    assert str(SALES) in error.context["written"]
    assert world.apply(planned).verified
    assert slugs(world.prod) == list(after)


@pytest.mark.parametrize("after", WAYS[:2])
def test_an_interrupted_exchange_of_slugs_is_undone(world: World, after: tuple[str, str]) -> None:
    before = state(world.prod)
    planned, _ = interrupted(world, *after)
    world.roll_back(planned)
    assert state(world.prod) == before


def test_an_undo_that_stopped_after_provisional_slugs_is_completed_by_the_next() -> None:
    world = World(SALES, BIRTHS)
    give(world.dev, "one", None)
    world.apply(world.plan("one"))
    before = state(world.prod)
    give(world.dev, None, "one")
    planned = world.plan()
    world.apply(planned)
    world.prod.__class__ = Refusing
    with pytest.raises(BundleRefused):
        world.roll_back(planned)
    assert world.prod.document(BIRTHS)["slug"] == provisional_slug(BIRTHS)
    world.prod.__class__ = FakeSuperset
    world.roll_back(planned)
    assert state(world.prod) == before


def test_a_plan_made_on_provisional_slugs_warns_and_completes_them(world: World) -> None:
    interrupted(world, "other", "one")
    planned = world.plan()
    (warning,) = [note for note in planned.plan.warnings if note.kind == "slug_provisional"]
    assert sorted(warning.assets) == ["dashboard “Sales Dashboard”", "dashboard “USA Births Names”"]
    world.apply(planned)
    assert slugs(world.prod) == ["other", "one"]
    assert not [note for note in world.plan().plan.warnings if note.kind == "slug_provisional"]


def test_changes_of_others_are_seen_despite_provisional_slugs(world: World) -> None:
    planned, _ = interrupted(world, "other", "one")
    world.prod.document(SALES)["css"] = "b {}"
    with pytest.raises(PlanStale, match="Sales Dashboard"):
        world.apply(planned)


def test_a_lost_response_of_a_slug_change_is_looked_up(world: World) -> None:
    give(world.dev, "other", "one")
    world.prod.__class__ = Losing
    assert world.apply(world.plan()).verified
    assert slugs(world.prod) == ["other", "one"]


def test_the_outcome_of_an_unanswered_slug_change_is_found_later(world: World) -> None:
    write = Write(1, Act.UPDATE, {SALES: None}, expired=True)
    assert write.outcome(arrival(write, *look([SALES], world.prod))) is Outcome.ABSENT
    world.prod.document(SALES)["slug"] = provisional_slug(SALES)
    assert arrival(write, *look([SALES], world.prod)) is Arrival.ARRIVED


# --- where the other one does not travel -----------------------------------------------------------------------------


def refused(world: World, *names: str) -> tuple[str, str]:
    with pytest.raises(PlanUnsafe) as error:
        world.plan(*names)
    (reason,) = error.value.context["reasons"]
    return reason["kind"], reason["text"]


def test_a_dashboard_that_holds_the_slug_has_to_travel_as_well(world: World) -> None:
    give(world.dev, None, "one")
    kind, text = refused(world, "one")
    assert kind == "slug_handover"
    assert "“USA Births Names”" in text
    assert "“Sales Dashboard”" in text
    assert "migrate both in one plan" in text
    assert "pair" not in text


def test_a_dashboard_that_is_on_the_target_already_is_not_advised_to_be_paired(world: World) -> None:
    """It would be overwritten, and its own stay behind."""
    document = {"uuid": OTHER.uuid, "dashboard_title": "Ours", "slug": "third", "position": {}, "metadata": {}}
    world.prod.add(Asset(OTHER, "Ours", document))
    give(world.dev, "one", "third")
    kind, text = refused(world)
    assert kind == "slug_in_use"
    assert "“Ours”" in text
    assert "pair" not in text


def test_a_slug_that_came_to_somebody_else_since_the_plan_refuses_the_apply(world: World) -> None:
    give(world.dev, "other", "one")
    planned = world.plan()
    world.prod.document(BIRTHS)["slug"] = "elsewhere"
    document = {"uuid": OTHER.uuid, "dashboard_title": "Ours", "slug": "other", "position": {}, "metadata": {}}
    world.prod.add(Asset(OTHER, "Ours", document))
    writes = list(world.prod.writes)
    with pytest.raises(PlanStale):
        world.apply(planned)
    assert world.prod.writes == writes
