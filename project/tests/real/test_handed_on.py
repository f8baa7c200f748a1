"""Slugs that dashboards exchange on prod, and charts that other dashboards there have come to use.

Judged by plain requests.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from project.tests.real.world import BIRTHS, SALES, World, find
from rig.check.checker import snapshot
from rig.check.rest import RestError, Superset
from rig.servers.tamper import editing, tampering

PROVISIONAL = "lockstep-"


def give(server: Superset, **slugs: str | None) -> None:
    """Swap in two steps, as a person has to: slugs are unique at any time."""
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


def test_a_dashboard_that_holds_the_slug_and_stays_behind_is_named(both: World):
    give(both.dev, sales=None, births="one")
    _, prod = both.logs()
    planned = both.plan(BIRTHS)
    assert "“Sales Dashboard”" in planned.sentence
    assert "migrate both in one plan" in planned.sentence
    assert "mapping pair" not in planned.sentence
    assert prod.writes() == []


@pytest.mark.parametrize("way", ["apply", "rollback"])
def test_a_run_that_came_no_further_than_the_provisional_slugs_is_completed_or_undone(both: World, way: str):
    before, refusing = snapshot(both.prod), [True]

    def add_unknown_field(files: dict[str, bytes]) -> None:
        for name in files if refusing else ():
            if "/dashboards/" in name:
                files[name] += b"nobody_knows: 1\n"

    give(both.dev, sales="other", births="one")
    with tampering(both.pair.prod.url, upload=editing(add_unknown_field)) as proxy:
        assert both.register("tampered", proxy.url).code == 0
        migration = both.plan(SALES, BIRTHS, target="tampered").migration
        stopped = both.apply(migration)
        assert stopped.code == 1
        assert slugs(both.prod) == {"sales": f"{PROVISIONAL}{SALES}", "births": f"{PROVISIONAL}{BIRTHS}"}
        shown = both.run("migration", "show", str(migration))
        assert "Sales Dashboard" in shown.stdout
        refusing.clear()
        done = both.run("migration", way, str(migration), "--yes", "--format", "json")
        assert done.code == 0, done
    if way == "apply":
        assert slugs(both.prod) == {"sales": "other", "births": "one"}
        assert both.check(SALES, BIRTHS).equal
    else:
        assert before.changed(snapshot(both.prod)) == set()


# --- dependents of overwritten assets, checked again at apply


@pytest.fixture
def migrated_births(world: World) -> World:
    world.migrate(BIRTHS)
    return world


def show_elsewhere(world: World, chart: str) -> int:
    """Let another dashboard on prod show this chart."""
    theirs = world.prod.create("dashboard", {"dashboard_title": "Theirs", "slug": "theirs"})
    shown = {"dashboards": [number(world.prod, "births"), theirs]}
    world.prod.update("chart", find(world.prod, "chart", slice_name=chart), shown)
    return theirs


def test_a_chart_that_gained_a_dashboard_on_prod_is_not_changed_there_unasked(migrated_births: World):
    world, chart = migrated_births, "Top 10 Girl Name Share"
    world.dev.update("chart", find(world.dev, "chart", slice_name=chart), {"description": "edited"})
    planned = world.plan(BIRTHS)
    theirs = show_elsewhere(world, chart)
    before, (_, prod) = snapshot(world.prod), world.logs()
    applied = world.apply(planned.migration)
    assert applied.code == 1
    assert f"chart “{chart}” is now also used by dashboard “Theirs”" in applied.stderr
    assert prod.writes() == []
    changed = before.changed(snapshot(world.prod))  # each export generates a new layout for “Theirs”
    assert not [key for key in changed if key != ("dashboard", str(world.prod.one("dashboard", theirs)["uuid"]))]
    again = world.plan(BIRTHS)
    assert again.changes("update")[chart]["used_by"] == ["Theirs"]
    assert world.apply(again.migration).code == 0


def add_filter(server: Superset, column: str) -> None:
    """A dashboard without charts that uses the dataset through a native filter."""
    pk = server.create("dashboard", {"dashboard_title": "Filtered", "slug": "filtered"})
    target = {"datasetId": find(server, "dataset", table_name="birth_names"), "column": {"name": column}}
    each: dict[str, Any] = {"id": "NATIVE_FILTER-x", "name": "Whose", "type": "NATIVE_FILTER"}
    each |= {"filterType": "filter_select"}
    each |= {"targets": [target], "scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "controlValues": {}}
    each |= {"cascadeParentIds": [], "defaultDataMask": {}}
    server.update("dashboard", pk, {"json_metadata": json.dumps({"native_filter_configuration": [each]})})


def test_who_uses_a_column_that_goes_is_named(migrated_births: World):
    """Used by a chart that only prod has, and by a filter of a dashboard without charts of the dataset."""
    world = migrated_births
    dataset = find(world.prod, "dataset", table_name="birth_names")
    present = world.prod.one("dataset", dataset)["columns"]
    columns = [{"id": each["id"], "column_name": each["column_name"]} for each in present]
    calculated = {"column_name": "initial", "expression": "substr(name, 1, 1)", "type": "TEXT"}
    world.prod.update("dataset", dataset, {"columns": [*columns, calculated]})
    params = {"viz_type": "table", "datasource": f"{dataset}__table", "groupby": ["initial"], "metrics": ["sum__num"]}
    fields = {"slice_name": "Initials", "viz_type": "table", "datasource_id": dataset, "datasource_type": "table"}
    world.prod.create("chart", {**fields, "params": json.dumps(params)})
    add_filter(world.prod, "initial")
    planned = world.plan(BIRTHS)
    assert planned.changes("update")["birth_names"]["used_by"] == ["Filtered"]
    (note,) = [each for each in planned.document["plan"]["warnings"] if each["kind"] == "used_though_removed"]
    assert sorted(note["assets"]) == ["chart “Initials”", "dashboard “Filtered”"]
    assert "chart “Initials” (groupby)" in note["text"]
    assert "native filter “Whose” of dashboard “Filtered”" in note["text"]
