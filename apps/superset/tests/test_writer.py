"""What became of a request that writes, as the run says and its ledger keeps."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.assets import Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.errors import (
    BundleRefused,
    Cancelled,
    NotPermitted,
    NotVerified,
    OutcomeOpen,
    OutcomeUnknown,
    RateLimited,
    SupersetError,
    Unreachable,
)
from apps.superset.execution.apply import apply
from apps.superset.execution.stages import Choice
from apps.superset.protocol import Outcome, Silent
from apps.superset.releases.base import Endpoint
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, Kept, World


@pytest.fixture
def migrated() -> World:
    """What dev has is on prod already; since then a chart of dev was changed."""
    world = World(SALES, BIRTHS)
    world.apply(world.plan())
    world.prod.writes.clear()
    world.ledger = Kept()
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    return world


class Silenced(FakeSuperset):
    """Takes an import and never answers; what it does with it is up to the test."""

    held: list[bytes]

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        self.arrived("assets/import")
        self.held = [bundle]
        self.meanwhile()
        raise OutcomeUnknown("no response within 300 s", environment="prod")

    def meanwhile(self) -> None:
        pass


class Committing(Silenced):
    def meanwhile(self) -> None:
        self._import(read_bundle(self.held.pop()))


def commit(world: World) -> None:
    """What it was sent, late but all the same."""
    assert isinstance(world.prod, Silenced)
    world.prod._import(read_bundle(world.prod.held.pop()))


class Stopping(Silent):
    """Cancelled as soon as something was sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self.lines.append(text)

    def check_cancelled(self) -> None:
        if any(text.startswith("sending") for text in self.lines):
            raise Cancelled("stopped, as ada asked")


def outcomes(world: World) -> list[str]:
    return [each.value for each in world.ledger.outcomes.values()]


def test_a_lost_answer_is_no_failure_where_the_target_shows_the_write(migrated: World) -> None:
    planned = migrated.plan()
    migrated.prod.__class__ = Committing
    assert migrated.apply(planned).written == ("chart “Total Revenue”",)
    assert outcomes(migrated) == ["written"]


def test_a_write_that_cannot_be_found_stays_open(migrated: World) -> None:
    planned = migrated.plan()
    migrated.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown) as lost:
        migrated.apply(planned)
    assert (lost.value.context["written"], lost.value.context["open"]) == ([], [str(REVENUE)])
    assert outcomes(migrated) == ["sent"]


def test_a_write_that_shows_within_the_patience_is_awaited(migrated: World, monkeypatch: Any) -> None:
    planned = migrated.plan()
    migrated.prod.__class__ = Silenced
    monkeypatch.setattr("apps.superset.execution.readback._sleep", lambda *_: commit(migrated))
    assert migrated.apply(planned, patience=60.0).verified
    assert outcomes(migrated) == ["written"]


def test_while_a_write_is_open_nothing_else_is_sent(migrated: World) -> None:
    planned = migrated.plan()
    migrated.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        migrated.apply(planned)
    earlier = migrated.ledger.open_writes(planned)
    with pytest.raises(OutcomeOpen):
        migrated.apply(planned, earlier=earlier)
    assert migrated.prod.writes == ["assets/import"]
    commit(migrated)
    migrated.prod.__class__ = FakeSuperset
    migrated.apply(planned, earlier=earlier)
    assert outcomes(migrated) == ["written"]
    assert migrated.prod.writes == ["assets/import"]


def test_a_write_that_comes_after_the_undo_can_be_undone_again(migrated: World, monkeypatch: Any) -> None:
    before = migrated.prod.document(REVENUE)["params"].get("time_range")
    planned = migrated.plan()
    migrated.prod.__class__ = Silenced
    with pytest.raises(OutcomeUnknown):
        migrated.apply(planned)
    earlier = migrated.ledger.open_writes(planned)
    monkeypatch.setattr(migrated.ledger, "snapshot", lambda content: None)  # that of the apply is what counts
    assert migrated.roll_back(planned, ledger=migrated.ledger, earlier=earlier).written == ()
    assert migrated.ledger.open_writes(planned)
    commit(migrated)
    migrated.prod.__class__ = FakeSuperset
    assert migrated.roll_back(planned, ledger=migrated.ledger, earlier=earlier).written == ("chart “Total Revenue”",)
    assert migrated.prod.document(REVENUE)["params"].get("time_range") == before
    assert migrated.ledger.open_writes(planned) == []


