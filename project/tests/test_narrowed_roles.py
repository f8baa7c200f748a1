"""Roles that hold in one environment or tier: what is there for whoever holds one, and what is refused elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from conftest import api_of
from project.tests.test_permissions import BETWEEN, MAPPING

PEOPLE = {
    "operator on dev": (("operator", "dev"),),
    "operator on tier:prod": (("operator", "tier:prod"),),
    "viewer, and operator on dev": (("viewer", "*"), ("operator", "dev")),
    "analyst on dev, and viewer on prod": (("analyst", "dev"), ("viewer", "prod")),
    "operator on tier:prod, and viewer on dev": (("operator", "tier:prod"), ("viewer", "dev")),
    "administrator on dev": (("administrator", "dev"),),
}
"""“dev” is of the tier dev and “prod” of prod; a migration goes from one to the other, a task has run on dev."""

LISTED = {
    # environments, assets of dev, of prod, mappings, migrations, tasks; 404 where the environment is not there
    "operator on dev": ({"dev"}, 2, 404, 0, 0, 1),
    "operator on tier:prod": ({"prod"}, 404, 2, 0, 0, 0),
    "operator on tier:prod, and viewer on dev": ({"dev", "prod"}, 2, 2, 1, 1, 1),
    "viewer, and operator on dev": ({"dev", "prod"}, 2, 2, 1, 1, 1),
    "analyst on dev, and viewer on prod": ({"dev", "prod"}, 2, 2, 1, 1, 1),
    "administrator on dev": ({"dev"}, 2, 404, 0, 0, 1),
}

DONE = {
    # sync dev, sync prod, plan dev → prod, plan prod → dev, map, apply to prod, edit dev, cancel the task of dev
    "operator on dev": (202, 404, 400, 400, 400, 404, 403, 409),
    "operator on tier:prod": (404, 202, 400, 400, 400, 404, 403, 404),
    "operator on tier:prod, and viewer on dev": (403, 202, 202, 403, 201, 202, 403, 403),
    "viewer, and operator on dev": (202, 403, 403, 202, 403, 403, 403, 409),
    "analyst on dev, and viewer on prod": (202, 403, 403, 202, 403, 403, 403, 403),
    "administrator on dev": (202, 404, 400, 400, 400, 404, 200, 409),
}

EVERYWHERE_ONLY = ("audit", "users", "roles", "grants", "permissions", "group-mappings")


@pytest.fixture(params=PEOPLE)
def person(request, world, author) -> tuple[str, Any]:
    type(world.dev).objects.filter(pk=world.dev.pk).update(tier="dev")
    type(world.prod).objects.filter(pk=world.prod.pk).update(tier="prod")
    assert world.migration
    user = User.objects.create_user("somebody", is_staff=True)
    for role, where in PEOPLE[request.param]:
        grant_role(actor=author, user=user, role=get_role(role), where=where)
    return request.param, user


def count(api: Any, route: str) -> int:
    answer = api.get(f"/api/v1/{route}")
    return answer.json()["count"] if answer.status_code == 200 else answer.status_code


def test_a_role_for_one_environment_lists_only_its_objects(person):
    name, user = person
    api = api_of(user)
    environments = {row["slug"] for row in api.get("/api/v1/environments").json()["results"]}
    routes = ("environments/dev/assets", "environments/prod/assets", "mappings", "migrations", "tasks")
    assert (environments, *(count(api, route) for route in routes)) == LISTED[name]


def test_an_object_of_another_environment_is_not_found(person, world):
    name, user = person
    api = api_of(user)
    asked = [
        ("post", "environments/dev/sync", {}),
        ("post", "environments/prod/sync", {}),
        ("post", "migrations/plan", {**BETWEEN, "everything": True}),
        ("post", "migrations/plan", {"source": "prod", "target": "dev", "everything": True}),
        ("post", "mappings", MAPPING),
        ("post", f"migrations/{world.migration.pk}/apply", {"checksum": world.checksum}),
        ("patch", "environments/dev", {"ca_bundle": ""}),
        ("post", f"tasks/{world.task.pk}/cancel", {}),
    ]
    answered = []
    for method, route, sent in asked:
        with transaction.atomic():
            answered.append(getattr(api, method)(f"/api/v1/{route}", sent).status_code)
            transaction.set_rollback(True)
    assert tuple(answered) == DONE[name]


def test_what_belongs_to_no_environment_takes_a_role_everywhere(person):
    _, user = person
    assert {count(api_of(user), route) for route in EVERYWHERE_ONLY} == {403}


FILTERS = [
    ("environments", "search", "prod"),
    ("mappings", "target", "prod"),
    ("pairings", "target", "prod"),
    ("migrations", "target", "prod"),
    ("tasks", "environment", "prod"),
    ("tasks", "search", "prod"),
]


@pytest.mark.parametrize(("route", "name", "value"), FILTERS)
def test_the_name_of_an_invisible_environment_finds_nothing(route, name, value, world, author):
    world.add_task()
    on_prod = {"environment": world.prod, "environment_name": "prod"}
    type(world.task).objects.create(plugin="p", action="a", actor=author, **on_prod)
    assert world.migration
    user = User.objects.create_user("somebody")
    grant_role(actor=author, user=user, role=get_role("operator"), where="dev")
    assert count(api_of(author), f"{route}?{name}={value}") > 0
    assert count(api_of(user), f"{route}?{name}={value}") == 0


def test_an_address_that_is_taken_by_an_invisible_environment_does_not_name_it(world, author):
    user = User.objects.create_user("somebody")
    grant_role(actor=author, user=user, role=get_role("administrator"), where="dev")
    answer = api_of(user).patch("/api/v1/environments/dev", {"url": world.prod.url})
    assert answer.status_code == 409
    assert "prod" not in answer.json()["detail"]


def test_an_environment_is_moved_only_to_a_tier_where_one_may_edit(world, author):
    user = User.objects.create_user("somebody")
    type(world.dev).objects.update(tier="dev")
    grant_role(actor=author, user=user, role=get_role("administrator"), where="tier:dev")
    assert api_of(user).patch("/api/v1/environments/dev", {"tier": "prod"}).status_code == 403
    assert api_of(author).patch("/api/v1/environments/dev", {"tier": "prod"}).status_code == 200
