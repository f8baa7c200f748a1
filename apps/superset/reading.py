# [DEF:superset.reading:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reading assets out of one environment: as few exports as cover them, in batches.
# @RELATION DEPENDS_ON -> superset.protocol

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.bundle import read_bundle
from apps.superset.graph import closure
from apps.superset.inventory import Inventory
from apps.superset.protocol import Client, Reporter
from apps.superset.symbolise import Stale, is_provisional, symbolise

BATCH = {Kind.DASHBOARD: 50, Kind.CHART: 100, Kind.DATASET: 100, Kind.DATABASE: 100}
"""Assets for each export request: past fifty dashboards a request nears gunicorn's 30 s (measured on 6.1.0)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Assets of one environment: as exported, in symbolic form, and what in them referred to nothing."""

    wire: Bundle
    symbolic: Bundle
    stale: tuple[Stale, ...]

    @property
    def unfinished(self) -> frozenset[Key]:
        """Assets that hold numbers of a run which did not come to set the right ones."""
        return frozenset(each.asset for each in self.stale if is_provisional(each.value))

    def merged(self, other: Reading) -> Reading:
        stale = (*self.stale, *other.stale)
        return Reading(self.wire.merged(other.wire), self.symbolic.merged(other.symbolic), stale)


def read(client: Client, inventory: Inventory, wanted: Iterable[Key], reporter: Reporter) -> Reading:
    """Those of the wanted assets that are there, with all that Superset exports along with them."""
    return _symbolic(_exported(client, inventory, Bundle({}), list(wanted), reporter), inventory)


def read_closure(client: Client, inventory: Inventory, roots: Iterable[Key], reporter: Reporter) -> Reading:
    """The roots and everything they depend on.

    Superset's own export leaves out the datasets of chart customizations, and charts that are in a layout but not
    linked (source: 6.1.0, commands/dashboard/export.py); those are fetched until nothing that exists is missing, or
    an export brings nothing new.
    """
    roots = list(roots)
    reading = read(client, inventory, roots, reporter)
    while missing := [key for key in closure(reading.symbolic, roots).missing if key in inventory]:
        more = _exported(client, inventory, reading.wire, missing, reporter)
        if len(more) == len(reading.wire):
            break
        reading = _symbolic(more, inventory)
    return reading


def _exported(client: Client, inventory: Inventory, have: Bundle, wanted: Iterable[Key], reporter: Reporter) -> Bundle:
    """Dashboards first: their export brings most charts and datasets along."""
    for kind in reversed(Kind):
        ids = inventory.ids(key for key in wanted if key.kind is kind and key not in have)
        for start in range(0, len(ids), BATCH[kind]):
            reporter.check_cancelled()
            batch = ids[start : start + BATCH[kind]]
            have = have.merged(read_bundle(client.export(kind, batch), environment=client.environment))
            reporter.progress(f"read {kind}s of {client.environment}", start + len(batch), len(ids))
    return have


def _symbolic(wire: Bundle, inventory: Inventory) -> Reading:
    pairs = [symbolise(asset, inventory) for asset in wire]
    symbolic = Bundle.of(asset for asset, _ in pairs)
    return Reading(wire, symbolic, tuple(each for _, stale in pairs for each in stale))
