"""Freeze windows by API, in the admin and by command."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time

import pytest

from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.freezes.models import FreezeWindow
from apps.freezes.services import add_freeze
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

LIST = "/api/v1/freezes"
ADMIN = "freezes/freezewindow/"
ONCE = {"reason": "Christmas", "starts": "2026-12-23T18:00:00+01:00", "ends": "2027-01-04T08:00:00+01:00"}


@pytest.fixture
def prod(db):
    return make_environment("prod", tier="prod")


class TestApi:
    def test_a_window_is_added_edited_and_removed_over_the_api(self, api, prod):
        answer = api.post(LIST, {**ONCE, "environment": "prod", "time_zone": "Europe/Berlin"})
        told = answer.json()
        assert (answer.status_code, answer["Location"]) == (201, f"{LIST}/{told['id']}")
        assert (told["environment"], told["starts"]) == ("prod", "2026-12-23T17:00:00Z")
        assert told["allowed_actions"]["edit"]["allowed"]
        weekly = {"starts": None, "ends": None, "from_day": "fri", "from_time": "18:00", "until_day": "mon"}
        changed = api.patch(f"{LIST}/{told['id']}", {**weekly, "until_time": "08:00"})
        assert (changed.status_code, changed.json()["from_time"]) == (200, "18:00:00")
        assert changed.json()["next"]["ends"] > "2026"
        assert [row["reason"] for row in api.get(LIST).json()["results"]] == ["Christmas"]
        assert api.delete(f"{LIST}/{told['id']}").status_code == 204

    def test_an_invalid_window_is_reported_by_field(self, api, prod):
        answer = api.post(LIST, {**ONCE, "environment": "moon"})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["environment"])
        answer = api.post(LIST, {"reason": "r"})
        assert (answer.status_code, answer.json()["detail"][:12]) == (400, "Give a start")

    def test_a_viewer_reads_and_may_not_edit(self, api, prod, author, viewer):
        api.post(LIST, ONCE)
        assert api_of(viewer).get(LIST).status_code == 403
        grant_role(actor=author, user=viewer, role=get_role("viewer"))
        theirs = api_of(viewer)
        (row,) = theirs.get(LIST).json()["results"]
        assert not theirs.get(f"{LIST}/{row['id']}").json()["allowed_actions"]["edit"]["allowed"]
        assert theirs.patch(f"{LIST}/{row['id']}", {"reason": "r"}).status_code == 403
        assert theirs.post(LIST, ONCE).status_code == theirs.delete(f"{LIST}/{row['id']}").status_code == 403


FIELDS = {
    "reason": "Weekend",
    "tier": "prod",
    "time_zone": "Europe/Berlin",
    "from_day": "fri",
    "from_time": "18:00",
    "until_day": "mon",
    "until_time": "08:00",
}


class TestAdmin:
    def test_a_window_is_added_edited_and_removed_in_the_admin(self, author):
        pages = Pages(author)
        assert "No freeze windows yet." in pages.see(ADMIN)
        page = pages.send(f"{ADMIN}add/", **FIELDS)
        assert "every Friday 18:00 to Monday 08:00 Europe/Berlin" in page
        window = FreezeWindow.objects.get()
        assert (window.created_by, window.where) == (author, "all of tier prod")
        pages.send(f"{ADMIN}{window.pk}/change/", **(FIELDS | {"from_time": "17:00"}))
        window.refresh_from_db()
        assert window.from_time == time(17)
        pages.send(f"{ADMIN}{window.pk}/delete/", post="yes")
        assert not FreezeWindow.objects.exists()

    def test_times_are_those_of_the_zone(self, author):
        pages = Pages(author)
        times = {"starts_0": "2026-12-23", "starts_1": "18:00", "ends_0": "2027-01-04", "ends_1": "08:00"}
        pages.send(f"{ADMIN}add/", reason="Christmas", time_zone="Europe/Berlin", **times)
        window = FreezeWindow.objects.get()
        assert window.starts == datetime(2026, 12, 23, 17, tzinfo=UTC)
        page = pages.see(f"{ADMIN}{window.pk}/change/")
        assert 'value="18:00:00"' in page

    def test_an_invalid_window_is_reported_in_the_form(self, author):
        pages = Pages(author)
        assert "is not a time zone" in pages.send(f"{ADMIN}add/", **(FIELDS | {"time_zone": "Mars"}))
        assert "Give a start and an end" in pages.send(f"{ADMIN}add/", **(FIELDS | {"from_day": ""}))
        assert not FreezeWindow.objects.exists()


class TestCommand:
    def test_a_window_is_added_listed_and_removed_by_the_command(self, author, manage, prod):
        words = ("--from", "2026-12-23 18:00", "--until", "2027-01-04 08:00", "--timezone", "Europe/Berlin")
        code, said, _ = manage("freeze", "add", "Christmas", "--environment", "prod", *words)
        number = FreezeWindow.objects.get().pk
        told = "prod, 2026-12-23 18:00 to 2027-01-04 08:00 Europe/Berlin"
        assert (code, said) == (0, f"Added freeze window {number}: {told}.\n")
        manage("freeze", "add", "Weekend", "--tier", "prod", "--from", "Fri 18:00", "--until", "mon 08:00")
        rows = json.loads(manage("freeze", "list", "--format", "json")[1])
        assert [(row["environment"], row["tier"], row["from_day"]) for row in rows] == [
            (None, "prod", "fri"),
            ("prod", "", ""),
        ]
        assert manage("freeze", "remove", number, "--yes")[:2] == (0, f"Removed freeze window {number}: Christmas.\n")
        assert "Weekend" in manage("freeze", "list")[1]

    def test_an_unreadable_window_is_reported_by_the_command(self, author, manage):
        for starts, zone in (("friday evening", "UTC"), ("2026-13-01", "UTC"), ("fri 18:00", "Mars")):
            code, _, complaint = manage(
                "freeze", "add", "r", "--from", starts, "--until", "mon 08:00", "--timezone", zone
            )
            assert code == 1
            assert "Traceback" not in complaint
        assert not FreezeWindow.objects.exists()

    def test_a_user_without_permission_edits_no_window(self, author, viewer, manage):
        words = ("--from", "fri 18:00", "--until", "mon 08:00")
        code, _, complaint = manage("freeze", "add", "r", *words, "--as", "viewer")
        assert (code, "freezes.edit" in complaint) == (1, True)

    def test_invisible_windows_are_neither_listed_nor_removed_nor_named(self, author, viewer, manage, prod):
        when = {"from_day": "fri", "from_time": time(18), "until_day": "mon", "until_time": time(8)}
        window = add_freeze(actor=author, reason="Secret launch", environment=prod, **when)
        assert "Secret launch" not in manage("freeze", "list", "--as", "viewer")[1]
        code, _, complaint = manage("freeze", "remove", window.pk, "--as", "viewer")
        assert (code, complaint.startswith(f"There is no freeze window {window.pk}")) == (1, True)
        words = ("--environment", "prod", "--from", "fri 18:00", "--until", "mon 08:00", "--as", "viewer")
        assert "There is no environment “prod”" in manage("freeze", "add", "r", *words)[2]
