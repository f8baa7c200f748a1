"""What changes hands on prod: slugs that dashboards exchange, and charts that others have come to show.

Judged by plain requests.
"""

from __future__ import annotations

from typing import Any

import pytest

from project.tests.real.world import BIRTHS, SALES, World, find
from rig.checker import snapshot
from rig.rest import RestError, Superset

PROVISIONAL = "lockstep-"


def give(server: Superset, **slugs: str | None) -> None:
    """In two steps, as a person would have to: no two may have the same at any time."""
    for each in slugs:
        server.update("dashboard", number(server, each), {"slug": f"between-{each}"})
    for each, slug in slugs.items():
        server.update("dashboard", number(server, each), {"slug": slug})


def number(server: Superset, name: str) -> int:
    return find(server, "dashboard", uuid={"sales": SALES, "births": BIRTHS}[name])


def slugs(server: Superset) -> dict[str, Any]:
    rows = {row["uuid"]: row["slug"] for row in server.rows("dashboard", "uuid", "slug")}
    return {"sales": rows.get(SALES), "births": rows.get(BIRTHS)}


@pytest.fixture
def both(world: World) -> World:
    """Two dashboards on both sides, under the slugs “one” and “other”."""
    give(world.dev, sales="one", births="other")
    world.migrate(SALES, BIRTHS)
    return world


@pytest.mark.parametrize("after", [("other", "one"), (None, "one"), ("other", "third")], ids=str)
def test_slugs_change_hands_in_one_plan_and_come_back_with_its_undo(both: World, after: tuple[str | None, str]):
    before = snapshot(both.prod)
    wanted = dict(zip(("sales", "births"), after, strict=True))
    give(both.dev, **wanted)
    migration = both.migrate(SALES, BIRTHS)
    assert slugs(both.prod) == wanted
    assert both.check(SALES, BIRTHS).equal
    assert both.plan(SALES, BIRTHS).code == 0
    undone = both.roll_back(migration)
    assert undone.code == 0, undone
    assert slugs(both.prod) == {"sales": "one", "births": "other"}
    assert before.changed(snapshot(both.prod)) == set()


def test_superset_itself_refuses_two_of_a_slug_which_is_why_there_is_a_provisional_one(both: World):
    with pytest.raises(RestError):
        both.prod.update("dashboard", number(both.prod, "births"), {"slug": "one"})


def test_a_slug_goes_to_a_dashboard_that_prod_does_not_have_yet_and_back(world: World):
    give(world.dev, sales="one", births="other")
    world.migrate(SALES)
    before = snapshot(world.prod)
    give(world.dev, sales=None, births="one")
    migration = world.migrate(SALES, BIRTHS)
    assert slugs(world.prod) == {"sales": None, "births": "one"}
    undone = world.roll_back(migration)
    assert undone.code == 0, undone
    assert slugs(world.prod) == {"sales": "one", "births": None}
    assert before.changed(snapshot(world.prod)) == set()


def test_one_that_has_the_slug_and_stays_behind_is_named(both: World):
    give(both.dev, sales=None, births="one")
    _, prod = both.logs()
    planned = both.plan(BIRTHS)
    assert "“Sales Dashboard”" in planned.sentence
    assert "migrate both in one plan" in planned.sentence
    assert "mapping pair" not in planned.sentence
    assert prod.writes() == []
