"""Annotation layers travel with the charts that show them: planned, set with the target's numbers, verified, undone."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotPermitted, NotVerified, PlanStale, PlanUnsafe, Unreachable
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.beside import attachment_lines
from apps.superset.plan.plan import Plan
from apps.superset.planning.builder import Planned
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.carrying import notes, plan, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import REVENUE, World

__all__ = ["world"]

LAYERS = Aspect.ANNOTATIONS
FORMULA = {"annotationType": "FORMULA", "value": "2*x", "name": "Double"}


def native(number: Any, name: str = "Releases", **more: Any) -> dict[str, Any]:
    return {"annotationType": "EVENT", "sourceType": "NATIVE", "value": number, "name": name, "show": True, **more}


def of_chart(number: Any, source: str = "line") -> dict[str, Any]:
    return {"annotationType": "TIME_SERIES", "sourceType": source, "value": number, "name": "Other"}


def show(server: FakeSuperset, *layers: dict[str, Any], key: Key = REVENUE) -> None:
    """In the settings of a chart and in its stored query."""
    document = server.document(key)
    document["params"]["annotation_layers"] = list(layers)
    context = json.loads(document.get("query_context") or "null") or {"form_data": {}, "queries": [{}]}
    context["form_data"] = {**(context.get("form_data") or {}), "annotation_layers": list(layers)}
    context["queries"] = [{**query, "annotation_layers": list(layers)} for query in context["queries"]]
    document["query_context"] = json.dumps(context)


def shown(server: FakeSuperset, key: Key = REVENUE) -> list[dict[str, Any]]:
    """What the settings say, once the stored query was found to say the same."""
    document = server.document(key)
    layers: list[dict[str, Any]] = document["params"].get("annotation_layers", [])
    context = json.loads(document["query_context"])
    assert context["form_data"]["annotation_layers"] == layers
    assert all(query["annotation_layers"] == layers for query in context["queries"])
    return layers


def other_chart(server: FakeSuperset) -> Key:
    keys = (Key(Kind.CHART, each["uuid"]) for each in server.documents[Kind.CHART].values())
    return next(key for key in keys if key != REVENUE)


def stranger(server: FakeSuperset, *layers: dict[str, Any]) -> None:
    """A chart outside of the plan, on a dataset of its own."""
    own = {"uuid": str(uuid4()), "dataset_uuid": str(uuid4()), "slice_name": "Mine"}
    server.documents[Kind.CHART][4242] = {"viz_type": "line", **own, "params": {"annotation_layers": [*layers]}}


def number(server: FakeSuperset, name: str) -> int:
    return next(each for each, row in server.annotations.layers.items() if row["name"] == name)


def signed(planned: Any) -> list[str]:
    return [f"{line.subject}: {line.text}{line.signed}" for line in attachment_lines(planned.plan)]


@pytest.fixture
def settled(world: World) -> World:
    """The content is on prod already, with a stored query of the chart."""
    show(world.dev)
    world.apply(plan(world))
    world.prod.writes.clear()
    return world


def test_a_layer_and_its_annotations_are_created_and_shown_under_the_number_of_the_target(world: World) -> None:
    here = world.dev.annotations.add("Releases", "v1", "v2", descr="what went out")
    show(world.dev, native(here), FORMULA)
    planned = plan(world, LAYERS)
    assert signed(planned) == [
        "annotation layer “Releases”: + Releases, + v1 (2026-02-01), + v2 (2026-02-02)",
        "chart “Total Revenue”: + Releases",
    ]
    assert "annotations" not in notes(planned)
    world.apply(planned)
    there = number(world.prod, "Releases")
    assert there != here
    assert world.prod.annotations.layers[there]["descr"] == "what went out"
    assert world.prod.annotations.shorts("Releases") == ["v1", "v2"]
    assert shown(world.prod) == [FORMULA, native(there)]
    assert not plan(world, LAYERS).plan.pending
    world.roll_back(planned)
    assert world.prod.annotations.layers == {}


def test_all_fields_of_an_annotation_arrive(world: World) -> None:
    here = world.dev.annotations.add("Releases", "v1")
    [annotation] = world.dev.annotations.inside[here].values()
    annotation |= {"long_descr": "the first", "json_metadata": '{"a": 1}', "end_dttm": "2026-03-01T12:30:00"}
    show(world.dev, native(here))
    world.apply(plan(world, LAYERS))
    [found] = world.prod.annotations.inside[number(world.prod, "Releases")].values()
    assert found == annotation


def test_it_reads_back_from_its_plan(world: World) -> None:
    show(world.dev, native(world.dev.annotations.add("Releases", "v1")))
    planned = plan(world, LAYERS).plan
    assert Plan.from_json(planned.to_json()) == planned


def test_where_nobody_asks_for_them_they_are_a_loss_and_the_target_keeps_its_own(settled: World) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1")))
    own = native(settled.prod.annotations.add("Holidays", "Easter"), "Holidays")
    show(settled.prod, own)
    settled.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = plan(settled, Aspect.TAGS)
    assert notes(planned)["annotations"] == ("chart “Total Revenue”",)
    assert signed(planned) == ["chart “Total Revenue”: kept"]
    settled.apply(planned)
    assert shown(settled.prod) == [own]
    settled.roll_back(planned)
    assert shown(settled.prod) == [own]
    assert settled.prod.annotations.shorts("Holidays") == ["Easter"]


def test_a_layer_of_the_same_name_gets_exactly_the_annotations_of_the_source(settled: World) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1", "v2", "v3", descr="new")))
    there = settled.prod.annotations.add("Releases", "v0", "v2", descr="old")
    [before] = [dict(row) for row in settled.prod.annotations.inside[there].values() if row["short_descr"] == "v2"]
    planned = plan(settled, LAYERS)
    assert not planned.plan.written
    settled.apply(planned)
    assert settled.prod.annotations.shorts("Releases") == ["v1", "v2", "v3"]
    assert settled.prod.annotations.layers[there]["descr"] == "new"
    assert shown(settled.prod) == [native(there)]
    assert not plan(settled, LAYERS).plan.pending
    settled.roll_back(planned)
    assert settled.prod.annotations.shorts("Releases") == ["v0", "v2"]
    assert settled.prod.annotations.layers[there]["descr"] == "old"
    assert before in settled.prod.annotations.inside[there].values()
    assert settled.prod.document(REVENUE)["params"]["annotation_layers"] == []


def test_other_charts_that_show_a_layer_that_changes_are_named(settled: World) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1")))
    there = settled.prod.annotations.add("Releases", "v0")
    stranger(settled.prod, native(there))
    assert notes(plan(settled, LAYERS))["annotations_shared"] == ("Releases: chart “Mine”",)


def test_an_undo_keeps_a_created_layer_that_another_chart_shows_by_now(world: World) -> None:
    show(world.dev, native(world.dev.annotations.add("Releases", "v1")))
    planned = plan(world, LAYERS)
    world.apply(planned)
    stranger(world.prod, native(number(world.prod, "Releases")))
    result = world.roll_back(planned)
    assert world.prod.annotations.shorts("Releases") == ["v1"]
    assert any("Releases" in each for each in result.kept)


def test_an_undo_keeps_a_layer_that_others_have_changed_since(world: World) -> None:
    show(world.dev, native(world.dev.annotations.add("Releases", "v1")))
    planned = plan(world, LAYERS)
    world.apply(planned)
    there = number(world.prod, "Releases")
    world.prod.annotations.create(
        f"annotation_layer/{there}/annotation",
        {"short_descr": "mine", "start_dttm": "2026-05-01T00:00:00", "end_dttm": "2026-05-01T00:00:00"},
    )
    result = world.roll_back(planned)
    assert world.prod.annotations.shorts("Releases") == ["mine", "v1"]
    assert any("Releases" in each for each in result.kept)


@pytest.mark.parametrize("source", ["line", "table"])
def test_a_layer_that_shows_another_chart_gets_its_number_on_the_target(world: World, source: str) -> None:
    other = other_chart(world.dev)
    show(world.dev, of_chart(world.dev.id_of(other), source))
    planned = plan(world, LAYERS)
    world.apply(planned)
    assert shown(world.prod) == [of_chart(world.prod.id_of(other), source)]
    assert world.prod.id_of(other) != world.dev.id_of(other)
    assert not plan(world, LAYERS).plan.pending


@pytest.mark.parametrize(
    "layer", [native(987654), of_chart(987654), {"annotationType": "EVENT", "value": 3, "name": "Releases"}]
)
def test_a_layer_whose_number_means_nothing_certain_is_named_and_left_out(world: World, layer: dict[str, Any]) -> None:
    show(world.dev, layer, FORMULA)
    planned = plan(world, LAYERS)
    assert notes(planned)["annotations_unmapped"] == (f"chart “Total Revenue”: {layer['name']}",)
    world.apply(planned)
    assert shown(world.prod) == [FORMULA]


def test_a_name_that_two_layers_of_the_target_have_is_left_out(world: World) -> None:
    show(world.dev, native(world.dev.annotations.add("Releases", "v1")))
    for _ in range(2):
        world.prod.annotations.layers[len(world.prod.annotations.layers) + 1] = {"name": "Releases", "descr": ""}
    assert "annotations_unmapped" in notes(plan(world, LAYERS))


def test_a_chart_without_layers_loses_those_of_the_target(settled: World) -> None:
    own = native(settled.prod.annotations.add("Holidays", "Easter"), "Holidays")
    show(settled.prod, own)
    show(settled.dev)
    planned = plan(settled, LAYERS)
    assert signed(planned) == ["chart “Total Revenue”: − Holidays"]
    settled.apply(planned)
    assert shown(settled.prod) == []
    settled.roll_back(planned)
    assert shown(settled.prod) == [own]
    assert settled.prod.annotations.shorts("Holidays") == ["Easter"]


def test_content_and_layers_change_together_and_are_undone_together(settled: World) -> None:
    here = settled.dev.annotations.add("Releases", "v1")
    show(settled.dev, native(here, style="dashed"))
    own = native(settled.prod.annotations.add("Holidays", "Easter"), "Holidays")
    show(settled.prod, own)
    settled.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = plan(settled, LAYERS)
    settled.apply(planned)
    assert settled.prod.document(REVENUE)["params"]["time_range"] == "Last year"
    assert shown(settled.prod) == [native(number(settled.prod, "Releases"), style="dashed")]
    settled.roll_back(planned)
    assert shown(settled.prod) == [own]
    assert [row["name"] for row in settled.prod.annotations.layers.values()] == ["Holidays"]


def test_an_unchanged_layer_of_an_overwritten_chart_is_put_back(settled: World) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1")))
    settled.apply(plan(settled, LAYERS))
    settled.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = plan(settled, LAYERS)
    settled.apply(planned)
    assert shown(settled.prod) == [native(number(settled.prod, "Releases"))]
    settled.roll_back(planned)
    assert shown(settled.prod) == [native(number(settled.prod, "Releases"))]


def test_a_run_that_stopped_after_the_import_is_completed(settled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import has removed the layers: neither as before nor as planned."""
    own = native(settled.prod.annotations.add("Holidays", "Easter"), "Holidays")
    show(settled.prod, own)
    settled.dev.document(REVENUE)["params"]["time_range"] = "Last year"
    planned = plan(settled)
    update = settled.prod.update

    def failing(kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        if "params" in fields:
            raise Unreachable("no route", environment="prod")
        update(kind, asset_id, fields)

    monkeypatch.setattr(settled.prod, "update", failing)
    with pytest.raises(Unreachable):
        settled.apply(planned)
    assert settled.prod.document(REVENUE)["params"]["annotation_layers"] == []
    monkeypatch.setattr(settled.prod, "update", update)
    settled.apply(planned)
    assert shown(settled.prod) == [own]


def test_a_layer_that_changed_after_the_plan_stops_it(settled: World) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1")))
    there = settled.prod.annotations.add("Releases", "v0")
    planned = plan(settled, LAYERS)
    settled.prod.annotations.layers[there]["descr"] = "by hand"
    with pytest.raises(PlanStale, match="layer “Releases”"):
        settled.apply(planned)
    assert settled.prod.writes == []


def test_layers_of_a_chart_that_changed_after_the_plan_stop_it(settled: World) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1")))
    planned = plan(settled, LAYERS)
    show(settled.prod, native(settled.prod.annotations.add("Holidays"), "Holidays"))
    with pytest.raises(PlanStale, match="chart “Total Revenue”"):
        settled.apply(planned)


def test_a_request_without_effect_is_not_verified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    show(world.dev, native(world.dev.annotations.add("Releases", "v1")))

    def ignored(resource: str, fields: Any) -> None:
        if resource == "annotation_layer":
            FakeSuperset.create_row(world.prod, resource, fields)

    planned = plan(world, LAYERS)
    monkeypatch.setattr(world.prod, "create_row", ignored)
    with pytest.raises(NotVerified, match="Releases"):
        world.apply(planned)


@pytest.mark.parametrize("side", ["dev", "prod"])
def test_a_server_that_does_not_show_them_leaves_the_charts_as_they_are(settled: World, side: str) -> None:
    show(settled.dev, native(settled.dev.annotations.add("Releases", "v1")))
    getattr(settled, side).unshown["annotation_layer"] = NotPermitted("Forbidden", environment=side)
    planned = plan(settled, LAYERS)
    assert notes(planned)["annotations_unread"] == ("chart “Total Revenue”",)
    assert not planned.plan.pending


def test_an_account_that_may_not_write_layers_is_told_before(world: World) -> None:
    show(world.dev, native(world.dev.annotations.add("Releases", "v1")))
    has = RELEASE.permissions
    kinds = (Kind.DATABASE, Kind.DATASET, Kind.CHART, Kind.DASHBOARD)
    every = {has.on(what, kind) for what in (has.read, has.write, has.export) for kind in kinds}
    world.prod.rights = frozenset({*every, *has.importing})
    with pytest.raises(PlanUnsafe, match="can_write on Annotation"):
        plan(world, LAYERS)
    world.prod.rights |= {has.write_annotations}
    assert plan(world, LAYERS).plan.attachments


def test_a_chart_and_a_layer_of_the_same_name_are_two_things(world: World) -> None:
    show(world.dev, native(world.dev.annotations.add("Total Revenue", "v1")))
    world.apply(plan(world, LAYERS))
    assert shown(world.prod) == [native(number(world.prod, "Total Revenue"))]
    assert not plan(world, LAYERS).plan.pending


def inside(server: FakeSuperset) -> list[list[str]]:
    """The short descriptions in each layer."""
    rows = (server.annotations.inside[number] for number in server.annotations.layers)
    return [sorted(row["short_descr"] for row in each.values()) for each in rows]


def stopped_within_a_layer(world: World, monkeypatch: pytest.MonkeyPatch, *own: str) -> Planned:
    """A run that ends between two annotations of one layer."""
    show(world.dev, native(world.dev.annotations.add("Releases", "v1", "v2", "v3")))
    if own:
        world.prod.annotations.add("Releases", *own)
    planned, create, sent = plan(world, LAYERS), world.prod.create_row, []

    def failing(resource: str, fields: Any) -> None:
        sent.append(resource)
        if sent.count(resource) == 2:
            raise Unreachable("no route", environment="prod")
        create(resource, fields)

    with monkeypatch.context() as patched:
        patched.setattr(world.prod, "create_row", failing)
        with pytest.raises(Unreachable):
            world.apply(planned)
    return planned


@pytest.mark.parametrize("own", [(), ("own",)])
def test_a_run_that_stopped_within_a_layer_goes_on_and_back(
    settled: World, monkeypatch: pytest.MonkeyPatch, own: tuple[str, ...]
) -> None:
    planned = stopped_within_a_layer(settled, monkeypatch, *own)
    before = settled.undo(planned).snapshot
    settled.apply(planned, first=before)
    assert inside(settled.prod) == [["v1", "v2", "v3"]]
    settled.roll_back(planned)
    assert inside(settled.prod) == ([list(own)] if own else [])


@pytest.mark.parametrize("own", [(), ("own",)])
def test_an_undo_of_half_a_layer_restores_what_was_there(
    settled: World, monkeypatch: pytest.MonkeyPatch, own: tuple[str, ...]
) -> None:
    planned = stopped_within_a_layer(settled, monkeypatch, *own)
    result = settled.roll_back(planned)
    assert inside(settled.prod) == ([list(own)] if own else [])
    assert result.kept == ()
    assert not any("Total Revenue" in line for line in result.attached), "its chart was never touched"
