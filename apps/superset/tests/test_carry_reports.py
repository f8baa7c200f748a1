"""Alerts and reports travel: paused on arrival, verified, and undone before what they are about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import (
    NotFound,
    NotPermitted,
    NotVerified,
    PlanStale,
    PlanUnsafe,
    ServerFault,
    UndoBlocked,
)
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.beside import attachment_lines
from apps.superset.plan.plan import Plan
from apps.superset.plan.render import as_text
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.carrying import ANN, BOB, notes, plan, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import REVENUE, SALES, WAREHOUSE, World, database_of

__all__ = ["world"]

MAIL = {"type": "Email", "recipient_config_json": {"target": "ada@example.org"}}
HOOK = {"type": "Webhook", "recipient_config_json": {"target": "https://hooks.example/s3cret"}}
WORDS: dict[str, Any] = {
    "crontab": "0 9 * * *",
    "timezone": "UTC",
    "report_format": "PNG",
    "grace_period": 3600,
    "log_retention": 90,
    "working_timeout": 3600,
    "force_screenshot": False,
    "extra": {},
    "description": None,
    "email_subject": None,
    "context_markdown": None,
    "custom_width": None,
}


def report(server: FakeSuperset, number: int, about: Key, name: str = "Monday", **fields: Any) -> dict[str, Any]:
    row = {**WORDS, "id": number, "name": name, "type": "Report", "active": True, "owners": [1], "recipients": [MAIL]}
    row |= {f"{about.kind}_id": server.id_of(about), **fields}
    server.reports.append(row)
    return row


def alert(server: FakeSuperset, number: int, about: Key, name: str = "Low stock") -> dict[str, Any]:
    database = server.id_of(Key(Kind.DATABASE, database_of(server)))
    facts = {"sql": "SELECT 1", "validator_type": "operator", "validator_config_json": {"op": "<", "threshold": 5.0}}
    return report(server, number, about, name, type="Alert", database_id=database, **facts)


@pytest.fixture
def settled(world: World) -> World:
    """The content is on prod already."""
    world.apply(plan(world))
    world.prod.writes.clear()
    return world


def test_they_arrive_paused_with_the_numbers_of_the_target_and_go_again(world: World) -> None:
    report(world.dev, 7, SALES)
    alert(world.dev, 8, REVENUE)
    planned = plan(world, Aspect.REPORTS)
    assert "reports" not in notes(planned)
    assert {each.name for each in planned.plan.attachments} == {"Monday", "Low stock"}
    assert Plan.from_json(planned.plan.to_json()) == planned.plan
    world.apply(planned)
    monday, low = sorted(world.prod.reports, key=lambda row: row["name"], reverse=True)
    assert (monday["active"], low["active"]) == (False, False)
    assert monday["dashboard_id"] == world.prod.id_of(SALES)
    assert monday["recipients"] == [MAIL]
    assert low["chart_id"] == world.prod.id_of(REVENUE)
    assert low["database_id"] == world.prod.id_of(Key(Kind.DATABASE, WAREHOUSE))
    assert low["validator_config_json"] == {"op": "<", "threshold": 5.0}
    assert not plan(world, Aspect.REPORTS).plan.pending
    world.roll_back(planned)
    assert world.prod.reports == []
    assert world.prod.documents[Kind.DASHBOARD] == {}


def test_a_plan_says_when_and_to_whom_they_go(world: World) -> None:
    report(world.dev, 7, SALES)
    text = as_text(plan(world, Aspect.REPORTS).plan)
    assert "Report at 0 9 * * * (UTC), PNG to ada@example.org, paused" in text


def test_a_plan_says_so_in_the_language_of_the_reader(world: World) -> None:
    report(world.dev, 7, SALES)
    stored = Plan.from_json(plan(world, Aspect.REPORTS).plan.to_json())
    russian = {"{report}, paused": "{report}, приостановлен", "Report": "Отчёт"}
    (line,) = attachment_lines(stored, lambda text: russian.get(text, text))
    assert line.added == ("Отчёт at 0 9 * * * (UTC), PNG to ada@example.org, приостановлен",)


def test_what_changes_in_a_report_is_named_after_its_translation(settled: World) -> None:
    report(settled.dev, 7, SALES, description="new")
    report(settled.prod, 900, SALES, active=False, description="old")
    found = plan(settled, Aspect.REPORTS).plan
    (line,) = attachment_lines(found, lambda text: {"Report": "Отчёт"}.get(text, text))
    assert [each.partition(" [")[0] for each in line.added] == list(line.removed)
    assert line.added[0].startswith("Отчёт at")
    assert line.added[0].endswith(" [description]")


def test_nobody_asked_for_them(world: World) -> None:
    report(world.dev, 7, SALES)
    planned = plan(world, Aspect.OWNERS)
    assert notes(planned)["reports"] == ("dashboard “Sales Dashboard”: report “Monday”",)
    world.apply(planned)
    assert world.prod.reports == []


def test_an_equal_one_is_left_alone(settled: World) -> None:
    report(settled.dev, 7, SALES)
    report(settled.prod, 900, SALES, active=False)
    assert not plan(settled, Aspect.REPORTS).plan.pending


@pytest.mark.parametrize("active", [True, False])
def test_a_different_one_is_updated_keeps_its_switch_and_comes_back(settled: World, *, active: bool) -> None:
    report(settled.dev, 7, SALES, active=not active, crontab="0 7 * * *")
    report(settled.prod, 900, SALES, active=active, description="old")
    before = json.loads(json.dumps(settled.prod.whole_report(900)))
    planned = plan(settled, Aspect.REPORTS)
    settled.apply(planned)
    [row] = settled.prod.reports
    assert (row["crontab"], row["description"], row["active"]) == ("0 7 * * *", None, active)
    settled.roll_back(planned)
    assert settled.prod.whole_report(900) == before


def test_one_of_the_same_name_about_something_else_is_left_alone(settled: World) -> None:
    report(settled.dev, 7, SALES)
    report(settled.prod, 900, REVENUE)
    planned = plan(settled, Aspect.REPORTS)
    assert notes(planned)["reports_elsewhere"] == ("dashboard “Sales Dashboard”: report “Monday”",)
    assert not planned.plan.pending


def test_an_alert_and_a_report_may_have_one_name(world: World) -> None:
    report(world.dev, 7, SALES, "Stock")
    alert(world.dev, 8, SALES, "Stock")
    world.apply(plan(world, Aspect.REPORTS))
    assert sorted(row["type"] for row in world.prod.reports) == ["Alert", "Report"]
    assert not plan(world, Aspect.REPORTS).plan.pending


class TestSecrets:
    def test_a_webhook_is_nowhere_in_a_plan_and_does_not_travel(self, world: World) -> None:
        report(world.dev, 7, SALES, recipients=[MAIL, HOOK])
        planned = plan(world, Aspect.REPORTS)
        assert notes(planned)["reports_secret"] == ("dashboard “Sales Dashboard”: report “Monday”",)
        assert "s3cret" not in json.dumps(planned.plan.to_json())
        world.apply(planned)
        assert world.prod.reports[0]["recipients"] == [MAIL]

    def test_the_target_keeps_its_own(self, settled: World) -> None:
        report(settled.dev, 7, SALES, crontab="0 7 * * *", recipients=[])
        report(settled.prod, 900, SALES, recipients=[MAIL, HOOK])
        planned = plan(settled, Aspect.REPORTS)
        assert "s3cret" not in json.dumps(planned.plan.to_json())
        settled.apply(planned)
        assert settled.prod.reports[0]["recipients"] == [HOOK]
        settled.roll_back(planned)
        assert settled.prod.reports[0]["recipients"] == [MAIL, HOOK]


class TestOwners:
    def test_they_are_mapped_if_owners_travel(self, world: World) -> None:
        world.dev.user(ANN, "ann")
        report(world.dev, 7, SALES, owners=[BOB, ANN])
        planned = plan(world, Aspect.REPORTS, Aspect.OWNERS)
        assert notes(planned)["report_owners_unmapped"] == ("dashboard “Sales Dashboard”: report “Monday”: Ann (ann)",)
        world.apply(planned)
        assert world.prod.reports[0]["owners"] == [100 + BOB]

    def test_otherwise_the_account_owns_what_it_creates(self, world: World) -> None:
        report(world.dev, 7, SALES, owners=[BOB])
        world.apply(plan(world, Aspect.REPORTS))
        assert world.prod.reports[0]["owners"] == [world.prod.account_id]

    def test_one_of_others_is_left_alone_by_an_account_that_may_not_change_it(self, settled: World) -> None:
        settled.prod.admin = False
        report(settled.dev, 7, SALES, crontab="0 7 * * *")
        report(settled.prod, 900, SALES, owners=[100 + BOB])
        planned = plan(settled, Aspect.REPORTS)
        assert notes(planned)["reports_not_owned"] == ("dashboard “Sales Dashboard”: report “Monday”",)
        assert not planned.plan.pending


class TestWhatCannotTravel:
    def test_a_target_that_does_not_show_all_of_them_is_named(self, settled: World) -> None:
        """A new one may have the name of one that the account does not see, and is refused then."""
        report(settled.dev, 7, SALES)
        settled.prod.sees_all_data = False
        assert any("prod does not show all" in note.text for note in plan(settled, Aspect.REPORTS).plan.losses)

    def test_a_target_without_alerts_and_reports_is_a_loss_by_name(self, world: World) -> None:
        report(world.dev, 7, SALES)
        world.prod.unshown["report"] = NotFound("Not found", environment="prod")
        planned = plan(world, Aspect.REPORTS)
        assert notes(planned)["reports"] == ("dashboard “Sales Dashboard”: report “Monday”",)
        assert planned.plan.attachments == ()

    def test_an_alert_on_a_connection_outside_of_the_plan(self, world: World) -> None:
        alert(world.dev, 8, REVENUE)["database_id"] = 4711
        planned = plan(world, Aspect.REPORTS)
        assert notes(planned)["reports"] == ("chart “Total Revenue”: alert “Low stock”",)

    @pytest.mark.parametrize(
        "state", [{"anchor": "TAB-gone"}, {"activeTabs": ["TAB-gone"]}, {"anchor": '["TAB-gone"]'}]
    )
    def test_tabs_that_the_dashboard_has_no_more(self, world: World, state: dict[str, Any]) -> None:
        report(world.dev, 7, SALES, extra={"dashboard": state})
        planned = plan(world, Aspect.REPORTS)
        assert notes(planned)["reports_anchors"] == ("dashboard “Sales Dashboard”: report “Monday”",)
        assert planned.plan.attachments == ()

    def test_tabs_that_it_has_stay_as_they_are(self, world: World) -> None:
        tab = next(name for name in world.dev.document(SALES)["position"] if name.startswith("TAB-"))
        report(world.dev, 7, SALES, extra={"dashboard": {"anchor": tab}})
        world.apply(plan(world, Aspect.REPORTS))
        assert world.prod.reports[0]["extra"] == {"dashboard": {"anchor": tab}}

    def test_an_account_that_may_not_set_them_refuses_the_plan(self, world: World) -> None:
        report(world.dev, 7, SALES)
        has = RELEASE.permissions
        everything = {has.on(verb, kind) for verb in (has.read, has.write, has.export) for kind in Kind}
        world.prod.rights = frozenset({*everything, *has.importing})
        with pytest.raises(PlanUnsafe, match="lacks can_write on ReportSchedule"):
            plan(world, Aspect.REPORTS)


class TestChangedByOthers:
    def test_a_change_since_the_plan_stops_an_apply(self, settled: World) -> None:
        report(settled.dev, 7, SALES, crontab="0 7 * * *")
        row = report(settled.prod, 900, SALES)
        planned = plan(settled, Aspect.REPORTS)
        row["crontab"] = "0 1 * * *"
        with pytest.raises(PlanStale, match="report “Monday”: its reports changed"):
            settled.apply(planned)
        assert settled.prod.writes == []

    def test_one_that_is_in_use_since_blocks_the_removal_of_its_dashboard(self, world: World) -> None:
        report(world.dev, 7, SALES)
        planned = plan(world, Aspect.REPORTS)
        world.apply(planned)
        world.prod.reports[0]["active"] = True
        world.prod.writes.clear()
        with pytest.raises((UndoBlocked, PlanUnsafe), match="Monday"):
            world.roll_back(planned)
        assert world.prod.writes == []
        world.roll_back(planned, choice=Choice.FORCE)
        assert world.prod.reports == []

    def test_it_stays_on_a_dashboard_that_stays(self, settled: World) -> None:
        report(settled.dev, 7, SALES)
        planned = plan(settled, Aspect.REPORTS)
        settled.apply(planned)
        settled.prod.reports[0]["active"] = True
        result = settled.roll_back(planned)
        assert [row["name"] for row in settled.prod.reports] == ["Monday"]
        assert any("Monday" in each for each in result.kept)

    def test_what_does_not_read_back_is_reported(self, world: World, monkeypatch: Any) -> None:
        report(world.dev, 7, SALES)
        planned = plan(world, Aspect.REPORTS)
        monkeypatch.setattr(world.prod, "add_report", lambda *_: None)
        with pytest.raises(NotVerified, match="its reports changed"):
            world.apply(planned)


@pytest.mark.parametrize(
    "answer", [ServerFault("boom", environment="dev"), NotPermitted("no", environment="dev"), None]
)
def test_a_report_that_cannot_be_read_is_a_loss_and_hides_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: Exception | None
) -> None:
    report(world.dev, 7, SALES, "Monday")
    report(world.dev, 8, SALES, "Friday")
    read = world.dev.report

    def one(number: int) -> Any:
        if number == 8 and answer:
            raise answer
        return None if number == 8 else read(number)

    monkeypatch.setattr(world.dev, "report", one)
    planned = plan(world, Aspect.REPORTS)
    assert [each.name for each in planned.plan.attachments] == ["Monday"]
    assert [line for line in notes(planned)["reports"] if "Friday" in line]


@pytest.mark.parametrize(
    ("fields", "paused"),
    [({"recipients": [{"type": "Email", "recipient_config_json": {"target": "dev@example.org"}}]}, True),
     ({"description": "new"}, False)],
)  # fmt: skip
def test_an_active_report_is_paused_where_it_would_tell_others_something_else(
    settled: World, fields: dict[str, Any], *, paused: bool
) -> None:
    report(settled.prod, 4, SALES, owners=[settled.prod.account_id])
    report(settled.dev, 7, SALES, **fields)
    planned = plan(settled, Aspect.REPORTS)
    assert ("reports_paused" in notes(planned)) is paused
    settled.apply(planned)
    assert settled.prod.reports[0]["active"] is not paused
    assert not plan(settled, Aspect.REPORTS).plan.pending
    settled.roll_back(planned)
    assert settled.prod.reports[0]["active"] is True


def test_reports_without_owners_run_with_the_rights_of_the_account_and_the_plan_says_so(world: World) -> None:
    report(world.dev, 7, SALES)
    assert notes(plan(world, Aspect.REPORTS))["reports_run_as"] == ("dashboard “Sales Dashboard”: report “Monday”",)
    assert "reports_run_as" not in notes(plan(world, Aspect.REPORTS, Aspect.OWNERS))
