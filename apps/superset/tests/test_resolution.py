"""What a plan makes of references to what the target will not have."""

from __future__ import annotations

import pytest

from apps.superset.assets import Bundle
from apps.superset.inventory import Inventory
from apps.superset.references.resolution import settled
from apps.superset.tests.builders import a_chart, a_dashboard, dashboard_ref, uuid

ELSEWHERE = dashboard_ref(uuid(99))


def dropped(**params) -> tuple[str, ...]:
    desired = Bundle.of([a_chart(params=params), a_dashboard()])
    return settled(desired, Inventory.of([])).dropped


@pytest.mark.parametrize("name", ["dashboard_id", "dashboardId", "save_to_dashboard_id"])
def test_a_dashboard_left_out_of_the_address_for_templates_is_reported(name):
    assert dropped(url_params={name: ELSEWHERE}) == (f"chart “Revenue”: params.url_params.{name}",)


def test_a_dashboard_that_a_chart_was_last_opened_from_is_left_out_without_a_word():
    assert dropped(dashboardId=ELSEWHERE) == ()
