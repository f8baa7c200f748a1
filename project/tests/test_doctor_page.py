"""The page of the doctor in the admin."""

from __future__ import annotations

import pytest

from apps.core.tests.pages import Pages
from apps.environments.tests.factories import Servers, make_environment
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import Task
from apps.tasks.tests.factories import ended


@pytest.fixture
def servers(monkeypatch):
    return Servers(dev=FakeSuperset("dev")).install(monkeypatch)


@pytest.fixture
def dev(transactional_db):
    return make_environment("dev")


@pytest.fixture
def pages(dev, author):
    return Pages(author)


def test_looking_at_it_asks_no_environment_and_starts_nothing(pages, servers):
    page = pages.see("doctor/")
    assert "All schema migrations are applied." in page
    assert "Not asked yet." in page
    assert not servers.opened
    assert not Task.objects.exists()


def test_the_button_starts_a_task_and_leads_to_it(pages, servers):
    page = pages.send("doctor/")
    task = Task.objects.get()
    assert f"Task {task.pk} asks the environments." in page
    assert not servers.opened  # not in the request
    ended(task)
    assert "Superset 6.1.0 is supported." in pages.see("doctor/")


def test_while_one_runs_there_is_no_second(pages, servers):
    pages.send("doctor/")
    assert "is examining the environments already (queued)" in pages.see("doctor/")
    assert "is examining the environments already" in pages.send("doctor/")
    assert Task.objects.count() == 1


def test_it_is_in_the_language_of_its_reader(pages, servers, author):
    author.language = "ru"
    author.save()
    page = pages.client.get("/admin/doctor/", headers={"accept-language": "ru"}).content.decode()
    assert "Все миграции схемы применены." in page
