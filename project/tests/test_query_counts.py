"""Lists cost the same number of queries however long they are."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.urls import reverse

from apps.plugins.installation import refresh_records
from apps.plugins.models import PluginRecord

SIGNED_IN = 2
"""The session and its user."""

LISTS = {
    "environments": 4,
    "assets": 3,
    "mappings": 2,
    "pairings": 2,
    "migrations": 9,
    "plugins": 3,
    "schedules": 2,
    "tasks": 2,
}
"""Queries of each list: the count, the rows; whether the environment is there; which runs have died, which
approvals have expired; what is installed. Of migrations also the plans, decisions, runs, open tasks, answers and
freezes, and the people who may do something."""


@pytest.mark.parametrize("route", LISTS)
def test_a_list_costs_what_is_written_here(route, world, api, django_assert_num_queries):
    fill(world)
    address = reverse(f"api:{route}", args=["dev"] if route == "assets" else [])
    with django_assert_num_queries(SIGNED_IN + LISTS[route]):
        answer = api.get(address)
    assert answer.json()["count"] > 2


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