def test_if_the_target_cannot_be_read_back_the_write_stays_open(migrated: World, monkeypatch: Any) -> None:
    planned = migrated.plan()
    migrated.prod.__class__ = Committing

    def down(*_: Any, **__: Any) -> Any:
        raise Unreachable("no answer", environment="prod")

    monkeypatch.setattr(Committing, "meanwhile", lambda self: monkeypatch.setattr(self, "list_rows", down))
    with pytest.raises(OutcomeUnknown) as lost:
        migrated.apply(planned)
    assert lost.value.context["open"] == [str(REVENUE)]


REFUSALS = [
    BundleRefused("the bundle was refused", environment="prod"),
    NotPermitted("the account may not do this", environment="prod"),
    RateLimited("too many requests", environment="prod"),
    Unreachable("the connection was refused", environment="prod"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.kind)
def test_what_was_certainly_refused_was_not_written_and_nobody_s_work_is_undone(
    refusal: SupersetError, monkeypatch: Any
) -> None:
    world = World(SALES, BIRTHS)
    planned = world.plan()

    def refuse(self: FakeSuperset, endpoint: Endpoint, bundle: bytes) -> None:
        self.arrived("assets/import")
        raise refusal

    with monkeypatch.context() as patch:
        patch.setattr(FakeSuperset, "import_bundle", refuse)
        with pytest.raises(type(refusal)) as failed:
            world.apply(planned)
    assert (failed.value.context["written"], failed.value.context["open"]) == ([], [])
    assert outcomes(world) == ["refused"]
    refused, world.ledger = world.ledger, Kept()
    world.apply(planned)  # somebody else's work, by hand
    world.ledger = refused
    assert world.roll_back(planned).removed == ()
    assert world.prod.id_of(SALES)


def test_a_refusal_is_not_believed_where_the_target_shows_the_write(migrated: World, monkeypatch: Any) -> None:
    planned = migrated.plan()

    def lie(self: FakeSuperset, endpoint: Endpoint, bundle: bytes) -> None:
        self.arrived("assets/import")
        self._import(read_bundle(bundle))
        raise BundleRefused("the bundle was refused", environment="prod")

    monkeypatch.setattr(FakeSuperset, "import_bundle", lie)
    assert migrated.apply(planned).written == ("chart “Total Revenue”",)
    assert outcomes(migrated) == ["written"]


@pytest.mark.parametrize("whole", [True, False])
def test_an_acceptance_is_not_believed_where_the_target_shows_nothing(*, whole: bool, monkeypatch: Any) -> None:
    world = World(SALES, BIRTHS)
    if not whole:
        world.apply(world.plan())
        world.ledger = Kept()
        world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = world.plan()
    monkeypatch.setattr(FakeSuperset, "import_bundle", lambda self, *_: self.arrived("assets/import"))
    with pytest.raises(NotVerified) as failed:
        world.apply(planned)
    assert failed.value.context["written"] == []
    assert str(REVENUE) in failed.value.context["open"]
    assert outcomes(world) == ["sent"]


def test_a_cancelled_run_awaits_its_write_and_says_what_was_written(migrated: World) -> None:
    planned = migrated.plan()
    with pytest.raises(Cancelled) as stopped:
        apply(planned.plan, planned.desired, migrated.prod, Stopping(), migrated.ledger)
    assert stopped.value.context["written"] == [str(REVENUE)]
    assert migrated.prod.writes == ["assets/import"]


def test_a_cancelled_run_whose_write_is_open_ends_as_cancelled_and_says_so(migrated: World) -> None:
    planned = migrated.plan()
    migrated.prod.__class__ = Silenced
    with pytest.raises(Cancelled, match="no response within 300 s") as stopped:
        apply(planned.plan, planned.desired, migrated.prod, Stopping(), migrated.ledger)
    assert stopped.value.context["open"] == [str(REVENUE)]


def test_what_was_not_sent_because_the_sign_in_was_cancelled_was_not_written(migrated: World, monkeypatch: Any) -> None:
    planned = migrated.plan()

    def cancelled(*_: object) -> None:
        raise Cancelled("stopped, as ada asked")

    monkeypatch.setattr(migrated.prod, "import_bundle", cancelled)
    with pytest.raises(Cancelled) as stopped:
        migrated.apply(planned)
    assert (stopped.value.context["written"], stopped.value.context["open"]) == ([], [])
    assert outcomes(migrated) == ["intended"]


class Lost(Kept):
    """The run was given to somebody else while it signed in."""

    def leaving(self, number: int) -> None:
        raise PermissionError(f"request {number} is not ours to send")


class LostMeanwhile(Kept):
    """The run was given to somebody else while it waited to send once more what was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def leaving(self, number: int) -> None:
        self.asked += 1
        if self.asked > 1:
            raise PermissionError(f"request {number} is not ours to send")
        super().leaving(number)


def test_what_was_refused_and_may_not_be_sent_again_was_not_written(migrated: World, monkeypatch: Any) -> None:
    planned = migrated.plan()
    migrated.ledger = LostMeanwhile()

    def too_many(self: FakeSuperset, endpoint: Endpoint, bundle: bytes) -> None:
        self.arrived("assets/import")  # answered 429
        self.arrived("assets/import")

    monkeypatch.setattr(FakeSuperset, "import_bundle", too_many)
    with pytest.raises(PermissionError):
        migrated.apply(planned)
    assert (migrated.prod.writes, outcomes(migrated)) == (["assets/import"], ["refused"])


def test_a_run_that_is_not_ours_any_more_sends_nothing(migrated: World) -> None:
    planned = migrated.plan()
    migrated.ledger = Lost()
    with pytest.raises(PermissionError):
        migrated.apply(planned)
    assert (migrated.prod.writes, outcomes(migrated)) == ([], ["intended"])


# --- Undoing what others have changed ---------------------------------------------------------------------------------


@pytest.fixture
def edited() -> World:
    """A migration that created everything; since then somebody has renamed one of its charts."""
    world = World(SALES, BIRTHS)
    planned = world.plan()
    world.apply(planned)
    world.prod.document(REVENUE)["slice_name"] = "Revenue of prod"
    world.prod.writes.clear()
    world.planned = planned  # type: ignore[attr-defined]
    return world


def test_a_partial_undo_keeps_what_a_changed_asset_depends_on(edited: World) -> None:
    result = edited.roll_back(edited.planned, choice=Choice.KEEP_CHANGED)  # type: ignore[attr-defined]
    assert edited.prod.document(REVENUE)["slice_name"] == "Revenue of prod"
    assert edited.prod.id_of(SALES) is None
    assert "chart “Total Revenue”" in result.kept
    assert any(name.startswith("dataset") for name in result.kept)
    assert edited.prod.id_of(BIRTHS) is None


def test_changes_of_others_can_be_undone_when_forced(edited: World) -> None:
    edited.roll_back(edited.planned, choice=Choice.FORCE)  # type: ignore[attr-defined]
    assert edited.prod.id_of(REVENUE) is None


def test_a_dashboard_that_was_changed_keeps_its_charts_and_their_datasets(edited: World) -> None:
    edited.prod.document(REVENUE)["slice_name"] = "Total Revenue"
    edited.prod.document(BIRTHS)["dashboard_title"] = "Births of prod"
    edited.roll_back(edited.planned, choice=Choice.KEEP_CHANGED)  # type: ignore[attr-defined]
    number = edited.prod.id_of(BIRTHS)
    assert number is not None
    assert all(chart in edited.prod.documents[Kind.CHART] for chart in edited.prod.members[number])
    assert edited.prod.id_of(SALES) is None


def test_what_was_removed_by_hand_is_no_obstacle(edited: World) -> None:
    edited.prod.document(REVENUE)["slice_name"] = "Total Revenue"
    number = edited.prod.id_of(SALES)
    assert number is not None
    edited.prod.delete(Kind.DASHBOARD, [number])
    edited.roll_back(edited.planned)  # type: ignore[attr-defined]
    assert edited.prod.id_of(REVENUE) is None


def test_a_refused_undo_sends_nothing(edited: World) -> None:
    ledger = Kept()
    with pytest.raises(SupersetError, match="Total Revenue"):
        edited.roll_back(edited.planned, ledger=ledger)  # type: ignore[attr-defined]
    assert (edited.prod.writes, ledger.outcomes) == ([], {})
    assert Outcome.WRITTEN in edited.ledger.outcomes.values()
