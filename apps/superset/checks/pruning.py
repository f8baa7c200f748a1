# [DEF:superset.checks.pruning:Module]
# @COMPLEXITY: 3
# @PURPOSE: What speaks against deleting an orphan of the target; asked for the plan, and again right before.
# @RELATION CALLS -> superset.checks.usage
# @RELATION CALLS -> contracts.plain_text
# @RELATION CALLS -> superset.checks.ownership
# @RELATION CALLS -> superset.content.annotation_layers
# @RELATION CALLS -> superset.checks.outside_dashboards
# @RELATION CALLS -> superset.remote.optional_lists
"""Deleting a dataset silently takes it out of its row-level security rules (4.1.4 to 6.1.0, seen), and no import brings
it back into them, so one that a rule names is kept. What cannot be seen counts as a use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from apps.contracts.plain_text import name
from apps.superset.assets import Key, Kind
from apps.superset.checks.outside_dashboards import read_outsiders
from apps.superset.checks.ownership import not_removable
from apps.superset.checks.usage import still_used
from apps.superset.content.annotation_layers import charts_shown, parsed
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client, Reporter
from apps.superset.remote.optional_lists import read_reports, read_rules

ALERT_REPORTS = "ALERT_REPORTS"
NAMELESS = {"refusal.still_used": "refusal.orphan_used", "refusal.not_owned.removal": "refusal.orphan_not_owned"}
"""Refusals of other checks as the reason why an orphan is kept."""


def in_use(
    target: Client, inventory: Inventory, doomed: Iterable[Key], desired: Collection[Key], reporter: Reporter
) -> dict[Key, Message]:
    """Those of the doomed that have to be kept, each with the first reason. What one of them uses is kept, too: the
    dataset of a chart that stays."""
    left, kept = list(doomed), dict[Key, Message]()
    while reasons := against_pruning(target, inventory, left, {*desired, *left}, reporter):
        kept |= {Key.parse(each.facts["key"]): _nameless(each.message) for each in reversed(reasons)}
        left = [key for key in left if key not in kept]
    return kept


def _nameless(why: Message) -> Message:
    """The name stands before it."""
    return Message(NAMELESS.get(why.key, why.key), **why.facts)


def against_pruning(
    target: Client, inventory: Inventory, doomed: Collection[Key], plan: Collection[Key], reporter: Reporter
) -> list[Refusal]:
    """Each names its asset as `key`. `plan` is what may use them: it no longer does after the migration, or is deleted
    too."""
    entries = [entry for key in doomed if (entry := inventory.get(key))]
    if not entries:
        return []
    keys = [entry.key for entry in entries]
    charts = [entry for entry in entries if entry.key.kind is Kind.CHART]
    return [
        *_reported(target, charts),
        *_shown(target, charts, doomed),
        *_ruled(target, [entry for entry in entries if entry.key.kind is Kind.DATASET]),
        *not_removable(target, inventory, keys),
        *still_used(keys, plan, inventory, read_outsiders(target, inventory, plan, reporter)),
    ]


def _reported(target: Client, charts: list[Entry]) -> Iterator[Refusal]:
    rows = read_reports(target) if charts else []
    if rows is None and (features := target.features()) and ALERT_REPORTS not in features:
        rows = []
    for chart in charts:
        about = [name(row.get("name")) for row in rows or () if row.get("chart_id") == chart.id]
        if rows is None or about:
            yield _kept(chart, Message("refusal.orphan_reports", reports=", ".join(about) or "?"))


def _ruled(target: Client, datasets: list[Entry]) -> Iterator[Refusal]:
    rows = read_rules(target) if datasets else []
    for dataset in datasets:
        about = [
            name(row.get("name"))
            for row in rows or ()
            if dataset.id in [each["id"] for each in row.get("tables") or ()]
        ]
        if rows is None or about:
            yield _kept(dataset, Message("refusal.orphan_rules", rules=", ".join(about) or "?"))


def _shown(target: Client, charts: list[Entry], doomed: Collection[Key]) -> Iterator[Refusal]:
    """Charts, also those on no dashboard, that show one of these in a layer: no export says so."""
    if charts and not target.account().sees_all_data:
        yield from (_kept(chart, Message("refusal.orphan_unseen")) for chart in charts)
        return
    users: dict[int, list[str]] = defaultdict(list)
    for row in target.list_rows("chart", ("id", "uuid", "slice_name", "params")) if charts else ():
        if Key(Kind.CHART, str(row.get("uuid")).lower()) not in doomed:
            for number in charts_shown(parsed(row.get("params"))):
                users[number].append(f"chart “{name(row.get('slice_name'))}”")
    for chart in charts:
        if found := users.get(chart.id):
            yield _kept(chart, Message("refusal.still_used", asset=chart.label, users=", ".join(found)))


def _kept(entry: Entry, message: Message) -> Refusal:
    return Refusal("orphan_used", entry.name, message, {"key": str(entry.key)})
