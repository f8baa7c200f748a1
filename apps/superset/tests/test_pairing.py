"""An asset under the UUIDs of its pair: its own, and every one that it refers to."""

from __future__ import annotations

from apps.superset.assets import Key, Kind
from apps.superset.references.pairing import apply_pairing
from apps.superset.tests.builders import (
    CHART,
    DASHBOARD,
    DATASET,
    a_chart,
    a_dashboard,
    a_filter,
    a_layout,
    chart_ref,
    dashboard_ref,
    dataset_ref,
    uuid,
)

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
