from __future__ import annotations

import pytest

from apps.environments.tests.factories import make_environment
from apps.schedules.models import Schedule, ScheduledRunState
from apps.schedules.tests.factories import make_schedule
from apps.tasks.models import Task
from apps.tasks.tests.hands import at

LIST = "/api/v1/schedules"
NEW = {"name": "nightly", "plugin": "probe", "action": "say", "params": {"text": "hello"}, "cron": "30 2 * * *"}

pytestmark = pytest.mark.usefixtures("probe", "hands")


@pytest.fixture
def schedule(author):
    return make_schedule(author)


@pytest.fixture
def one(schedule):
    return f"{LIST}/{schedule.pk}"


def test_a_schedule_is_added_and_returned_with_its_next_five_slots(api):
    make_environment("dev")
    answer = api.post(LIST, {**NEW, "zone": "Europe/Berlin", "environment": "dev", "overlap": "queue"})
    told = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{LIST}/{told['id']}")
    assert told["coming"][0] == told["next_run"] == "2026-12-02T01:30:00Z"
    assert len(told["coming"]) == 5
    assert (told["environment"], told["overlap"], told["missed"]) == ("dev", "queue", "run_once")


def test_an_invalid_schedule_is_reported_by_field(api):
    answer = api.post(LIST, {**NEW, "cron": "x", "zone": "y", "params": {}})
    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, ["cron", "params.text", "zone"])
    assert "give minute, hour" in answer.json()["fields"]["cron"][0]


def test_a_name_that_is_taken_is_a_conflict(api, schedule):
    assert api.post(LIST, {**NEW, "name": "hourly"}).status_code == 409


def test_schedules_are_listed_and_filtered(api, author, schedule):
    make_schedule(author, name="off", enabled=False)
    assert [row["name"] for row in api.get(LIST).json()["results"]] == ["hourly", "off"]
    assert [row["name"] for row in api.get(LIST, {"enabled": False}).json()["results"]] == ["off"]


def test_a_schedule_is_edited_over_the_api(api, one):
    told = api.patch(one, {"cron": "15 * * * *", "priority": 3}).json()
    assert (told["next_run"], told["priority"]) == ("2026-12-01T10:15:00Z", 3)
    assert api.patch(one, {"zone": "nowhere"}).status_code == 400


def test_a_schedule_is_paused_resumed_and_removed_over_the_api(api, one):
    assert api.post(f"{one}/pause").json()["next_run"] is None
    assert api.post(f"{one}/pause").status_code == 200
    assert api.post(f"{one}/resume").json()["enabled"] is True
    assert api.delete(one).status_code == 204
    assert not Schedule.objects.exists()


def test_a_schedule_is_run_at_once_over_the_api(api, one):
    answer = api.post(f"{one}/run")
    assert (answer.status_code, answer.json()["id"]) == (202, Task.objects.get().pk)
    assert api.get(one).json()["last_run"]["task"] == Task.objects.get().pk
    assert api.post(f"{one}/run").status_code == 409
    assert not api.get(one).json()["allowed_actions"]["run"]["allowed"]


def test_the_outcome_of_slots_is_returned_with_both_times(api, schedule, one, hands):
    hands.set("10:00:20")
    Task.objects.update(started=at("10:00:21"))
    hands.set("11:00:10")
    later, earlier = api.get(f"{one}/runs").json()["results"]
    assert (earlier["slot"], earlier["started"]) == ("2026-12-01T10:00:00Z", "2026-12-01T10:00:21Z")
    assert (later["state"], later["task"]) == (ScheduledRunState.SKIPPED, None)
