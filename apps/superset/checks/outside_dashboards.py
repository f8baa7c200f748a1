# [DEF:superset.checks.outside_dashboards:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads the dashboards and charts that a run does not touch, as far as possible, to find what they use.
# @RELATION CALLS -> superset.remote.exports
# @RELATION CALLS -> superset.references.symbolise
"""A dashboard that Superset cannot export (without a title it answers 500) must not block a run that does not involve
it: it is read on its own through the REST API, which still returns it (seen on 6.1.0). No list shows which datasets the
filters of a dashboard use, and no list can be searched for them (source: 6.1.0, dashboards/api.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind, counted
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.errors import NotFound, NotPermitted, ServerFault
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message, some
from apps.superset.plan.plan import Note
from apps.superset.protocol import Client, Reporter
from apps.superset.references.symbolise import symbolise
from apps.superset.remote.exports import read_readable
from apps.superset.shapes import document_problem

MOST = 200
"""Maximum number of dashboards read on their own: about 30 ms each on 6.1.0."""

MOST_CHARTS = 1000
"""Maximum number of charts of one dataset whose settings are read: ten pages of a list."""


NAMED = 20
"""How many unread assets a warning names."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Dashboards and charts outside a plan that may use its datasets. Charts have only their settings, with the
    target's numbers. `unknown` describes those that were not read."""

    dashboards: Bundle = field(default_factory=lambda: Bundle({}))
    charts: Bundle = field(default_factory=lambda: Bundle({}))
    unknown: tuple[str, ...] = ()

    def charts_of(self, dataset: Key) -> list[Asset]:
        return [chart for chart in self.charts if chart.document["dataset_uuid"] == dataset.uuid]

    def merged(self, other: Outside) -> Outside:
        unknown = (*self.unknown, *other.unknown)
        return Outside(self.dashboards.merged(other.dashboards), self.charts.merged(other.charts), unknown)

    def notes(self) -> tuple[Note, ...]:
        if not self.unknown:
            return ()
        return (Note.of("users_unknown", self.unknown[:NAMED], count=len(self.unknown)),)


def read_outsiders(target: Client, inventory: Inventory, plan: Iterable[Key], reporter: Reporter) -> Bundle:
    """All dashboards outside the plan with their charts, in symbolic form. Those that cannot be read are named."""
    plan = set(plan)
    keys = [entry.key for entry in inventory.of_kind(Kind.DASHBOARD) if entry.key not in plan]
    exported = read_readable(target, inventory, keys, reporter)
    bad = [entry for key in exported.unreadable if (entry := inventory.get(key))]
    if not bad:
        return exported.symbolic
    charts = read_readable(target, inventory, set(_charts_of(bad, inventory)) - set(exported.symbolic.assets), reporter)
    alone, unknown = _alone(target, bad, inventory, reporter)
    _warn_of(unknown, target, reporter)
    return exported.symbolic.merged(charts.symbolic).merged(alone)


def read_dashboards(
    target: Client, inventory: Inventory, plan: Collection[Key], datasets: Collection[Key], reporter: Reporter
) -> Outside:
    """The dashboards outside the plan, beginning with those that show a chart of one of these datasets. Reads nothing
    if there is no such dataset."""
    if not datasets:
        return Outside()
    numbers = set(inventory.ids(datasets))
    near = {number for chart in _charts_on(numbers, inventory) for number in chart.dashboard_ids}
    others = [entry for entry in inventory.of_kind(Kind.DASHBOARD) if entry.key not in plan]
    others.sort(key=lambda entry: (entry.id not in near, entry.id))
    if others:
        looked, of = min(len(others), MOST), len(others)
        facts = {"environment": target.environment, "assets": counted(datasets)}
        reporter.log(Message("line.checking_others", looked=looked, total=of, **facts).line())
    found, unknown = _alone(target, others, inventory, reporter)
    return Outside(dashboards=found, unknown=tuple(entry.label for entry in unknown))


def read_charts(target: Client, inventory: Inventory, plan: Collection[Key], datasets: Iterable[Key]) -> Outside:
    """The charts of these datasets that are outside the plan."""
    charts, unknown = [], []
    for dataset in datasets:
        number = inventory.id_of(dataset)
        outside = [chart for chart in _charts_on({number}, inventory) if chart.key not in plan]
        unknown += [entry.label for entry in outside[MOST_CHARTS:]]
        if outside and len(outside) <= MOST_CHARTS:
            rows = target.list_rows("chart", ("id", "params"), where={"datasource_id": number or 0})
            params = {row["id"]: _object(row, "params") for row in rows}
            charts += [_chart(entry, dataset, params[entry.id]) for entry in outside if entry.id in params]
    return Outside(charts=Bundle.of(charts), unknown=tuple(unknown))


def _chart(entry: Entry, dataset: Key, params: dict[str, Any]) -> Asset:
    return Asset(entry.key, entry.name, {"dataset_uuid": dataset.uuid, "params": params})


def _charts_on(datasets: Collection[int | None], inventory: Inventory) -> list[Entry]:
    return [chart for chart in inventory.of_kind(Kind.CHART) if chart.row.get("datasource_id") in datasets]


def _charts_of(dashboards: Iterable[Entry], inventory: Inventory) -> Iterator[Key]:
    numbers = {entry.id for entry in dashboards}
    return (chart.key for chart in inventory.of_kind(Kind.CHART) if numbers.intersection(chart.dashboard_ids))


def _alone(
    target: Client, dashboards: list[Entry], inventory: Inventory, reporter: Reporter
) -> tuple[Bundle, list[Entry]]:
    """Each as an export would contain it, in symbolic form, if it refers to anything; and those that are unknown."""
    found, unknown = [], []
    for entry in dashboards[:MOST]:
        reporter.check_cancelled()
        asset = _read_alone(target, entry)
        if asset is None:
            unknown.append(entry)
        else:
            found.append(symbolise(asset, inventory)[0])
    return Bundle.of(found), [*unknown, *dashboards[MOST:]]


def _read_alone(target: Client, entry: Entry) -> Asset | None:
    try:
        found = target.get(Kind.DASHBOARD, entry.id)
    except (ServerFault, NotFound, NotPermitted):
        return None
    document: dict[str, Any] = {"uuid": entry.key.uuid, "dashboard_title": entry.name}
    document |= {"position": _object(found, "position_json"), "metadata": _object(found, "json_metadata")}
    return None if document_problem(Kind.DASHBOARD, document) else Asset(entry.key, entry.name, document)


def _warn_of(unknown: list[Entry], target: Client, reporter: Reporter) -> None:
    if unknown:
        names = some([entry.label for entry in unknown], 10)
        line = Message("line.others_unknown", names=names, environment=target.environment).line()
        reporter.log(line, level="warning")


def _object(row: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that contains a JSON object as text; otherwise empty."""
    text = row.get(name)
    try:
        value = load_json(text).value if isinstance(text, str) else {}
    except JsonRefused:
        return {}
    return value if isinstance(value, dict) else {}
