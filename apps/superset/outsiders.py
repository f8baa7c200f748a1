# [DEF:superset.outsiders:Module]
# @COMPLEXITY: 3
# @PURPOSE: The dashboards of a target that a run is not about, as far as they can be read: to know what they use.
# @RELATION CALLS -> superset.reading
# @RELATION CALLS -> superset.symbolise
"""One that Superset cannot export (without a title it answers 500) must not stand in the way of a run that is not about
it: it is read alone, by the REST API, which answers for such a one too (seen on 6.1.0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.errors import NotFound, NotPermitted, ServerFault
from apps.superset.inventory import Entry, Inventory
from apps.superset.protocol import Client, Reporter
from apps.superset.reading import label, read_readable
from apps.superset.safe_json import JsonRefused, load_json
from apps.superset.shapes import document_problem
from apps.superset.symbolise import symbolise

MOST = 200
"""Dashboards that are read alone at most: some 30 ms each on 6.1.0."""


def read_outsiders(target: Client, inventory: Inventory, plan: Iterable[Key], reporter: Reporter) -> Bundle:
    """All dashboards but those of the plan, with their charts, symbolic. What cannot be read at all is told by name."""
    plan = set(plan)
    keys = [entry.key for entry in inventory.of_kind(Kind.DASHBOARD) if entry.key not in plan]
    reading = read_readable(target, inventory, keys, reporter)
    bad = [entry for key in reading.unreadable if (entry := inventory.get(key))]
    if not bad:
        return reading.symbolic
    charts = read_readable(target, inventory, set(_charts_of(bad, inventory)) - set(reading.symbolic.assets), reporter)
    alone = Bundle.of(symbolise(asset, inventory)[0] for asset in _alone(target, bad, inventory, reporter))
    return reading.symbolic.merged(charts.symbolic).merged(alone)


def _charts_of(dashboards: Iterable[Entry], inventory: Inventory) -> Iterator[Key]:
    numbers = {entry.id for entry in dashboards}
    return (chart.key for chart in inventory.of_kind(Kind.CHART) if numbers.intersection(chart.dashboard_ids))


def _alone(target: Client, dashboards: list[Entry], inventory: Inventory, reporter: Reporter) -> Iterator[Asset]:
    """Each as an export would have it, as far as it refers to anything."""
    unknown = dashboards[MOST:]
    for entry in dashboards[:MOST]:
        reporter.check_cancelled()
        try:
            found = target.get(Kind.DASHBOARD, entry.id)
        except (ServerFault, NotFound, NotPermitted):
            unknown.append(entry)
            continue
        document: dict[str, Any] = {"uuid": entry.key.uuid, "dashboard_title": entry.name}
        document |= {"position": _object(found, "position_json"), "metadata": _object(found, "json_metadata")}
        if document_problem(Kind.DASHBOARD, document):
            unknown.append(entry)
        else:
            yield Asset(entry.key, entry.name, document)
    if unknown:
        names = ", ".join(label(entry.key, inventory) for entry in unknown[:10])
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        reporter.log(
            f"{target.environment} cannot show {names}{more}: whether a filter there uses what is to be removed is not "
            "known",
            level="warning",
        )


def _object(row: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that holds a JSON object as text; empty where it does not."""
    text = row.get(name)
    try:
        value = load_json(text).value if isinstance(text, str) else {}
    except JsonRefused:
        return {}
    return value if isinstance(value, dict) else {}
