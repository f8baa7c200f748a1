# [DEF:superset.planning.sources:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads both environments for a plan: what exists, and the content behind the selection.
# @RELATION CALLS -> superset.remote.exports
# @RELATION CALLS -> superset.inventory

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind, counted
from apps.superset.inventory import Inventory, read_inventory
from apps.superset.messages.message import Message
from apps.superset.protocol import Client, Reporter
from apps.superset.references.graph import Closure, closure
from apps.superset.remote.exports import Exported, read_closure, read_readable
from apps.superset.remote.optional_lists import read_rules
from apps.superset.selection import Selection


@dataclass(frozen=True, slots=True)
class Inventories:
    """The inventories of the source (`here`) and the target (`there`), with the source's row-level security."""

    here: Inventory
    there: Inventory
    rules: list[dict[str, Any]] | None
    """None if the source does not show them to the account."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The selected dashboards of the source with all dependencies, and their counterparts on the target."""

    inventories: Inventories
    roots: tuple[Key, ...]
    exported: Exported
    counterparts: Exported
    closed: Closure

    @property
    def members(self) -> Bundle:
        """What would be sent, as on the source, without databases: they are mapped."""
        return Bundle.of(asset for asset in self._closed() if asset.kind is not Kind.DATABASE)

    @property
    def databases(self) -> list[Asset]:
        return [asset for asset in self._closed() if asset.kind is Kind.DATABASE]

    def _closed(self) -> list[Asset]:
        return [self.exported.symbolic.assets[key] for key in self.closed.keys]


def gather(
    source: Client, target: Client, selection: Selection, pairing: Mapping[Key, Key], reporter: Reporter
) -> Gathered:
    """Reads both environments at the same time, each with its own client in its own thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        inventories = _inventories(source, target, reporter, pool)
        roots = tuple(entry.key for entry in selection.resolve(inventories.here, environment=source.environment))
        sides = {"source": source.environment, "target": target.environment}
        reporter.log(Message("line.exporting", assets=counted(roots), **sides).line())
        wanted = [pairing.get(key, key) for key in roots]
        there = pool.submit(read_readable, target, inventories.there, wanted, reporter)
        exported = read_closure(source, inventories.here, roots, reporter)
        exported.require_server()
        return Gathered(inventories, roots, exported, there.result(), closure(exported.symbolic, roots))


def read_current(target: Client, gathered: Gathered, desired: Bundle, reporter: Reporter) -> Exported:
    """The target's content for the desired assets, and more; reads what the counterparts' export did not contain."""
    found = gathered.counterparts
    missing = [key for key in desired.assets if key not in found.symbolic and key not in found.unreadable]
    found = found.merged(read_readable(target, gathered.inventories.there, missing, reporter))
    found.require_server()
    return found


def _inventories(source: Client, target: Client, reporter: Reporter, pool: ThreadPoolExecutor) -> Inventories:
    reporter.log(Message("line.listing", source=source.environment, target=target.environment).line())
    there = pool.submit(read_inventory, target, also=target.profile.columns.usage)
    source.release()
    here = replace(read_inventory(source, also=source.profile.columns.people), origin="")
    rules = read_rules(source)
    return Inventories(here, there.result(), rules)
