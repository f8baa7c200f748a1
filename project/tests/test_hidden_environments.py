"""Whoever may see one environment learns nothing of another, whatever the application asks for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.migrations.tests.people import make_person
from apps.tasks.models import Task, TaskState
from apps.users.models import User
from apps.users.services.grants import grant_role
from apps.users.services.roles import add_role
from conftest import api_of

API = "/api/v1"
CHART = "00000000-0000-0000-0000-000000000003"

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def busy(world):
    """A migration from “dev” to “prod” that was applied, and a task that writes in “prod” now."""
    world.stage.apply(world.migration)
    world.planning  # noqa: B018 - made when it is asked for
    Task.objects.create(
        plugin="migrations",
        action="apply",
        params={"migration": world.migration.pk},
        environment=world.prod,
        environment_name="prod",
        actor=world.author,
        writes=True,
        state=TaskState.RUNNING,
        started=timezone.now(),
        heartbeat=timezone.now(),
    )
    return world


@pytest.mark.parametrize(
    "path",
    [
        *("activity", "environments", "tasks", "migrations", "mappings", "pairings", "search?q=prod", "search?q=dev"),
        *("search?q=migration", "search?q=apply", "search?q=1", "search?q=births"),
        *(f"environments/dev/matrix?kind={kind}" for kind in ("dashboard", "chart", "dataset")),
        *("environments/dev/assets", f"environments/dev/assets/chart/{CHART}", "session"),
    ],
)
def test_nothing_names_the_other_environment(busy, path):
    reader = make_person(busy.author, "reader", "viewer", "dev")
    answer = api_of(reader).get(f"{API}/{path}")
    assert answer.status_code == 200, answer.content
    assert b"prod" not in answer.content
    assert b"prod" in api_of(busy.author).get(f"{API}/environments").content


def test_what_belongs_to_it_is_not_there(busy):
    reader = make_person(busy.author, "reader", "viewer", "dev")
    number, task = busy.migration.pk, busy.planning.pk
    for path in (
        *(f"migrations/{number}{rest}" for rest in ("", "/overview", "/changes", "/plan.md", "/rollback/preview")),
        *(f"tasks/{task}{rest}" for rest in ("", "/plan", "/changes", "/plan.md", "/lines")),
        *("environments/prod", "environments/prod/matrix", f"environments/prod/assets/chart/{CHART}"),
        *(f"mappings/{busy.mapping.pk}", "mappings/suggestions?source=dev&target=prod"),
    ):
        answer = api_of(reader).get(f"{API}/{path}")
        assert answer.status_code in {400, 404}, path
    assert api_of(reader).put(f"{API}/migrations/{number}/seen", {"fingerprints": [], "seen": True}).status_code == 404
    assert api_of(reader).patch(f"{API}/mappings/{busy.mapping.pk}", {"target_uuid": CHART}).status_code in {403, 404}


def test_who_sees_an_environment_but_not_its_catalogue_sees_none_of_it(busy):
    role = add_role(actor=busy.author, slug="outside", title="Outside", permissions=[("environments.view", "*")])
    reader = User.objects.create_user("outsider", password="only-for-tests")
    grant_role(actor=busy.author, user=reader, role=role)
    api = api_of(reader)
    assert api.get(f"{API}/search?q=births").json()["results"] == []
    assert [each["catalogue"] for each in api.get(f"{API}/activity").json()["environments"]] == [None, None]
    assert [each["catalogue"] for each in api.get(f"{API}/environments").json()["results"]] == [None, None]
    assert api.get(f"{API}/environments/dev/matrix").status_code == 403
    assert api.get(f"{API}/environments/dev/assets/chart/{CHART}").status_code == 403
