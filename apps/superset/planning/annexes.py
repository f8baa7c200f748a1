# [DEF:superset.planning.annexes:Module]
# @COMPLEXITY: 2
# @PURPOSE: Collects what readers are shown beside a plan, while both environments are at hand.
# @RELATION DEPENDS_ON -> superset.plan.annex
# @RELATION DEPENDS_ON -> superset.checks.usage
# @RELATION CALLS -> superset.content.left_out
# @RELATION CALLS -> superset.references.graph

from __future__ import annotations

from collections.abc import Iterable

from apps.superset.assets import Key
from apps.superset.checks.usage import Usage
from apps.superset.content.left_out import left_out
from apps.superset.content.untouched_keys import carried
from apps.superset.inventory import Inventory
from apps.superset.plan.annex import Annex, Entry, Named
from apps.superset.plan.plan import Action, Change
from apps.superset.planning.comparison import Comparison
from apps.superset.planning.sides import Sides
from apps.superset.references.graph import dependencies


def annex_of(sides: Sides, changes: Iterable[Change], compared: Comparison, usage: Usage) -> Annex:
    changes = tuple(changes)
    on_source = {target: source for source, target in sides.request.pairing.items()}
    keys = {change.key for change in changes}
    return Annex(
        {
            change.key: Entry(
                source=_named(on_source.get(change.key, change.key), sides.here),
                target=_named(change.key, sides.there),
                depends_on=_made_of(change.key, compared, keys),
                used_by=tuple(Named(each.key, each.id, each.name) for each in usage.entries(change.key))
                if change.used_by
                else (),
                hidden=_hidden(change, compared),
            )
            for change in changes
        }
    )


def _named(key: Key, inventory: Inventory) -> Named | None:
    entry = inventory.get(key)
    return Named(entry.key, entry.id, entry.name) if entry else None


def _made_of(key: Key, compared: Comparison, keys: set[Key]) -> tuple[Key, ...]:
    asset = compared.desired.get(key)
    return tuple(each for each in dependencies(asset) if each in keys) if asset else ()


def _hidden(change: Change, compared: Comparison) -> int:
    """Of what is overwritten; what stays as it is has no reader."""
    if change.action is not Action.UPDATE:
        return 0
    return left_out(carried(compared.current.assets[change.key]), carried(compared.desired.assets[change.key]))
