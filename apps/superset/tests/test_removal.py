"""What stands against a removal is known before anything is removed."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.checks.ownership import foreign
from apps.superset.errors import NotFound, NotPermitted, OutcomeUnknown, PlanUnsafe, SupersetError
from apps.superset.execution.readback import Arrival, arrival, look
from apps.superset.execution.stages import Choice
from apps.superset.inventory import read_inventory
from apps.superset.planning.builder import Planned
from apps.superset.protocol import Outcome
from apps.superset.releases.base import Endpoint
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World

OTHER = Key(Kind.DASHBOARD, "88888888-8888-4888-8888-888888888888")


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


@pytest.fixture
def planned(world: World) -> Planned:
    """A plan that was applied."""
    made = world.plan()
    world.apply(made)
    world.prod.writes.clear()
    return made


def report(world: World, key: Key, name: str = "Monday", **fields: Any) -> None:
    row = {"id": len(world.prod.reports) + 1, "name": name, "type": "Report", "active": True}
    world.prod.reports.append({**row, f"{key.kind}_id": world.prod.id_of(key), **fields})


def refused(world: World, planned: Planned) -> str:
    """The words of a rollback that was refused and wrote nothing."""
    before = copy.deepcopy(world.prod.documents)
    with pytest.raises(PlanUnsafe) as error:
        world.roll_back(planned)
    assert world.prod.writes == []
    assert world.prod.documents == before
    return str(error.value)


def test_a_chart_with_a_report_is_not_removed(world: World, planned: Planned) -> None:
    report(world, REVENUE)
    assert "chart “Total Revenue” would be removed but has alerts or reports: report “Monday”" in refused(
        world, planned
    )


def test_a_partial_undo_keeps_a_chart_with_a_report_and_its_dataset(world: World, planned: Planned) -> None:
    report(world, REVENUE)
    world.roll_back(planned, choice=Choice.KEEP_CHANGED)
    assert world.prod.documents[Kind.DASHBOARD] == {}
    assert list(world.prod.documents[Kind.CHART]) == [world.prod.id_of(REVENUE)]
    assert list(world.prod.documents[Kind.DATASET]) == [world.prod.id_of(SALES_DATA)]


def test_a_forced_removal_is_refused(world: World, planned: Planned) -> None:
    report(world, REVENUE)
    with pytest.raises(PlanUnsafe, match="has alerts or reports: report “Monday”"):
        world.roll_back(planned, choice=Choice.FORCE)
    assert world.prod.writes == []


def test_a_dashboard_with_a_disabled_alert_is_not_removed(world: World, planned: Planned) -> None:
    report(world, SALES, "Slump", type="Alert", active=False)
    assert "dashboard “Sales Dashboard” would be removed but has alerts or reports: alert “Slump”" in refused(
        world, planned
    )


def test_everything_that_prevents_a_removal_is_reported_at_once(world: World, planned: Planned) -> None:
    report(world, SALES, "one")
    report(world, REVENUE, "two")
    report(world, REVENUE, "three")
    said = refused(world, planned)
    assert "report “one”" in said
    assert "has alerts or reports: report “three”, report “two”" in said


def test_a_report_on_something_else_of_the_same_number_is_no_matter(world: World, planned: Planned) -> None:
    number = world.prod.id_of(REVENUE)
    world.prod.reports.append({"id": 1, "name": "x", "type": "Report", "dashboard_id": number, "chart_id": None})
    world.roll_back(planned)
    assert world.prod.id_of(SALES) is None


def test_a_report_on_what_is_only_taken_back_is_no_matter(world: World, planned: Planned) -> None:
    world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    update = world.plan()
    world.apply(update)
    report(world, REVENUE)
    world.roll_back(update)
    assert world.prod.id_of(REVENUE) is not None


@pytest.mark.parametrize("error", [NotFound, NotPermitted], ids=["switched-off", "not-permitted"])
def test_a_server_that_shows_no_reports_does_not_stop_a_removal(
    world: World, planned: Planned, error: type[SupersetError], monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(world, "report", error, monkeypatch)
    world.roll_back(planned)
    assert world.prod.id_of(SALES) is None


def test_a_chart_that_somebody_put_into_another_dashboard_is_not_removed(world: World, planned: Planned) -> None:
    number = world.prod.id_of(REVENUE)
    node = {"type": "CHART", "id": "CHART-1", "meta": {"chartId": number, "uuid": REVENUE.uuid}}
    document = {"dashboard_title": "Mine", "uuid": OTHER.uuid, "position": {"CHART-1": node}, "metadata": {}}
    world.prod.add(Asset(OTHER, "Mine", document))
    assert "chart “Total Revenue” would be removed but is used by dashboard “Mine”" in refused(world, planned)


def test_assets_that_the_account_neither_owns_nor_administers_are_not_removed(world: World, planned: Planned) -> None:
    world.prod.admin = False
    world.prod.owners[SALES_DATA] = [9]
    said = refused(world, planned)
    assert "and the account neither owns it nor is an administrator" in said
    assert said.count("would be removed") == 1


def test_an_owner_who_is_no_administrator_may_remove_assets(world: World, planned: Planned) -> None:
    world.prod.admin = False
    world.roll_back(planned)
    assert world.prod.id_of(SALES) is None


def hide(world: World, resource: str, error: type[SupersetError], monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of that resource is refused."""
    whole: Callable[..., Any] = world.prod.list_rows

    def list_rows(asked: str, columns: Any) -> Any:
        if asked == resource:
            raise error("not for you")
        return whole(asked, columns)

    monkeypatch.setattr(world.prod, "list_rows", list_rows)


def test_assets_of_others_are_distinguished_from_those_of_the_account(world: World, planned: Planned) -> None:
    world.prod.owners[SALES] = [9]
    world.prod.owners[REVENUE] = [9, world.prod.account_id]
    assert foreign(world.prod, read_inventory(world.prod), [SALES, REVENUE, SALES_DATA, OTHER]) == {SALES}


def test_a_dashboard_that_somebody_brought_by_hand_is_not_taken_for_a_write_whose_answer_was_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, imported = world.plan("births"), world.prod.import_bundle

    def lost(endpoint: Endpoint, bundle: bytes) -> None:
        """The answer never comes, and a person brings the same at that moment."""
        world.prod.account_id = 9
        imported(endpoint, bundle)
        world.prod.account_id = 1
        raise OutcomeUnknown("no response within 300 s", environment="prod")

    monkeypatch.setattr(world.prod, "import_bundle", lost)
    with pytest.raises(OutcomeUnknown):
        world.apply(made)
    assert set(world.ledger.outcomes.values()) == {Outcome.SENT}
    (write,) = world.ledger.open_writes(made)
    found, inventory = look(list(write.wanted), world.prod)
    assert arrival(write, found, inventory) is Arrival.ABSENT
    world.prod.owners = defaultdict(lambda: [9, 1])
    found, inventory = look(list(write.wanted), world.prod)
    assert arrival(write, found, inventory) is not Arrival.ABSENT
