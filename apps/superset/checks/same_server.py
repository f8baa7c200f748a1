# [DEF:superset.checks.same_server:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether source and target are one server under two addresses.
# @RELATION DEPENDS_ON -> superset.plan.refusal
# @RELATION DEPENDS_ON -> superset.inventory
"""Recognized by what two servers never share for long: the same assets with the same ids, changed at the same times. An
untouched copy of a server's database looks the same, but has nothing to migrate.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.superset.assets import Kind
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client

MARKED = (Kind.DATASET, Kind.CHART, Kind.DASHBOARD)


def same_server(source: Client, target: Client, here: Inventory, there: Inventory) -> Iterator[Refusal]:
    """One refusal. The times are requested only if all ids agree: three pages of each."""
    if not here.of_kind(Kind.DASHBOARD) or _numbers(here) != _numbers(there):
        return
    if all(_marks(source, kind) == _marks(target, kind) for kind in MARKED):
        message = Message("refusal.same_server", source=source.environment, target=target.environment)
        yield Refusal("same_server", target.environment, message)


def _numbers(inventory: Inventory) -> dict[str, int]:
    return {str(entry.key): entry.id for entry in inventory.entries.values()}


def _marks(client: Client, kind: Kind) -> list[tuple[str, ...]]:
    marks = client.profile.columns.changes
    rows, _ = client.list_newest(kind.value, marks, page=0)
    return sorted(tuple(str(row.get(name)) for name in marks) for row in rows)
