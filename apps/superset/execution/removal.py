# [DEF:superset.execution.removal:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds what prevents the removal of assets on a target, before anything is written.
# @RELATION CALLS -> superset.checks.usage
# @RELATION CALLS -> superset.checks.ownership
# @RELATION CALLS -> superset.remote.optional_lists
# @RELATION CALLS -> superset.checks.outside_dashboards
# @RELATION CALLS -> contracts.plain_text
"""Superset 6.1.0 refuses to delete a dashboard or chart that alerts or reports are about (422, with their names), and
anything the account neither owns nor administers (403), always for the whole request (source: commands/dashboard/
delete.py, commands/chart/delete.py, commands/dataset/delete.py; seen). It silently deletes datasets and
charts in use, so Lockstep has to refuse that. On a server that enforces foreign keys, somebody's start page is one more
case (models/user_attributes.py: welcome_dashboard_id), which no REST API shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from apps.contracts.plain_text import name
from apps.superset.assets import Key, Kind
from apps.superset.checks.outside_dashboards import read_outsiders
from apps.superset.checks.ownership import not_removable
from apps.superset.checks.usage import still_used
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client, Reporter
from apps.superset.remote.bisection import batches
from apps.superset.remote.optional_lists import read_reports


def against_removal(
    target: Client, inventory: Inventory, doomed: Iterable[Key], plan: Iterable[Key], reporter: Reporter
) -> list[Refusal]:
    """Why these cannot be removed; `plan` is the plan of the run. Reads nothing if there is nothing to remove."""
    plan = set(plan)
    entries = [entry for key in doomed if (entry := inventory.get(key))]
    if not entries:
        return []
    keys = [entry.key for entry in entries]
    return [
        *_reported(target, entries, reporter),
        *not_removable(target, inventory, keys),
        *still_used(keys, plan, inventory, read_outsiders(target, inventory, plan, reporter)),
    ]


def batched(keys: Collection[Key], size: int) -> Iterator[list[Key]]:
    """What is removed per request: assets of one kind, dashboards first."""
    for kind in reversed(Kind):
        doomed = [key for key in keys if key.kind is kind]
        yield from (list(batch) for batch in batches(doomed, size))


def _reported(target: Client, doomed: list[Entry], reporter: Reporter) -> Iterator[Refusal]:
    """Charts and dashboards with an alert or report, including inactive ones."""
    rows = read_reports(target)
    if rows is None:
        reporter.log(f"the account of {target.environment} cannot see whether alerts or reports use these")
    columns = {Kind.CHART: "chart_id", Kind.DASHBOARD: "dashboard_id"}
    for entry in doomed:
        column = columns.get(entry.key.kind)
        about = [row for row in rows or () if column and row.get(column) == entry.id]
        if about:
            names = ", ".join(sorted(f"{name(row.get('type')).lower()} “{name(row.get('name'))}”" for row in about))
            message = Message("refusal.reported", asset=f"{entry.key.kind} “{entry.name}”", reports=names)
            reports = [name(row.get("name")) for row in about]
            yield Refusal("reported", entry.name, message, {"key": str(entry.key), "reports": reports})
