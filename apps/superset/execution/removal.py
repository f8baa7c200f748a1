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

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

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
from apps.superset.remote.optional_lists import HIDDEN, read_reports


def against_removal(
    target: Client,
    inventory: Inventory,
    doomed: Iterable[Key],
    plan: Iterable[Key],
    reporter: Reporter,
    *,
    detached: Collection[int] = (),
) -> list[Refusal]:
    """Why these cannot be removed; `plan` is the plan of the run, which deletes the reports with the numbers `detached`
    first. Reads nothing if there is nothing to remove."""
    plan = set(plan)
    entries = [entry for key in doomed if (entry := inventory.get(key))]
    if not entries:
        return []
    keys = [entry.key for entry in entries]
    return [
        *_reported(target, entries, reporter, detached),
        *_on_connections(target, [entry for entry in entries if entry.key.kind is Kind.DATABASE]),
        *not_removable(target, inventory, keys),
        *still_used(keys, plan, inventory, read_outsiders(target, inventory, plan, reporter)),
    ]


def batched(keys: Collection[Key], size: int) -> Iterator[list[Key]]:
    """What is removed per request: assets of one kind, dashboards first."""
    for kind in reversed(Kind):
        doomed = [key for key in keys if key.kind is kind]
        yield from (list(batch) for batch in batches(doomed, size))


def _reported(target: Client, doomed: list[Entry], reporter: Reporter, detached: Collection[int]) -> Iterator[Refusal]:
    """Charts and dashboards with an alert or report, including inactive ones."""
    rows = read_reports(target)
    if rows is None:
        reporter.log(Message("line.reports_unknown", target=target.environment).line())
    columns = {Kind.CHART: "chart_id", Kind.DASHBOARD: "dashboard_id"}
    for entry in doomed:
        column = columns.get(entry.key.kind)
        others = (row for row in rows or () if row["id"] not in detached)
        about = [row for row in others if column and row.get(column) == entry.id]
        if about:
            names = ", ".join(sorted(f"{name(row.get('type')).lower()} “{name(row.get('name'))}”" for row in about))
            message = Message("refusal.reported", asset=f"{entry.key.kind} “{entry.name}”", reports=names)
            reports = [name(row.get("name")) for row in about]
            yield Refusal("reported", entry.name, message, {"key": str(entry.key), "reports": reports})


def _on_connections(target: Client, doomed: list[Entry]) -> Iterator[Refusal]:
    """Superset refuses to delete a connection that an alert queries, when all else is gone (commands/database/
    delete.py), and deletes everybody's saved queries with it (models/sql_lab.py: SavedQuery.database). Of the latter,
    an account sees its own."""
    numbers = {entry.id: entry for entry in doomed}
    for number, report in _alerts(target) if doomed else ():
        if entry := numbers.get(number):
            message = Message("refusal.reported", asset=entry.label, reports=f"alert “{report}”")
            yield Refusal("reported", entry.name, message, {"key": str(entry.key), "reports": [report]})
    for row in _saved_queries(target) if doomed else ():
        if entry := numbers.get(row.get("db_id", 0)):
            message = Message("refusal.queried", asset=entry.label, query=name(row.get("label")))
            yield Refusal("still_used", entry.name, message, {"key": str(entry.key)})


def _alerts(target: Client) -> Iterator[tuple[int, str]]:
    """Each with the number of its connection, which no list shows."""
    for row in read_reports(target) or ():
        if row.get("type") == "Alert":
            database = (target.report(row["id"]) or {}).get("database")
            if isinstance(database, Mapping):
                yield database.get("id", 0), name(row.get("name"))


def _saved_queries(target: Client) -> Sequence[Mapping[str, Any]]:
    try:
        return target.list_rows("saved_query", ("id", "label", "db_id"))
    except HIDDEN:
        return ()
