"""A world for tests of what travels beside the documents: people, roles and the right flags on both sides."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.plan.attachment import Aspect, Attachment
from apps.superset.planning.builder import Planned
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA, World, recorded

ADMIN, ALPHA, SALES_ROLE, HR = 1, 2, 31, 32
ROBOT, BOB, EVE, ANN = 1, 8, 9, 10
MOVED = Key(Kind.DATASET, "88888888-8888-4888-8888-888888888888")
ALL_DATA = ("all_datasource_access", "all_datasource_access")


def furnish(server: FakeSuperset, *, offset: int) -> None:
    """The same people and roles under other numbers on each side."""
    server.flags = frozenset({"DASHBOARD_RBAC"})
    server.role_names = {offset + ADMIN: "Admin", offset + ALPHA: "Alpha", offset + SALES_ROLE: "Sales"}
    server.role_rights[offset + ALPHA] = [ALL_DATA]
    server.user(1, "robot", offset + ADMIN)
    server.user(offset + BOB, "bob", offset + ALPHA)
    server.user(offset + EVE, "eve", offset + SALES_ROLE)


@pytest.fixture
def world() -> World:
    """The example on dev, with people on both sides; prod has nothing of it."""
    world = World(SALES)
    furnish(world.dev, offset=0)
    furnish(world.prod, offset=100)
    for kind in (Kind.DATASET, Kind.CHART, Kind.DASHBOARD):
        for found in world.dev.documents[kind].values():
            world.dev.owners[Key(kind, found["uuid"])] = [BOB]
    return world


def shared_rule() -> World:
    """Two dashboards whose datasets all have one rule."""
    world = World(SALES, BIRTHS)
    furnish(world.dev, offset=0)
    furnish(world.prod, offset=100)
    rule = {"id": 3, "name": "EU", "filter_type": "Regular", "clause": "region = 'EU'", "group_key": None}
    tables, roles = [{"id": number} for number in world.dev.documents[Kind.DATASET]], [(SALES_ROLE, "Sales")]
    named = [{"id": number, "name": name} for number, name in roles]
    world.dev.rules.append({**rule, "description": "", "tables": tables, "roles": named})
    return world


def move_chart(world: World, **document: Any) -> int:
    """A chart of dev shows a dataset that prod lacks; its dashboard stays as it is. Returns the dataset's number."""
    copied = {**recorded().assets[SALES_DATA].document, "uuid": MOVED.uuid, "table_name": "moved", **document}
    number = world.dev.add(Asset(MOVED, "moved", copied))
    world.dev.document(REVENUE)["dataset_uuid"] = MOVED.uuid
    return number


def plan(world: World, *carry: Aspect, **request: Any) -> Planned:
    return world.plan(carry=frozenset(carry), **request)


def state(server: FakeSuperset) -> Any:
    held = (
        {key: value for key, value in each.items() if value} for each in (server.owners, server.roles, server.tagged)
    )
    return copy.deepcopy((*held, server.tags, server.rules, server.documents[Kind.DASHBOARD]))


def found(planned: Planned, aspect: Aspect) -> dict[Key, Attachment]:
    return {each.key: each for each in planned.plan.attachments if each.aspect is aspect}


def notes(planned: Planned) -> dict[str, tuple[str, ...]]:
    return {note.kind: note.assets for note in (*planned.plan.warnings, *planned.plan.losses)}
