"""Runs that stopped half-way: what is known of them, and how they are completed or undone."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apps.superset.errors import PlanStale, ServerFault, UndoBlocked
from apps.superset.releases.base import Endpoint
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, World


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


def state(server: FakeSuperset) -> Any:
    return copy.deepcopy((server.documents, server.members))


class Crashing(FakeSuperset):
    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        super().import_bundle(endpoint, bundle)
        raise broken()


def broken() -> ServerFault:
    """A 500 that nobody knows the meaning of: the write may have been carried out."""
    error = ServerFault("the server fell over", environment="prod")
    error.uncertain = True
    return error


class Breaking(FakeSuperset):
    """Carries its first import out, and fails at the second."""

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        if self.writes:
            raise broken()
        super().import_bundle(endpoint, bundle)


def test_an_inconclusive_answer_is_no_failure_where_the_target_shows_the_write(world: World) -> None:
    planned = world.plan("1")
    world.prod.__class__ = Crashing
    assert len(world.apply(planned).written) == len(planned.plan.changes)


def test_an_interrupted_run_says_what_it_had_sent_and_can_be_taken_back(world: World) -> None:
    before = state(world.prod)
    planned = world.plan("1")
    world.prod.__class__ = Breaking
    with pytest.raises(ServerFault) as failed:
        world.apply(planned)
    assert str(REVENUE) in failed.value.context["written"]
    assert failed.value.context["open"] == []
    world.prod.__class__ = FakeSuperset
    world.roll_back(planned)
    assert state(world.prod) == before


def test_an_interrupted_run_is_completed_by_the_next(world: World) -> None:
    planned = world.plan("1")
    world.prod.__class__ = Breaking
    with pytest.raises(ServerFault):
        world.apply(planned)
    world.prod.__class__ = FakeSuperset
    assert world.apply(planned).verified
    assert "20000000" not in str(state(world.prod))
    assert not world.plan("1").plan.pending


def test_half_written_numbers_do_not_hide_what_others_changed_since(world: World) -> None:
    planned = world.plan("1")
    world.prod.__class__ = Breaking
    with pytest.raises(ServerFault):
        world.apply(planned)
    world.prod.__class__ = FakeSuperset
    world.prod.document(REVENUE)["description"] = "edited since"
    with pytest.raises(UndoBlocked, match="Total Revenue"):
        world.roll_back(planned)
    with pytest.raises(PlanStale, match="Total Revenue"):
        world.apply(planned)


def test_numbers_that_an_interrupted_run_left_are_set_by_the_next(world: World) -> None:
    world.prod.__class__ = Breaking
    with pytest.raises(ServerFault):
        world.apply(world.plan("1"))
    world.prod.__class__ = FakeSuperset
    again = world.plan("1")
    assert again.plan.pending
    world.apply(again)
    own = world.prod.id_of(REVENUE)
    assert world.prod.document(REVENUE)["params"]["slice_id"] == own
    assert "20000000" not in str(state(world.prod))
    assert not world.plan("1").plan.pending
