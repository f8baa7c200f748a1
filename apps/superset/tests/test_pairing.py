"""Which asset is which: by UUID at once, by anything else only once somebody said so."""

from __future__ import annotations

from typing import Any

from apps.superset.assets import Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.planning.pairing import Reason, apply_pairing, pair
from apps.superset.tests.builders import (
    CHART,
    DASHBOARD,
    DATABASE,
    DATASET,
    a_chart,
    a_dashboard,
    a_database,
    a_dataset,
    a_filter,
    a_layout,
    chart_ref,
    dashboard_ref,
    dataset_ref,
    uuid,
)


def entry(kind: Kind, number: int, name: str, **row: Any) -> Entry:
    return Entry(Key(kind, uuid(number)), number, name, row)


def a_table(number: int, name: str = "sales", database: str = DATABASE, **row: Any) -> Entry:
    facts = {"table_name": name, "schema": "main", "database": {"uuid": database}, **row}
    return entry(Kind.DATASET, number, name, **facts)


def proposals(asset, *entries, confirmed=None):
    found = pair([asset], Inventory.of(entries), confirmed)
    return [(each.target.uuid, each.reason) for each in found.proposals]


# --- finding pairs ---------------------------------------------------------------------------------------------------


def test_the_same_uuid_is_a_pair():
    found = pair([a_chart()], Inventory.of([entry(Kind.CHART, 3, "Any name")]))
    assert [(each.source, each.target, each.reason) for each in found.pairs] == [
        (a_chart().key, a_chart().key, Reason.UUID)
    ]
    assert found.uuid_map == {}


def test_the_same_table_of_the_mapped_database_is_proposed():
    assert proposals(a_dataset(), a_table(50), a_table(51, "other")) == [(uuid(50), Reason.TABLE)]
    assert proposals(a_dataset(), a_table(50, database=uuid(99))) == []
    assert proposals(a_dataset(), a_table(50, catalog="elsewhere")) == []


def test_a_missing_catalog_and_an_empty_one_are_the_same():
    assert proposals(a_dataset(catalog=None), a_table(50, catalog="")) == [(uuid(50), Reason.TABLE)]


def test_the_same_slug_is_proposed_and_goes_before_the_title():
    by_title = entry(Kind.DASHBOARD, 50, "Sales")
    by_slug = entry(Kind.DASHBOARD, 51, "Other", slug="sales")
    assert proposals(a_dashboard(slug="sales"), by_title, by_slug) == [(uuid(51), Reason.SLUG)]
    assert proposals(a_dashboard(), by_title, by_slug) == [(uuid(50), Reason.TITLE)]


def test_a_chart_is_proposed_by_title_only_on_the_same_dataset():
    same = entry(Kind.CHART, 50, "Revenue", datasource_id=2)
    other = entry(Kind.CHART, 51, "Revenue", datasource_id=60)
    found = pair([a_chart(), a_dataset()], Inventory.of([same, other, a_table(2), a_table(60, "other")]))
    assert [(each.target.uuid, each.reason) for each in found.proposals] == [(uuid(50), Reason.TITLE)]


def test_a_chart_is_proposed_when_its_dataset_is_only_proposed():
    chart = entry(Kind.CHART, 50, "Revenue", datasource_id=70)
    found = pair([a_chart(), a_dataset()], Inventory.of([chart, a_table(70)]))
    assert [each.target.uuid for each in found.proposals] == [uuid(70), uuid(50)]


def test_several_of_the_same_title_are_all_proposed():
    entries = [entry(Kind.DASHBOARD, number, "Sales") for number in (50, 51)]
    assert [target for target, _ in proposals(a_dashboard(), *entries)] == [uuid(50), uuid(51)]


def test_a_kind_is_never_paired_with_another():
    assert proposals(a_dashboard(), entry(Kind.CHART, 50, "Sales")) == []


def test_what_is_paired_already_is_not_proposed_again():
    taken = entry(Kind.DASHBOARD, 60, "Sales")
    found = pair([a_dashboard(), a_dashboard("Sales", 60)], Inventory.of([taken]))
    assert found.proposals == ()
    assert found.unpaired == (a_dashboard().key,)


def test_a_confirmed_pair_holds():
    target = Key(Kind.DASHBOARD, uuid(50))
    found = pair([a_dashboard()], Inventory.of([entry(Kind.DASHBOARD, 50, "Any")]), {a_dashboard().key: target})
    assert [(each.target, each.reason) for each in found.pairs] == [(target, Reason.CONFIRMED)]
    assert found.uuid_map == {DASHBOARD: uuid(50)}


