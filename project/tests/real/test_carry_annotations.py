"""Annotation layers that travel with the charts that show them, judged by plain requests to prod."""

from __future__ import annotations

import json
from typing import Any

from project.tests.real.test_side_effects import by_uuid
from project.tests.real.world import MAPPING, SALES, CommandResult, World, find
from rig.check.checker import snapshot
from rig.check.rest import Superset

REVENUE = "7b12a243-88e0-4dc5-ac33-9a840bb0ac5a"
FORMULA = {"annotationType": "FORMULA", "value": "2*x", "name": "Double", "show": True, "style": "solid"}


def layer(server: Superset, name: str, *annotations: str, descr: str = "") -> int:
    """Each annotation takes one day of its own."""
    number = int(server.post("annotation_layer/", {"name": name, "descr": descr})["id"])
    for day, short in enumerate(annotations, 1):
        moment = f"2026-02-{day:02}T10:30:00"
        fields = {"short_descr": short, "long_descr": f"{short}, at length", "json_metadata": '{"day": 1}'}
        server.post(f"annotation_layer/{number}/annotation/", {**fields, "start_dttm": moment, "end_dttm": moment})
    return number


def layers(server: Superset) -> dict[str, int]:
    return {row["name"]: row["id"] for row in server.get("annotation_layer/?q=(page_size:100)")["result"]}


def shown_annotations(server: Superset, name: str) -> list[dict[str, Any]]:
    inside = f"annotation_layer/{layers(server)[name]}/annotation"
    found = [server.get(f"{inside}/{row['id']}")["result"] for row in server.get(f"{inside}/")["result"]]
    fields = ("short_descr", "long_descr", "start_dttm", "end_dttm", "json_metadata")
    return sorted(({each: row[each] for each in fields} for row in found), key=lambda row: row["short_descr"])


def native(number: int, name: str = "Releases") -> dict[str, Any]:
    return {"annotationType": "EVENT", "sourceType": "NATIVE", "value": number, "name": name, "show": True}


def show(server: Superset, *shown: dict[str, Any], **settings: Any) -> None:
    """In the settings and the stored query of the chart, as the browser writes both."""
    number = by_uuid(server, "chart")[REVENUE]
    params = {**json.loads(server.one("chart", number)["params"]), "annotation_layers": list(shown), **settings}
    dataset = {"id": find(server, "dataset", table_name="cleaned_sales_data"), "type": "table"}
    query = {"metrics": ["count"], "columns": [], "annotation_layers": list(shown)}
    context = {"datasource": dataset, "force": False, "queries": [query], "form_data": params}
    server.update("chart", number, {"params": json.dumps(params), "query_context": json.dumps(context)})


def shown(server: Superset) -> list[dict[str, Any]]:
    """What the settings say, once the stored query was found to say the same."""
    chart = server.one("chart", by_uuid(server, "chart")[REVENUE])
    found: list[dict[str, Any]] = json.loads(chart["params"]).get("annotation_layers", [])
    context = json.loads(chart["query_context"])
    assert context["form_data"]["annotation_layers"] == found
    assert [query["annotation_layers"] for query in context["queries"]] == [found]
    return found


def plan(world: World, carry: str) -> CommandResult:
    chosen = ("migration", "plan", "dev", "prod", "--dashboard", SALES, "--map-database", MAPPING)
    return world.run(*chosen, "--carry", carry, "--format", "json")


def done(world: World, planned: CommandResult) -> None:
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied


def test_a_layer_travels_to_an_empty_target_and_goes_again(world: World) -> None:
    layer(world.prod, "Of others", "a")
    here = layer(world.dev, "Releases", "v1", "v2", descr="what went out")
    other = find(world.dev, "chart", slice_name="Items Sold")
    of_chart = {"annotationType": "TIME_SERIES", "sourceType": "line", "value": other, "name": "Items", "show": True}
    show(world.dev, native(here), FORMULA, of_chart)
    before = snapshot(world.prod)

    planned = plan(world, "annotations")
    assert "annotations" not in [note["kind"] for note in planned.document["plan"]["losses"]]
    done(world, planned)
    there = layers(world.prod)["Releases"]
    assert there != here
    assert shown_annotations(world.prod, "Releases") == shown_annotations(world.dev, "Releases")
    assert [row["json_metadata"] for row in shown_annotations(world.prod, "Releases")] == ['{"day": 1}'] * 2
    items = find(world.prod, "chart", slice_name="Items Sold")
    assert items != other
    assert shown(world.prod) == [FORMULA, native(there), {**of_chart, "value": items}]
    assert plan(world, "annotations").code == 0

    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert set(layers(world.prod)) == {"Of others"}
    assert before.changed(snapshot(world.prod)) == set()


def test_what_prod_had_comes_back(world: World) -> None:
    world.migrate(SALES)
    show(world.dev, native(layer(world.dev, "Releases", "v1", "v2", descr="new")), time_range="Last year")
    own = [native(layer(world.prod, "Releases", "v0", "v2", descr="old")), native(layer(world.prod, "Own", "x"), "Own")]
    show(world.prod, *own)
    before, inside = snapshot(world.prod), shown_annotations(world.prod, "Releases")

    planned = plan(world, "annotations")
    done(world, planned)
    assert shown(world.prod) == [native(layers(world.prod)["Releases"])]
    assert shown_annotations(world.prod, "Releases") == shown_annotations(world.dev, "Releases")
    assert plan(world, "annotations").code == 0

    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert shown(world.prod) == own
    assert shown_annotations(world.prod, "Releases") == inside
    assert before.changed(snapshot(world.prod)) == set()


def test_layers_that_do_not_travel_stay_as_they_are_on_prod(world: World) -> None:
    world.migrate(SALES)
    show(world.dev, native(layer(world.dev, "Releases", "v1")), time_range="Last year")
    own = native(layer(world.prod, "Own", "x"), "Own")
    show(world.prod, own)
    before = snapshot(world.prod)

    planned = plan(world, "none")
    losses = {note["kind"]: note["assets"] for note in planned.document["plan"]["losses"]}
    assert losses["annotations"] == ["chart “Total Revenue”"]
    done(world, planned)
    assert shown(world.prod) == [own]
    assert set(layers(world.prod)) == {"Own"}
    assert world.roll_back(planned.migration).code == 0
    assert shown(world.prod) == [own]
    assert before.changed(snapshot(world.prod)) == set()
