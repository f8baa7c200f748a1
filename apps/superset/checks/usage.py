# [DEF:superset.checks.usage:Module]
# @COMPLEXITY: 2
# @PURPOSE: Which dashboards use an asset of the target; shown in a plan, and checked again before a removal.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.references.graph import dependencies, users


@dataclass(frozen=True)
class Usage:
    """Which dashboards of a target, outside a plan, use an asset. `outside` are those whose content was read."""

    target: Inventory
    plan: Collection[Key]
    outside: Iterable[Asset] = ()

    def of(self, key: Key) -> tuple[str, ...]:
        """The names of dashboards that show this chart or a chart of this dataset, or filter by it."""
        return tuple(entry.name for entry in self.entries(key))

    def entries(self, key: Key) -> list[Entry]:
        """The same dashboards as entries, in the same order."""
        keys = self._by_part.get(key, set()) - set(self.plan)
        return sorted((self.target.entries[found] for found in keys), key=lambda entry: (entry.name, entry.key.uuid))

    @cached_property
    def _by_part(self) -> Mapping[Key, set[Key]]:
        """Dashboards by chart and by dataset."""
        found: dict[Key, set[Key]] = defaultdict(set)
        for chart in self.target.of_kind(Kind.CHART):
            keys = (self.target.key_of(Kind.DASHBOARD, each) for each in chart.dashboard_ids)
            shown = {key for key in keys if key}
            for part in (chart.key, self.target.key_of(Kind.DATASET, chart.row.get("datasource_id") or -1)):
                if part:
                    found[part] |= shown
        for dashboard in self.outside:
            for part in dependencies(dashboard):
                if part.kind is Kind.DATASET:
                    found[part].add(dashboard.key)
        return found


def still_used(doomed: Iterable[Key], plan: Iterable[Key], target: Inventory, others: Bundle) -> Iterator[Refusal]:
    """Assets that would be removed although something outside the plan now uses them.

    `others` are the dashboards outside the plan with their charts, in symbolic form: lists show neither the dataset of
    a filter nor the layers of a deck.gl chart.
    """
    ours, read = set(plan), users(others)
    for entry in [entry for key in doomed if (entry := target.get(key))]:
        keys = {*_listed(entry, target), *read.get(entry.key, ())} - ours
        if outside := sorted((target.entries[key] for key in keys if key in target), key=lambda each: each.name):
            named, who = f"{entry.key.kind} “{entry.name}”", ", ".join(user.label for user in outside)
            message = Message("refusal.still_used", asset=named, users=who)
            yield Refusal("still_used", entry.name, message, {"key": str(entry.key)})


def _listed(entry: Entry, target: Inventory) -> Iterator[Key]:
    """Dashboards a chart is linked to, charts of a dataset, datasets of a connection."""
    if entry.key.kind is Kind.CHART:
        keys = (target.key_of(Kind.DASHBOARD, each) for each in entry.dashboard_ids)
        yield from (key for key in keys if key)
    if entry.key.kind is Kind.DATASET:
        yield from (chart.key for chart in target.of_kind(Kind.CHART) if chart.row.get("datasource_id") == entry.id)
    if entry.key.kind is Kind.DATABASE:
        yield from (each.key for each in target.of_kind(Kind.DATASET) if each.table[0] == entry.key.uuid)


def unlinked(dashboard: Asset, inventory: Inventory) -> list[Entry]:
    """Charts in the layout of a symbolic dashboard of this environment that are not linked to it.

    The browser shows an error in their place: there is no such chart. A link is a row of `dashboard_slices`, which no
    export contains and every import rebuilds from the layout.
    """
    number = inventory.id_of(dashboard.key)
    charts = (inventory.get(key) for key in dependencies(dashboard) if key.kind is Kind.CHART)
    return [chart for chart in charts if chart and number not in chart.dashboard_ids]