def test_a_confirmed_pair_goes_before_the_same_uuid():
    entries = [entry(Kind.DASHBOARD, 4, "Sales"), entry(Kind.DASHBOARD, 50, "Any")]
    found = pair([a_dashboard()], Inventory.of(entries), {a_dashboard().key: Key(Kind.DASHBOARD, uuid(50))})
    assert [each.target.uuid for each in found.pairs] == [uuid(50)]


def test_a_confirmed_pair_whose_target_is_gone_is_reported():
    found = pair([a_dashboard()], Inventory.of([]), {a_dashboard().key: Key(Kind.DASHBOARD, uuid(50))})
    assert [each.target.uuid for each in found.lost] == [uuid(50)]
    assert found.unpaired == (a_dashboard().key,)


def test_databases_are_mapped_and_not_paired():
    found = pair([a_database()], Inventory.of([entry(Kind.DATABASE, 1, "examples")]))
    assert (found.pairs, found.proposals, found.unpaired) == ((), (), ())


def test_every_reason_can_be_said():
    assert all(reason.text for reason in Reason)


# --- rewriting -------------------------------------------------------------------------------------------------------

MAP = {DATASET: uuid(902), CHART: uuid(903), DASHBOARD: uuid(904)}


def test_an_asset_takes_the_uuid_of_its_pair():
    asset = apply_pairing(a_dashboard(), MAP)
    assert asset.key == Key(Kind.DASHBOARD, uuid(904))
    assert asset.document["uuid"] == uuid(904)


def test_references_of_a_dashboard_follow():
    token = chart_ref(CHART)
    filters = [a_filter(scope={"excluded": [token]}, chartsInScope=[token, chart_ref(uuid(7))])]
    customization = [a_filter(targets=[{"datasetId": dataset_ref(DATASET)}])]
    document = apply_pairing(
        a_dashboard(
            position=a_layout(CHART),
            metadata={
                "native_filter_configuration": filters,
                "chart_customization_config": customization,
                "chart_configuration": {token: {"id": token}},
                "expanded_slices": {token: True},
            },
        ),
        MAP,
    ).document
    paired, metadata = chart_ref(uuid(903)), document["metadata"]
    assert document["position"]["CHART-a"]["meta"]["uuid"] == uuid(903)
    (native,) = metadata["native_filter_configuration"]
    assert native["targets"][0]["datasetUuid"] == uuid(902)
    assert (native["scope"]["excluded"], native["chartsInScope"]) == ([paired], [paired, chart_ref(uuid(7))])
    assert metadata["chart_customization_config"][0]["targets"] == [{"datasetId": dataset_ref(uuid(902))}]
    assert metadata["chart_configuration"] == {paired: {"id": paired}}
    assert metadata["expanded_slices"] == {paired: True}


def test_references_of_a_chart_follow():
    chart = a_chart(
        params={"datasource": dataset_ref(DATASET, "__table"), "dashboards": [dashboard_ref(DASHBOARD)]},
        query_context={
            "datasource": {"id": dataset_ref(DATASET)},
            "form_data": {"datasource": dataset_ref(DATASET, "__table")},
        },
    )
    document = apply_pairing(chart, MAP).document
    assert document["dataset_uuid"] == uuid(902)
    assert document["params"]["datasource"] == dataset_ref(uuid(902), "__table")
    assert document["params"]["dashboards"] == [dashboard_ref(uuid(904))]
    assert document["query_context"]["datasource"] == {"id": dataset_ref(uuid(902))}
    assert document["query_context"]["form_data"]["datasource"] == dataset_ref(uuid(902), "__table")


def test_texts_that_only_mention_a_uuid_stay():
    chart = a_chart(description=f"see {CHART}", params={"markdown": f"@chart/{CHART} is fine", "comment": CHART})
    document = apply_pairing(chart, MAP).document
    assert document["description"] == f"see {CHART}"
    assert document["params"]["markdown"] == f"@chart/{CHART} is fine"
    assert document["params"]["comment"] == CHART


def test_without_pairs_an_asset_is_itself():
    asset = a_dashboard()
    assert apply_pairing(asset, {}) is asset
    assert apply_pairing(asset, {uuid(1000): uuid(1001)}) == asset
