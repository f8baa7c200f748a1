"""What depends on what, and what is referred to in vain."""

from __future__ import annotations

import json

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.references.graph import closure, dependencies, references, users
from apps.superset.tests.builders import (
    CHART,
    DATABASE,
    DATASET,
    RECORDED,
    a_chart,
    a_dashboard,
    a_database,
    a_dataset,
    a_filter,
    a_layout,
    chart_ref,
    dataset_ref,
    uuid,
)

FILTERED = uuid(20)


def whole(*more: Asset) -> Bundle:
    filters = [a_filter(targets=[{"column": {"name": "x"}, "datasetUuid": FILTERED}])]
    dashboard = a_dashboard(metadata={"native_filter_configuration": filters})
    return Bundle.of([dashboard, a_chart(), a_dataset(), a_dataset("filters", 20), a_database(), *more])


DASHBOARD = a_dashboard().key


def without(bundle: Bundle, key: Key) -> Bundle:
    return Bundle.of(asset for asset in bundle if asset.key != key)


def dangling(bundle: Bundle) -> list[tuple[str, str, str]]:
    return [(each.asset_name, each.missing_kind.value, each.how) for each in closure(bundle, [DASHBOARD]).dangling]


def test_a_dashboard_depends_on_its_charts_and_on_the_datasets_of_its_filters():
    keys = dependencies(whole().assets[DASHBOARD])
    assert keys == (Key(Kind.DATASET, FILTERED), Key(Kind.CHART, CHART))


def test_a_chart_depends_on_its_dataset_and_a_dataset_on_its_database():
    assert dependencies(a_chart()) == (Key(Kind.DATASET, DATASET),)
    assert dependencies(a_dataset()) == (Key(Kind.DATABASE, DATABASE),)
    assert dependencies(a_database()) == ()


def test_a_chart_customization_names_its_dataset_by_number_or_by_uuid():
    targets = [{"datasetId": dataset_ref(uuid(21))}, {"datasetUuid": uuid(22)}]
    asset = a_dashboard(metadata={"chart_customization_config": [a_filter(targets=targets)]})
    assert {Key(Kind.DATASET, uuid(21)), Key(Kind.DATASET, uuid(22))} <= set(dependencies(asset))


CHOICE = {"value": dataset_ref(uuid(21)), "label": "sales"}
SHAPES = (dataset_ref(uuid(21)), CHOICE, [dataset_ref(uuid(21))], [CHOICE])


def test_a_target_names_its_dataset_in_any_shape():
    for chosen in SHAPES:
        asset = a_dashboard(metadata={"chart_customization_config": [a_filter(targets=[{"datasetId": chosen}])]})
        assert Key(Kind.DATASET, uuid(21)) in dependencies(asset)
        assert all(each.key for each in references(asset))


def test_a_dynamic_group_by_takes_its_dataset_along():
    for chosen in SHAPES:
        custom = {**a_filter(targets=[{}]), "customization": {"dataset": chosen}}
        asset = a_dashboard(metadata={"chart_customization_config": [custom]})
        assert Key(Kind.DATASET, uuid(21)) in dependencies(asset)
        assert all(each.key for each in references(asset))


def test_a_dynamic_group_by_whose_dataset_is_gone_dangles_where_no_target_names_another():
    custom = {**a_filter(targets=[{}]), "customization": {"dataset": 99}}
    asset = a_dashboard(metadata={"chart_customization_config": [custom]})
    named = {**custom, "targets": [{"datasetUuid": uuid(22)}]}
    other = a_dashboard(metadata={"chart_customization_config": [named]})
    assert any(each.kind is Kind.DATASET and each.key is None for each in references(asset))
    assert all(each.key for each in references(other))


def test_a_deck_of_layers_depends_on_the_charts_it_is_made_of():
    assert Key(Kind.CHART, uuid(30)) in dependencies(
        a_chart(params={"deck_slices": [chart_ref(uuid(30), "deck.gl layer")]})
    )


def test_a_time_range_filter_depends_on_nothing():
    asset = a_dashboard(metadata={"native_filter_configuration": [a_filter(targets=[{}])]})
    assert [key.kind for key in dependencies(asset)] == [Kind.CHART]


