# [DEF:superset.checks.surroundings:Module]
# @COMPLEXITY: 3
# @PURPOSE: Embedding, alerts and reports around the assets of a plan: lost on the source, affected on the target.
# @RELATION DEPENDS_ON -> superset.remote.optional_lists
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.bundle.safe_json
# @RELATION CALLS -> contracts.plain_text
"""None of this is in an export. What the account may not see is reported as unknown; a Superset without alerts and
reports (404 where ALERT_REPORTS is off; source: 6.1.0, reports/api.py) as having none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.errors import NotFound
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Action, Change, Note
from apps.superset.protocol import Client
from apps.superset.remote.optional_lists import HIDDEN

ABOUT: Mapping[Kind, str] = {Kind.CHART: "chart_id", Kind.DASHBOARD: "dashboard_id"}

MOST = 200
"""Maximum number of dashboards whose embedding is requested: about 25 ms each."""

Row = Mapping[str, Any]


def lost_around(
    source: Client, here: Inventory, members: Bundle, carry: Collection[Aspect] = frozenset()
) -> tuple[Note, ...]:
    """What people set up around these assets on the source and have to set up again on the target, except what travels
    as `carry`."""
    embedding = () if Aspect.EMBEDDING in carry else _embedding(source, here, members)
    return (*embedding, *_reports(source, here, members, travel=Aspect.REPORTS in carry))


def concerned_around(target: Client, there: Inventory, changes: Iterable[Change], desired: Bundle) -> tuple[Note, ...]:
    """Alerts and reports of the target about assets that this plan overwrites or leaves behind. Requests nothing if
    there are no such assets."""
    touched = [each for each in changes if each.action in (Action.UPDATE, Action.ORPHAN) and each.key.kind in ABOUT]
    if not touched:
        return ()
    rows, notes = _read(target)
    about: list[str] = []
    tabs: list[str] = []
    for change in touched:
        wanted = desired.get(change.key) if change.action is Action.UPDATE else None
        for row in _about(rows, change.key.kind, there.id_of(change.key)):
            line = f"{change.key.kind} “{change.name}”: {_named(row)}"
            about.append(line)
            if wanted and (gone := _tabs_gone(target, row, wanted)):
                tabs.append(f"{line} ({', '.join(map(one_line, gone))})")
    found = {
        "reports_concerned": about,
        "report_tabs_gone": tabs,
    }
    return (*(Note.of(kind, lines) for kind, lines in found.items() if lines), *notes)


def _embedding(source: Client, here: Inventory, members: Bundle) -> Iterator[Note]:
    embedded: list[str] = []
    unknown: list[str] = []
    for count, dashboard in enumerate(members.of_kind(Kind.DASHBOARD)):
        number = here.id_of(dashboard.key)
        if number is None:
            continue
        if count >= MOST:
            unknown.append(str(dashboard))
            continue
        try:
            if source.embedding(number):
                embedded.append(str(dashboard))
        except HIDDEN:
            unknown.append(str(dashboard))
    if embedded:
        yield Note.of("embedding", embedded)
    if unknown:
        yield Note.of("embedding_unknown", unknown)


def _reports(source: Client, here: Inventory, members: Bundle, *, travel: bool) -> Iterator[Note]:
    """Which of those that travel cannot is found when they are planned."""
    rows, notes = _read(source)
    lines = [] if travel else [f"{asset}: {_named(row)}" for asset in members for row in _of_asset(rows, asset, here)]
    if lines:
        yield Note.of("reports", lines)
    yield from notes


def _read(client: Client) -> tuple[list[dict[str, Any]], tuple[Note, ...]]:
    """Accounts without access to all data see only their own (source: 6.1.0, reports/filters.py)."""
    unseen = (Note.of("reports_unknown", environment=client.environment),)
    try:
        return client.list_rows(
            "report", client.profile.columns.reports
        ), () if client.account().sees_all_data else unseen
    except NotFound:
        return [], ()
    except HIDDEN:
        return [], unseen


def _of_asset(rows: Iterable[Row], asset: Asset, inventory: Inventory) -> Iterator[Row]:
    yield from _about(rows, asset.kind, inventory.id_of(asset.key))


def _about(rows: Iterable[Row], kind: Kind, number: int | None) -> Iterator[Row]:
    if number is not None and kind in ABOUT:
        yield from (row for row in rows if row.get(ABOUT[kind]) == number)


def _named(row: Row) -> str:
    return f"{one_line(row.get('type') or 'report').lower()} “{one_line(row.get('name'))}”"


def _tabs_gone(target: Client, row: Row, wanted: Asset) -> list[str]:
    """The tabs that a report shows and the dashboard will not have; none if it cannot be read."""
    number = row.get("id")
    if wanted.key.kind is not Kind.DASHBOARD or not isinstance(number, int):
        return []
    try:
        report = target.report(number) or {}
    except HIDDEN:
        return []
    return [tab for tab in _tabs(report) if tab not in (wanted.document.get("position") or {})]


def _tabs(row: Row) -> list[str]:
    """`extra.dashboard.anchor`: a tab, or a list of them as JSON text (source: 6.1.0, commands/report/base.py)."""
    extra = row.get("extra")
    state = extra.get("dashboard") if isinstance(extra, Mapping) else None
    anchor = state.get("anchor") if isinstance(state, Mapping) else None
    if not isinstance(anchor, str) or not anchor:
        return []
    try:
        found = load_json(anchor).value
    except JsonRefused:
        return [anchor]
    return [str(tab) for tab in found] if isinstance(found, list) else [anchor]
