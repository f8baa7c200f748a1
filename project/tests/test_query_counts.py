"""What each GET request of the API costs: as many queries as are written here, however long its list is."""

from __future__ import annotations

from uuid import UUID

import pytest

from apps.plugins.installation import refresh_records
from apps.plugins.models import PluginRecord
from project.tests.test_permissions import address, methods_of, routes

SENT = {"mapping-suggestions": {"source": "dev", "target": "prod"}, "search": {"q": "births"}}
SIGNED_IN = 2
"""The session and its user, also where nobody has to be signed in: the answer is in their language."""

COUNTS = {
    "activity": 10,
    "asset": 15,
    "assets": 3,
    "audit": 2,
    "audit-export": 1,
    "catalogue": 5,
    "environment": 15,
    "environments": 4,
    "freeze": 1,
    "freezes": 2,
    "grants": 2,
    "group-mapping": 1,
    "group-mappings": 2,
    "health": 3,
    "mapping": 1,
    "mapping-suggestions": 4,
    "mappings": 2,
    "matrix": 13,
    "migration": 12,
    "migration-change-raw": 5,
    "migration-changes": 5,
    "migration-explain": 11,
    "migration-overview": 19,
    "migration-plan-markdown": 5,
    "migration-rollback-preview": 7,
    "migrations": 9,
    "pairing": 1,
    "pairings": 2,
    "permissions": 0,
    "plugin": 5,
    "plugins": 3,
    "problem": 0,
    "problems": 0,
    "role": 2,
    "roles": 3,
    "schedule": 6,
    "schedule-runs": 3,
    "schedules": 2,
    "schema": 0,
    "search": 4,
    "session": 1,
    "task": 5,
    "task-artifact": 2,
    "task-change-raw": 2,
    "task-changes": 2,
    "task-lines": 2,
    "task-lines-count": 2,
    "task-lines-text": 2,
    "task-plan": 6,
    "task-plan-markdown": 2,
    "tasks": 2,
    "tokens": 2,
    "user": 6,
    "users": 2,
}
"""Queries of each request, of a list: the count, the rows; whether the environment is there; which runs have died,
which approvals have expired; what is installed. Of migrations also the plans, decisions, runs, open tasks, answers and
freezes, and the people who may do something."""


def read(answer):
    """What is sent in pieces is read on the way. To close the answer would close the test's connection, too."""
    answer.getvalue()
    if file := getattr(answer, "file_to_stream", None):
        file.close()


@pytest.mark.parametrize("route", COUNTS)
def test_a_request_costs_what_is_written_here(route, world, api, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("apps.core.storage._database_problem", str)  # on PostgreSQL, a query now and then
    fill(world)
    url = address(world, route)
    read(api.get(url, SENT.get(route)))  # what is read once for a process
    with django_assert_num_queries(SIGNED_IN + COUNTS[route]):
        answer = api.get(url, SENT.get(route))
        read(answer)
    assert answer.status_code == 200


def test_every_get_request_of_the_api_is_counted():
    assert {name for name, view in routes().items() if "get" in methods_of(view)} == set(COUNTS)


def fill(world) -> None:
    PluginRecord.objects.bulk_create(PluginRecord(slug=f"old{number}") for number in range(4))
    refresh_records()
    for number in range(10, 14):
        world.add_schedule(f"nightly {number}")
        world.add_asset(world.dev, "chart", UUID(int=number), f"Chart {number}")
        world.add_mapping(UUID(int=number), UUID(int=2))
        world.add_pairing(UUID(int=number), UUID(int=number + 100))
        world.add_task()
    planned = world.migration
    plan = planned.plans.get()
    for _ in range(3):
        plan.pk = planned.pk = None
        planned.save(force_insert=True)
        plan._state.adding, plan.migration = True, planned
        plan.save(force_insert=True)
    for number in range(3):
        world.dev.pk = None
        world.dev.name = world.dev.slug = f"dev{number}"
        world.dev.url = f"https://dev{number}.example.com"
        world.dev.save(force_insert=True)
