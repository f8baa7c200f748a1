from __future__ import annotations

import json

import pytest

from apps.environments.tests.factories import make_environment
from apps.schedules.models import Schedule
from apps.tasks.models import Task

pytestmark = pytest.mark.usefixtures("probe", "author", "hands")


@pytest.fixture
def add(manage):
    def add(*words, name="nightly", what="probe.say", cron="30 2 * * *"):
        return manage("schedule", "add", name, what, cron, "--param", "text=hello", *words)

    return add


def test_a_schedule_is_added_with_all_its_options(add):
    make_environment("dev")
    words = ("--timezone", "Europe/Berlin", "--environment", "dev", "--overlap", "queue", "--missed", "skip")
    assert add(*words, "--param", "times=3", "--priority", "2") == (
        0,
        "Added the schedule “nightly”: next run on Wed 2026-12-02 02:30 CET.\n",
        "",
    )
    schedule = Schedule.objects.get()
    assert (schedule.params, schedule.environment.slug) == ({"text": "hello", "times": 3}, "dev")
    assert (schedule.overlap, schedule.missed, schedule.priority) == ("queue", "skip", 2)


@pytest.mark.parametrize(
    ("facts", "words", "sentence"),
    [
        ({"cron": "x"}, (), "CRON: “x” has 1 field instead of 5"),
        ({}, ("--timezone", "nowhere"), "--timezone: There is no time zone “nowhere”"),
        ({"what": "probe"}, (), "There is no action “probe.”. List actions with `lockstep plugins list`."),
        ({}, ("--environment", "nowhere"), "“nowhere”"),
        ({}, ("--param", "times=two"), "--param times: This must be a whole number."),
    ],
)
def test_an_invalid_schedule_is_reported_by_the_command(add, facts, words, sentence):
    code, told, error = add(*words, **facts)
    assert (code, told, sentence in error) == (1, "", True), error


def test_the_list_shows_when_each_runs(add, manage):
    assert manage("schedule", "list")[1].startswith("No schedules.")
    add()
    row = manage("schedule", "list")[1].splitlines()[1]
    assert " ".join(row.split()) == "nightly probe.say - 30 2 * * * (UTC) Wed 2026-12-02 02:30 UTC -"
    assert json.loads(manage("schedule", "list", "--format", "json")[1])[0]["next_run"] == "2026-12-02T02:30:00+00:00"


def test_a_schedule_is_edited_paused_resumed_and_removed_by_the_command(add, manage):
    add()
    assert (
        "next run on Tue 2026-12-01 10:15 UTC"
        in manage(*("schedule", "edit", "nightly", "--cron", "15 * * * *", "--param", "times=2", "--name", "often"))[1]
    )
    assert Schedule.objects.get().params == {"text": "hello", "times": 2}
    assert "Nothing to change" in manage("schedule", "edit", "often", "--cron", "15 * * * *")[1]
    assert manage("schedule", "pause", "often")[1] == "“often” is paused.\n"
    assert manage("schedule", "pause", "often")[1] == "“often” is already paused.\n"
    assert "(paused)" in manage("schedule", "next", "often")[1]
    assert manage("schedule", "resume", "often")[1] == "“often” is active again.\n"
    assert manage("schedule", "remove", "often", "--yes")[1] == "Removed the schedule “often”.\n"
    assert manage("schedule", "remove", "often", "--yes")[0] == 1


def test_the_next_slots_are_listed_in_both_time_zones(add, manage):
    add("--timezone", "Europe/Berlin")
    lines = manage("schedule", "next", "nightly", "--count", "2")[1].splitlines()
    assert lines[0].startswith("At 02:30 every day")
    assert lines[1:] == [
        "Wed 2026-12-02 02:30 CET  2026-12-02 01:30 UTC",
        "Thu 2026-12-03 02:30 CET  2026-12-03 01:30 UTC",
    ]


def test_a_schedule_is_run_at_once_by_the_command(add, manage):
    add()
    said = manage("schedule", "run", "nightly")[1]
    assert said.startswith(f"“nightly” runs as task {Task.objects.get().pk}")
    code, _, error = manage("schedule", "run", "nightly")
    assert (code, "has not ended" in error) == (1, True)