def test_the_closure_is_in_dependency_order_and_leaves_out_the_rest():
    found = closure(whole(a_chart("Other", 40), a_dataset("other", 41)), [DASHBOARD])
    assert [key.kind.value for key in found.keys] == ["database", "dataset", "dataset", "chart", "dashboard"]
    assert found.dangling == ()


def test_the_nine_examples_are_closed():
    bundle = read_bundle(RECORDED.read_bytes())
    found = closure(bundle, [asset.key for asset in bundle.of_kind(Kind.DASHBOARD)])
    assert (len(found.keys), found.dangling) == (len(bundle), ())


def test_a_chart_of_the_layout_that_is_not_there_is_reported():
    found = closure(without(whole(), a_chart().key), [DASHBOARD])
    assert dangling(without(whole(), a_chart().key)) == [("Sales", "chart", "layout")]
    assert found.missing == (a_chart().key,)


def test_a_dataset_of_a_filter_that_is_not_there_is_reported_with_the_name_of_the_filter():
    assert dangling(without(whole(), Key(Kind.DATASET, FILTERED))) == [("Sales", "dataset", "native filter “Region”")]


def test_a_chart_without_a_dataset_is_reported():
    bundle = whole()
    chart = a_chart()
    bare = chart.with_document({name: value for name, value in chart.document.items() if name != "dataset_uuid"})
    assert dangling(bundle.merged(Bundle.of([bare]))) == [("Revenue", "dataset", "dataset_uuid")]
    assert closure(bundle.merged(Bundle.of([bare])), [DASHBOARD]).missing == ()


def test_a_chart_of_the_layout_without_a_uuid_is_reported():
    position = a_layout(CHART)
    del position["CHART-a"]["meta"]["uuid"]
    assert dangling(whole(a_dashboard(position=position))) == [("Sales", "chart", "layout")]


def test_a_filter_that_has_lost_its_dataset_is_reported():
    targets = [{"column": {"name": "x"}}]
    lost = a_dashboard(metadata={"native_filter_configuration": [a_filter(targets=targets)]})
    assert dangling(whole(lost)) == [("Sales", "dataset", "native filter “Region”")]
    number = a_dashboard(metadata={"native_filter_configuration": [a_filter(targets=[{"datasetId": 12}])]})
    assert dangling(whole(number)) == [("Sales", "dataset", "native filter “Region”")]


def test_a_database_that_is_not_there_is_reported():
    assert ("sales", "database", "database_uuid") in dangling(without(whole(), a_database().key))


def test_what_was_asked_for_and_is_not_there_is_reported():
    key = Key(Kind.DASHBOARD, uuid(99))
    found = closure(whole(), [key])
    assert (found.keys, found.missing, found.dangling[0].how) == ((), (key,), "asked for")


def test_the_same_gap_is_reported_once():
    position = a_layout(uuid(50), uuid(50))
    assert dangling(whole(a_dashboard(position=position))).count(("Sales", "chart", "layout")) == 1


def test_charts_that_refer_to_each_other_do_not_go_round_for_ever():
    one = a_chart("One", 60, params={"deck_slices": [chart_ref(uuid(61), "deck.gl layer")]})
    two = a_chart("Two", 61, params={"deck_slices": [chart_ref(uuid(60), "deck.gl layer")]})
    assert {one.key, two.key} <= set(closure(whole(one, two), [one.key]).keys)


def test_a_dataset_is_used_by_its_charts_and_a_chart_by_the_dashboards_that_show_it():
    bundle = whole(a_dashboard("Second", 70))
    assert a_chart().key in users(bundle)[a_dataset().key]
    assert users(bundle)[a_chart().key] == (DASHBOARD, Key(Kind.DASHBOARD, uuid(70)))
    assert DASHBOARD not in users(bundle)


def test_documents_as_exported_are_understood_as_well():
    bundle = read_bundle(RECORDED.read_bytes())
    sales = next(asset for asset in bundle.of_kind(Kind.DASHBOARD) if asset.name == "Sales Dashboard")
    shown = {key.uuid for key in dependencies(sales) if key.kind is Kind.CHART}
    assert len(shown) == json.dumps(sales.document["position"]).count('"chartId"')
