# [DEF:superset.execution.membership:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which charts are linked to the dashboards of a run, and how to unlink those that leave a layout.
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.execution.readback
"""A link is a row of `dashboard_slices`, which no export contains. Until 6.0, dashboard/import only adds links; a chart
that is linked but not laid out is put into a new row by every export, with random ids (seen on 4.1.4 to 6.0.0).

So a run unlinks charts before it imports the layout that they leave. Should it stop between the two, the dashboard is
exported as before, and an undo links them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from apps.superset.assets import Asset, Kind, objects
from apps.superset.execution.readback import Arrival
from apps.superset.inventory import Entry, Inventory, read_inventory
from apps.superset.protocol import Client
from apps.superset.references.graph import foundations
from apps.superset.shapes import is_id


def leaving(dashboards: Iterable[Asset], inventory: Inventory) -> Iterator[tuple[Asset, Entry]]:
    """Dashboards of the target, each with a chart that is linked to it and not in its new layout."""
    shown = {number: dashboard for dashboard in dashboards if (number := inventory.id_of(dashboard.key)) is not None}
    laid_out = {number: set(foundations(dashboard)) for number, dashboard in shown.items()}
    for chart in inventory.of_kind(Kind.CHART):
        for number in chart.dashboard_ids:
            if number in shown and chart.key not in laid_out[number]:
                yield shown[number], chart


def unlink(chart: Entry, dashboard_id: int, target: Client) -> None:
    """One PUT of the chart, with all other dashboards that it is on now. It changes when and by whom the chart was last
    saved, and nothing else.

    A PUT of the dashboard with the new positions would do the same for all its charts, but replaces its settings until
    the import, and from 5.0 on deactivates reports on tabs that go (seen).
    """
    found = objects(target.get(Kind.CHART, chart.id).get("dashboards"))
    others = [each["id"] for each in found if is_id(each.get("id")) and each["id"] != dashboard_id]
    target.update(Kind.CHART, chart.id, {"dashboards": others})


def unlinked(chart: Entry, dashboard_id: int, target: Client, *_: object) -> Arrival:
    """Whether the chart is off the dashboard."""
    found = objects(target.get(Kind.CHART, chart.id).get("dashboards"))
    return Arrival.ABSENT if any(each.get("id") == dashboard_id for each in found) else Arrival.ARRIVED


def relinked(inventory: Inventory, target: Client) -> Inventory:
    """The target with the current links of its charts: imports change them."""
    charts = read_inventory(target, (Kind.CHART,), also=target.profile.columns.usage).entries
    return replace(inventory, entries={**inventory.entries, **charts})
