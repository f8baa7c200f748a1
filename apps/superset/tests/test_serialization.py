"""What a plan and a snapshot keep, read back: by this version, or refused as another one."""

from __future__ import annotations

import pytest

from apps.superset.bundle.bundle import write_bundle
from apps.superset.errors import BundleInvalid
from apps.superset.references.serialization import pack, unpack
from apps.superset.tests.builders import CHART, DATASET, a_chart, chart_ref

EARLIER = (
    "@self",
    f"@chart/{CHART}",
    f"@chart/{CHART}__layer_0",
    f"@dataset/{DATASET}__table",
    "@column/country",
    "@me",
)


@pytest.mark.parametrize("text", EARLIER)
@pytest.mark.parametrize("where", ["key", "value"])
def test_what_an_earlier_version_kept_is_refused_with_a_way_on(text: str, where: str) -> None:
    chart = a_chart(params={text: 1} if where == "key" else {"slice_id": text})
    with pytest.raises(BundleInvalid, match="an earlier version of Lockstep stored it") as refused:
        unpack(write_bundle([chart], root="plan"))
    assert "Plan again" in str(refused.value)
    assert refused.value.asset == str(chart)


@pytest.mark.parametrize("text", EARLIER)
def test_a_text_that_looks_like_it_is_kept(text: str) -> None:
    chart = a_chart(params={"subtitle": text, "deck_slices": [chart_ref(CHART)]})
    assert unpack(pack([chart], root="plan")).assets[chart.key].document == chart.document
