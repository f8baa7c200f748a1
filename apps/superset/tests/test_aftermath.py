"""What was written, told by a run that was cancelled or whose last write was not answered."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.apply import apply
from apps.superset.errors import Cancelled, OutcomeUnknown, Unreachable
from apps.superset.protocol import Silent
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, World


@pytest.fixture
def migrated() -> World:
    """What dev has is on prod already."""
    world = World(SALES, BIRTHS)
    world.apply(world.plan())
    world.prod.writes.clear()
    return world


class Silenced(FakeSuperset):
    """Carries an import out, or not, and never answers."""

    carries_out = True

    def import_assets(self, bundle):
        if self.carries_out:
            super().import_assets(bundle)
        raise OutcomeUnknown("no answer within 300 s", environment="prod")


class Stopping(Silent):
    """Cancelled as soon as something was sent."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self.told.append(text)

    def check_cancelled(self) -> None:
        if any(text.startswith("sending") for text in self.told):
            raise Cancelled("stopped, as ada asked")


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_write_without_an_answer_is_read_back(migrated: World, *, carried_out: bool) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()
    migrated.prod.__class__, Silenced.carries_out = Silenced, carried_out
    with pytest.raises(OutcomeUnknown) as lost:
        migrated.apply(planned)
    assert lost.value.context["written"] == ([str(REVENUE)] if carried_out else [])


def test_if_it_cannot_be_read_back_all_that_was_sent_counts_as_written(migrated: World, monkeypatch: Any) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()
    migrated.prod.__class__, Silenced.carries_out = Silenced, False

    def down(*_: Any) -> Any:
        raise Unreachable("no answer", environment="prod")

    monkeypatch.setattr("apps.superset.aftermath.read_inventory", down)
    with pytest.raises(OutcomeUnknown) as lost:
        migrated.apply(planned)
    assert lost.value.context["written"] == [str(REVENUE)]


def test_a_cancelled_run_awaits_its_write_and_says_what_was_written(migrated: World) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()
    with pytest.raises(Cancelled) as stopped:
        apply(planned.plan, planned.desired, migrated.prod, Stopping(), migrated.ledger)
    assert stopped.value.context["written"] == [str(REVENUE)]
    assert migrated.prod.writes == ["assets/import"]


def test_a_cancelled_run_whose_write_was_not_answered_reads_it_back(migrated: World) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned, reporter = migrated.plan(), Stopping()
    migrated.prod.__class__, Silenced.carries_out = Silenced, True
    with pytest.raises(Cancelled, match="no answer within 300 s") as stopped:
        apply(planned.plan, planned.desired, migrated.prod, reporter, migrated.ledger)
    assert stopped.value.context["written"] == [str(REVENUE)]
    assert reporter.told[-1] == "read prod back: of 1 assets sent or removed 1 were written"


def test_what_was_not_sent_because_the_sign_in_was_cancelled_was_not_written(migrated: World, monkeypatch: Any) -> None:
    migrated.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = migrated.plan()

    def cancelled(_: bytes) -> None:
        raise Cancelled("stopped, as ada asked")

    monkeypatch.setattr(migrated.prod, "import_assets", cancelled)
    with pytest.raises(Cancelled) as stopped:
        migrated.apply(planned)
    assert stopped.value.context["written"] == []
