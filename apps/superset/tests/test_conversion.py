"""Content from one release to another: what the other has no field for is named, and nothing else changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.content.comparable import hash_of
from apps.superset.content.outgoing import outgoing
from apps.superset.conversion.fields import Dropped, converted, keeping_own
from apps.superset.conversion.notes import conversion_losses
from apps.superset.releases.supported import SUPPORTED
from apps.superset.tests.fake_releases import OtherRelease
from apps.superset.tests.world import SALES, SALES_DATA, World, recorded
from apps.superset.validation.importable import obstacles
from apps.superset.validation.schemas import importer_schemas

LATEST = SUPPORTED["6.1"]
OLDER = ("4.1", "5.0", "6.0")
DATASET = Key(Kind.DATASET, "00000000-0000-4000-8000-000000000001")
USD = {"symbol": "USD", "symbolPosition": "prefix"}

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=12)
NAMES = st.text("abcdefgh_", min_size=1, max_size=6)


def fields_of(schema: str) -> dict[str, Any]:
    found: dict[str, Any] = importer_schemas("6.1")["schemas"][schema]["fields"]
    return found


def values(facts: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    found: dict[str, st.SearchStrategy[Any]] = {
        "String": TEXTS,
        "Boolean": st.booleans(),
        "Integer": st.integers(0, 9),
        "Dict": st.dictionaries(NAMES, TEXTS, max_size=2),
    }
    value = found.get(facts["type"], st.nothing())
    return value | st.none() if facts.get("null") else value


def rows(schema: str, name: str) -> st.SearchStrategy[Any]:
    simple = ("String", "Boolean")
    facts = {each: found for each, found in fields_of(schema).items() if found["type"] in simple and each != name}
    one = st.fixed_dictionaries({name: NAMES}, optional={each: values(found) for each, found in facts.items()})
    return st.lists(one, max_size=3, unique_by=lambda row: row[name])


@st.composite
def datasets(draw: st.DrawFn) -> Asset:
    simple = {name: facts for name, facts in fields_of("dataset").items() if facts["type"] in ("String", "Integer")}
    document = draw(st.fixed_dictionaries({}, optional={name: values(facts) for name, facts in simple.items()}))
    document |= {"uuid": DATASET.uuid, "database_uuid": DATASET.uuid, "version": "1.0.0"}
    document["columns"] = draw(rows("column", "column_name"))
    document["metrics"] = draw(rows("metric", "metric_name"))
    for metric in document["metrics"]:
        metric["currency"] = draw(st.sampled_from([None, USD, {"symbol": "EUR", "symbolPosition": "suffix"}]))
    return Asset(DATASET, "dataset", document)


@st.composite
def dashboards_and_charts(draw: st.DrawFn) -> Asset:
    kind = draw(st.sampled_from((Kind.DASHBOARD, Kind.CHART)))
    simple = ("String", "Integer", "Boolean")
    facts = {name: found for name, found in fields_of(kind.value).items() if found["type"] in simple}
    document = draw(st.fixed_dictionaries({}, optional={name: values(found) for name, found in facts.items()}))
    document |= {"uuid": DATASET.uuid, "version": "1.0.0"}
    if kind is Kind.DASHBOARD:
        document["theme_uuid"] = draw(st.sampled_from([None, DATASET.uuid]))
    return Asset(Key(kind, DATASET.uuid), kind.value, document)


def restored(asset: Asset, dropped: tuple[Dropped, ...]) -> Asset:
    """With what was reported put back."""
    document = copy.deepcopy(dict(asset.document))
    for each in dropped:
        *above, field = each.path.split(".")
        holder: Any = document
        if above:
            own = {"columns": "column_name", "metrics": "metric_name"}[above[0]]
            (holder,) = [row for row in document[above[0]] if row[own] == above[1]]
        holder[field] = each.value
    return asset.with_document(document)


@pytest.mark.parametrize("line", OLDER)
@settings(max_examples=25, deadline=None)
@given(asset=datasets() | dashboards_and_charts())
def test_down_and_up_again_loses_only_what_the_report_names(line: str, asset: Asset) -> None:
    down, dropped = converted(asset, SUPPORTED[line])
    read_back = down.with_document(outgoing(down, SUPPORTED[line]).document)
    up, nothing = converted(read_back, LATEST)
    assert nothing == ()
    assert hash_of(restored(up, dropped)) == hash_of(asset)


@pytest.mark.parametrize("line", SUPPORTED)
@settings(max_examples=25, deadline=None)
@given(asset=datasets())
def test_converting_twice_changes_nothing_more(line: str, asset: Asset) -> None:
    down, _ = converted(asset, SUPPORTED[line])
    again, dropped = converted(down, SUPPORTED[line])
    assert (again, dropped) == (down, ())


@pytest.mark.parametrize("line", OLDER)
@settings(max_examples=25, deadline=None)
@given(asset=datasets())
def test_what_comes_from_an_older_release_goes_up_whole(line: str, asset: Asset) -> None:
    older, _ = converted(asset, SUPPORTED[line])
    assert converted(older, LATEST) == (older, ())


@pytest.mark.parametrize("line", SUPPORTED)
def test_every_recorded_example_can_be_imported_by_every_release(line: str) -> None:
    refused = [
        (str(asset), [str(each) for each in found])
        for asset in recorded()
        if (found := obstacles(converted(asset, SUPPORTED[line])[0], SUPPORTED[line]))
    ]
    assert refused == []


@pytest.mark.parametrize(("line", "written"), [("4.1", json.dumps(USD)), ("5.0", json.dumps(USD)), ("6.0", USD)])
def test_a_currency_is_written_as_the_release_takes_it_and_means_the_same(line: str, written: object) -> None:
    metric = {"metric_name": "sum", "expression": "SUM(x)", "currency": USD}
    asset = Asset(DATASET, "d", {"uuid": DATASET.uuid, "metrics": [metric, "broken"]})
    sent = outgoing(asset, SUPPORTED[line])
    assert sent.document["metrics"][0]["currency"] == written
    assert hash_of(sent) == hash_of(asset)


def test_empty_values_are_no_loss() -> None:
    empty: dict[str, Any] = {"currency_code_column": None, "folders": [], "data_file": ""}
    asset = Asset(
        DATASET, "d", {"uuid": DATASET.uuid, **empty, "columns": [{"column_name": "a", "datetime_format": ""}]}
    )
    down, dropped = converted(asset, SUPPORTED["4.1"])
    assert dropped == ()
    assert down.document["columns"] == [{"column_name": "a"}]


def test_a_field_that_no_release_has_is_named_too() -> None:
    asset = Asset(
        DATASET, "d", {"uuid": DATASET.uuid, "columns": [{"column_name": "a", "odd": 0}, 3], "more": {"x": 1}}
    )
    _, dropped = converted(asset, LATEST)
    assert [(each.path, each.value) for each in dropped] == [("columns.a.odd", 0), ("more", {"x": 1})]


def test_a_connection_is_left_as_it_is() -> None:
    asset = Asset(Key(Kind.DATABASE, DATASET.uuid), "warehouse", {"anything": 1})
    assert converted(asset, SUPPORTED["4.1"]) == (asset, ())


class TestWhatTheSourceCannotSay:
    def pair(self, **theirs: Any) -> tuple[Bundle, Bundle]:
        ours = {"uuid": DATASET.uuid, "columns": [{"column_name": "a"}, {"column_name": "b"}]}
        columns = [{"column_name": "a", "datetime_format": "%Y"}, {"column_name": "c", "datetime_format": "%m"}]
        there = {"uuid": DATASET.uuid, "columns": columns, **theirs}
        return tuple(Bundle.of([Asset(DATASET, "d", each)]) for each in (ours, there))  # type: ignore[return-value]

    def test_the_target_keeps_its_own(self) -> None:
        desired, current = self.pair(currency_code_column="cur", description="theirs")
        kept = keeping_own(desired, current, SUPPORTED["5.0"], LATEST).assets[DATASET].document
        assert kept["currency_code_column"] == "cur"
        assert "description" not in kept
        assert kept["columns"] == [{"column_name": "a", "datetime_format": "%Y"}, {"column_name": "b"}]

    def test_a_source_that_can_say_it_decides(self) -> None:
        desired, current = self.pair(currency_code_column="cur")
        assert keeping_own(desired, current, LATEST, LATEST).assets == desired.assets

    def test_tags_and_themes_are_not_taken_into_a_plan(self) -> None:
        desired, current = self.pair(tags=["a"], theme_uuid=DATASET.uuid)
        assert (
            not {"tags", "theme_uuid"}
            & keeping_own(desired, current, SUPPORTED["4.1"], LATEST).assets[DATASET].document.keys()
        )


class TestThePlan:
    def world(self, source: str, target: str) -> World:
        world = World(SALES)
        dev, prod = OtherRelease("dev", source), OtherRelease("prod", target)
        for new, old in ((dev, world.dev), (prod, world.prod)):
            new.documents, new.members, new.columns = old.documents, old.members, old.columns
            new.next_id, new.tables_of = old.next_id, old.tables_of
        world.dev, world.prod = dev, prod
        dataset = dev.document(SALES_DATA)
        dataset["currency_code_column"] = "currency"
        dataset["columns"][0]["datetime_format"] = "%d/%m"
        dataset["metrics"][0]["currency"] = USD
        return world

    @pytest.mark.parametrize("target", ["4.1.4", "5.0.0", "6.0.0"])
    def test_each_lost_value_is_named_with_its_asset_and_field(self, target: str) -> None:
        world = self.world("6.1.0", target)
        column = world.dev.document(SALES_DATA)["columns"][0]["column_name"]
        plan = world.plan().plan
        (note,) = [each for each in plan.losses if each.kind == "unsupported_fields"]
        assert set(note.assets) == {
            "dataset “cleaned_sales_data”: currency_code_column: currency",
            f"dataset “cleaned_sales_data”: columns.{column}.datetime_format: %d/%m",
        }
        assert world.prod.writes == []

    @pytest.mark.parametrize("source", ["4.1.4", "5.0.0", "6.0.0"])
    def test_nothing_is_lost_on_the_way_up_and_the_plan_after_the_apply_is_empty(self, source: str) -> None:
        world = self.world(source, "6.1.0")
        planned = world.plan()
        assert "unsupported_fields" not in {each.kind for each in planned.plan.losses}
        world.apply(planned)
        assert not world.plan().plan.pending
        assert world.prod.document(SALES_DATA)["metrics"][0]["currency"] == USD

    def test_what_only_the_target_can_say_is_no_change(self) -> None:
        world = self.world("5.0.0", "6.1.0")
        world.apply(world.plan())
        there = world.prod.document(SALES_DATA)
        there["currency_code_column"], there["columns"][0]["datetime_format"] = "theirs", "%Y"
        assert not world.plan().plan.pending
        world.dev.document(SALES_DATA)["description"] = "changed"
        world.apply(world.plan())
        there = world.prod.document(SALES_DATA)
        assert (there["currency_code_column"], there["columns"][0]["datetime_format"]) == ("theirs", "%Y")
        assert not world.plan().plan.pending

    def test_the_plan_after_an_apply_to_an_older_release_is_empty(self) -> None:
        world = self.world("6.1.0", "6.0.0")
        world.apply(world.plan())
        assert not world.plan().plan.pending


class TestWhatArrivesWithoutEffect:
    GANTT = Asset(Key(Kind.CHART, DATASET.uuid), "Gantt", {"viz_type": "gantt_chart"})
    BOARD = Asset(Key(Kind.DASHBOARD, DATASET.uuid), "Board", {"metadata": {"chart_customization_config": [{}]}})

    def losses(self, source: str, target: str) -> dict[str, tuple[str, ...]]:
        members = Bundle.of([self.GANTT, self.BOARD])
        return {each.kind: each.assets for each in conversion_losses((), members, SUPPORTED[source], SUPPORTED[target])}

    def test_charts_that_the_target_cannot_draw_are_named(self) -> None:
        assert self.losses("6.1", "5.0")["undrawn"] == ("chart “Gantt”: gantt_chart",)

    def test_settings_that_the_target_does_not_use_are_named(self) -> None:
        assert self.losses("6.1", "6.0") == {"unused_settings": ("dashboard “Board”: chart_customization_config",)}

    def test_what_the_source_could_not_do_either_is_no_loss(self) -> None:
        assert self.losses("4.1", "5.0") == self.losses("6.1", "6.1") == {}
