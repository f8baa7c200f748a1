# [DEF:superset.planning.dependents:Module]
# @COMPLEXITY: 3
# @PURPOSE: Dashboards outside a plan that use assets it overwrites: named in the plan, checked again at apply.
# @RELATION CALLS -> superset.checks.outside_dashboards
# @RELATION CALLS -> superset.checks.removed_fields
# @RELATION DEPENDS_ON -> superset.checks.usage

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.checks.outside_dashboards import read_charts, read_dashboards
from apps.superset.checks.removed_fields import losses_of, taken_away
from apps.superset.checks.usage import Usage
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.plan import Change, Note
from apps.superset.planning.changes import overwrites_dataset, with_usage
from apps.superset.protocol import Client, Reporter
from apps.superset.remote.exports import label

UsedBy = Mapping[Key, tuple[str, ...]]
"""For each asset that a plan overwrites: the names of the dashboards outside the plan that use it."""


@dataclass(frozen=True, slots=True)
class Dependents:
    """The changes with all users of overwritten assets, warnings for those that lose something, and the users."""

    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    usage: Usage


def look_outside(
    changes: tuple[Change, ...], desired: Bundle, target: Client, there: Inventory, reporter: Reporter
) -> Dependents:
    """Reads nothing if no dataset is overwritten."""
    datasets = [change.key for change in changes if overwrites_dataset(change)]
    dashboards = {asset.key for asset in desired.of_kind(Kind.DASHBOARD)}
    outside = read_dashboards(target, there, dashboards, datasets, reporter)
    usage = Usage(there, dashboards, tuple(outside.dashboards))
    changes = with_usage(changes, usage)
    losses = losses_of(changes)
    lost = sorted({loss.dataset for loss in losses}, key=str)
    outside = outside.merged(read_charts(target, there, desired.assets.keys(), lost))
    return Dependents(changes, (*taken_away(losses, desired, outside), *outside.notes()), usage)


def came_since(
    planned: UsedBy, dashboards: Collection[Key], target: Client, there: Inventory, reporter: Reporter
) -> Iterator[str]:
    """One sentence per asset that more dashboards use than the plan says; `dashboards` are those of the plan."""
    datasets = [key for key in planned if key.kind is Kind.DATASET]
    outside = read_dashboards(target, there, dashboards, datasets, reporter)
    usage = Usage(there, dashboards, tuple(outside.dashboards))
    for key, names in planned.items():
        if more := sorted((Counter(usage.of(key)) - Counter(names)).elements()):
            who = ", ".join(f"dashboard “{name}”" for name in more)
            yield str(Message("deviation.used", asset=label(key, there), users=who))
