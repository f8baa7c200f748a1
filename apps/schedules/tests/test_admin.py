from __future__ import annotations

import pytest

from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.schedules.models import Schedule
from apps.schedules.tests.factories import make_schedule
from apps.tasks.models import Task

LIST = "schedules/schedule/"
NEW = f"{LIST}new/?what=probe.say"
FILLED = {
    "name": "nightly",
    "cron": "30 2 * * MON-FRI",
    "zone": "Europe/Berlin",
    "overlap": "skip",
    "missed": "run_once",
    "priority": "0",
    "params-text": "hello",
    "params-times": "2",
}

pytestmark = pytest.mark.usefixtures("probe")


@pytest.fixture
def pages(author):
    return Pages(author)


@pytest.fixture
def page(author):
    return f"{LIST}{make_schedule(author).pk}/"


def test_a_schedule_is_added_in_two_steps(pages):
    assert "Add schedule" in pages.see(LIST)
    assert "Probe: say" in pages.see(f"{LIST}new/")
    assert "What to say" in pages.see(NEW)
    page = pages.send(NEW, **FILLED)
    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.params) == ("30 2 * * MON-FRI", {"text": "hello", "times": 2})
    assert "“nightly” is saved." in page
    assert page.count("02:30 CE") >= 5
    assert "At 02:30 on Monday through Friday" in pages.see(LIST)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cron": "x"}, "has 1 field instead of 5"),
        ({"zone": "nowhere"}, "Select a valid choice"),
        ({"params-times": "two"}, "Enter a whole number."),
        ({"environment": "nowhere"}, "Select a valid choice"),
    ],
)
def test_an_invalid_schedule_is_reported_at_its_field(pages, wrong, sentence):
    assert sentence in pages.send(NEW, **FILLED | wrong)
    assert not Schedule.objects.exists()


def test_a_taken_name_is_reported_in_the_form(pages, page):
    assert "A schedule named “hourly” already exists" in pages.send(NEW, **FILLED | {"name": "hourly"})


def test_an_unknown_action_is_reported(pages):
    assert "has no action “shout”" in pages.send(f"{LIST}new/?what=probe.shout", **FILLED)


def test_the_form_of_a_schedule_holds_its_current_values(pages, page):
    make_environment("dev")
    shown = pages.see(f"{page}edit/")
    assert 'value="0 * * * *"' in shown
    assert 'name="params-text" value="hello"' in shown
    pages.send(f"{page}edit/", **FILLED, environment="dev")
    schedule = Schedule.objects.get()
    assert (schedule.name, schedule.environment.slug, schedule.params["times"]) == ("nightly", "dev", 2)


def test_a_schedule_is_paused_resumed_run_and_removed_by_buttons(pages, page):
    assert "Paused. If resumed now" in pages.send(f"{page}pause/")
    assert "is active again" in pages.send(f"{page}resume/")
    assert "is queued" in pages.send(f"{page}run/")
    assert "has not ended" in pages.send(f"{page}run/")
    assert Task.objects.count() == 1
    assert "Tasks that it has started stay." in pages.see(f"{page}remove/")
    pages.send(f"{page}remove/", confirmed="yes")
    assert not Schedule.objects.exists()


def test_the_page_of_a_schedule_shows_the_outcome_of_its_slots(hands, pages, page):
    hands.set("10:00:20")
    hands.set("13:00:20")
    shown = pages.see(f"{page}change/")
    assert f"task {Task.objects.get().pk}" in shown
    assert "had not ended" in shown
    assert "slots from Tue 2026-12-01 11:00 UTC on were skipped" in shown


def test_what_the_queue_keeps_for_itself_has_no_pages(pages):
    from django.contrib import admin

    assert "django_q" not in {model._meta.app_label for model in admin.site._registry}
