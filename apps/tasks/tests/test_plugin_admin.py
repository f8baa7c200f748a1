"""A form for every action of every plugin."""

from __future__ import annotations

import pytest

from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.plugins.installation import get_plugin
from apps.tasks.models import Task

pytestmark = pytest.mark.usefixtures("probe")


@pytest.fixture
def pages(author):
    return Pages(author)


def page_of(action, plugin="probe"):
    return f"plugins/pluginrecord/{get_plugin(plugin).pk}/run/{action}/"


def test_the_plugin_offers_its_actions(pages):
    assert page_of("say") in pages.see(f"plugins/pluginrecord/{get_plugin('probe').pk}/change/")


def test_a_form_is_made_of_what_the_action_declares(pages):
    page = pages.see(page_of("say"))
    assert "What to say" in page
    assert 'name="params-times" value="1"' in page


def test_what_is_filled_in_becomes_a_task_whose_page_comes_next(pages):
    page = pages.send(page_of("say"), **{"params-text": "hello", "params-times": "2"})
    task = Task.objects.get()
    assert (task.plugin, task.action, task.params) == ("probe", "say", {"text": "hello", "times": 2})
    assert f"Task {task.pk} is queued." in page


def test_an_action_without_parameters_starts_by_its_button(pages):
    pages.send(page_of("refuse"))
    assert Task.objects.get().action == "refuse"


def test_what_is_missing_or_wrong_is_reported_and_nothing_starts(pages):
    assert "This field is required." in pages.send(page_of("say"))
    assert "Enter a whole number." in pages.send(page_of("say"), **{"params-text": "x", "params-times": "two"})
    assert "This field is required." in pages.send(page_of("write"), **{"params-port": "1"})
    assert not Task.objects.exists()


def test_an_environment_can_be_chosen_among_those_in_use(pages):
    make_environment("dev")
    make_environment("old", enabled=False)
    assert "Select a valid choice" in pages.send(page_of("write"), **{"params-port": "1", "environment": "old"})
    pages.send(page_of("write"), **{"params-port": "1", "environment": "dev"})
    assert Task.objects.get().environment_name == "dev"


def test_what_cannot_be_run_says_why(pages):
    plugin = get_plugin("probe")
    plugin.enabled = False
    plugin.save()
    assert "is not enabled. Enable it first" in pages.send(page_of("say"))
    assert "has no action “shout”" in pages.send(page_of("shout"))
    assert not Task.objects.exists()
