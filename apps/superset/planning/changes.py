# [DEF:superset.planning.changes:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a plan does to each asset of the target, and which other dashboards are affected.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.checks.usage import Usage, unlinked
from apps.superset.content.comparable import comparable
from apps.superset.content.normalize import content_hash
from apps.superset.diff.diff import Difference, diff
from apps.superset.diff.difference import difference
from apps.superset.inventory import Entry, Inventory
from apps.superset.plan.plan import Action, Change


class Changes:
    """The desired content compared with the target's. Both are symbolic."""

    def __init__(
        self, desired: Bundle, current: Bundle, target: Inventory, unfinished: frozenset[Key] = frozenset()
    ) -> None:
        self.desired, self.current, self.target, self.unfinished = desired, current, target, unfinished

    def all(self) -> tuple[Change, ...]:
        """Every asset of the plan in dependency order, then the orphans."""
        return (*(self.change(asset) for asset in self.desired), *self.orphans())

    def change(self, desired: Asset) -> Change:
        after, current = comparable(desired), self.current.get(desired.key)
        if current is None:
            return Change(desired.key, desired.name, Action.CREATE, None, content_hash(after))
        before = comparable(current)
        hashes = content_hash(before), content_hash(after)
        differences = (
            *(diff(before, after) if hashes[0] != hashes[1] else ()),
            *self.relinked(desired, current),
            *self.renumbered(desired),
        )
        if not differences:
            return Change(desired.key, desired.name, Action.UNCHANGED, *hashes)
        return Change(desired.key, desired.name, Action.UPDATE, *hashes, differences, self.used_by(desired.key))

    def relinked(self, desired: Asset, current: Asset) -> Iterator[Difference]:
        """Charts in the layout of the target's dashboard that have lost their link: the dashboard does not show
        them."""
        if desired.kind is Kind.DASHBOARD:
            for chart in unlinked(current, self.target):
                if chart.key in self.desired:
                    yield difference("chart_relinked", chart.name, f"charts.{chart.key.uuid}", None, "linked")

    def renumbered(self, desired: Asset) -> Iterator[Difference]:
        """References that an interrupted run left without the target's number."""
        if desired.key in self.unfinished:
            yield difference("references_unfinished", desired.name, "", None, None)

    def orphans(self) -> Iterator[Change]:
        """Charts on the target's dashboards of this plan that are no longer on the source's, and the datasets of which
        no other chart is left."""
        charts = list(self.left_charts())
        yield from (
            Change(each.key, each.name, Action.ORPHAN, None, None, (), self.used_by(each.key)) for each in charts
        )
        for entry in self.left_datasets([each for each in charts if not self.used_by(each.key)]):
            yield Change(entry.key, entry.name, Action.ORPHAN, None, None, (), self.used_by(entry.key))

    def left_charts(self) -> Iterator[Entry]:
        for entry in self.target.of_kind(Kind.CHART):
            if self.dashboard_ids.intersection(entry.dashboard_ids) and entry.key not in self.desired:
                yield entry

    def left_datasets(self, charts: Iterable[Entry]) -> Iterator[Entry]:
        left = {chart.key: chart.row.get("datasource_id") for chart in charts}
        used = {each.row.get("datasource_id") for each in self.target.of_kind(Kind.CHART) if each.key not in left}
        for entry in self.target.of_kind(Kind.DATASET):
            if entry.id in left.values() and entry.id not in used and entry.key not in self.desired:
                yield entry

    def used_by(self, key: Key) -> tuple[str, ...]:
        """Dashboards of the target, outside this plan, that show this chart or a chart of this dataset."""
        return self.usage.of(key)

    @cached_property
    def usage(self) -> Usage:
        return Usage(self.target, {asset.key for asset in self.desired.of_kind(Kind.DASHBOARD)})

    @cached_property
    def dashboard_ids(self) -> set[int]:
        """The dashboards of the target that are in this plan."""
        return set(self.target.ids(asset.key for asset in self.desired.of_kind(Kind.DASHBOARD)))


def with_usage(changes: Iterable[Change], usage: Usage) -> tuple[Change, ...]:
    """The same changes, with the additional dashboards known to use an overwritten dataset."""
    return tuple(
        replace(change, used_by=usage.of(change.key)) if overwrites_dataset(change) else change for change in changes
    )


def overwrites_dataset(change: Change) -> bool:
    return change.key.kind is Kind.DATASET and change.action is Action.UPDATE
