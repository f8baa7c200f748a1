# [DEF:superset.planning.admission:Module]
# @COMPLEXITY: 3
# @PURPOSE: All reasons to refuse a plan, in two rounds: before the target's content is read, and after the comparison.
# @RELATION CALLS -> superset.planning.refusals
# @RELATION CALLS -> superset.planning.takeovers
# @RELATION CALLS -> superset.planning.damaged_metadata
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.checks.dashboard_access
# @RELATION CALLS -> superset.checks.row_level_security

from __future__ import annotations

from collections.abc import Iterator

from apps.superset.assets import Bundle, Kind
from apps.superset.checks.dashboard_access import restricted
from apps.superset.checks.ownership import not_owned
from apps.superset.checks.rights import not_writable, unseen_databases
from apps.superset.checks.row_level_security import restricted_rows, unknown_rules
from apps.superset.checks.text_references import Spoken, unresolved_macros
from apps.superset.plan.refusal import Refusal
from apps.superset.planning import refusals
from apps.superset.planning.comparison import Comparison
from apps.superset.planning.damaged_metadata import damaged
from apps.superset.planning.sides import Sides
from apps.superset.planning.takeovers import hidden, moves, takeovers, twins
from apps.superset.remote.exports import unreadable


def before_reading(sides: Sides, said: Spoken, desired: Bundle) -> Iterator[Refusal]:
    """Based on the source's content and the lists of both sides."""
    yield from unreadable(sides.gathered.exported, sides.here, sides.source.environment)
    yield from damaged(sides.gathered, sides.source)
    yield from unresolved_macros(said)
    yield from _references(sides)
    yield from _takeovers(sides, desired)
    yield from _access(sides, desired)


def once_compared(sides: Sides, compared: Comparison) -> Iterator[Refusal]:
    """Based on what would be written."""
    changes, overwritten = compared.changes, compared.overwritten
    yield from refusals.unsendable(changes, compared.desired, compared.current)
    yield from refusals.too_many(len(overwritten), sides.request.limits)
    yield from not_writable(sides.target, {change.key.kind for change in changes if change.action.writes})
    yield from not_owned(sides.target, sides.there, overwritten)


def _references(sides: Sides) -> Iterator[Refusal]:
    gathered, request = sides.gathered, sides.request
    unread = gathered.exported.unreadable
    dangling = (each for each in gathered.closed.dangling if each.missing not in unread)
    yield from refusals.dangling_references(dangling, gathered.exported.symbolic)
    unseen = unseen_databases(sides.target)
    yield from refusals.databases(gathered.databases, sides.mapping, sides.here, sides.there, unseen)
    yield from refusals.paired_twice(request.pairing, gathered.members)


def _takeovers(sides: Sides, desired: Bundle) -> Iterator[Refusal]:
    pairing, there = sides.request.pairing, sides.there
    homes = {pairing.get(entry.key, entry.key): entry for entry in sides.here.of_kind(Kind.DASHBOARD)}
    yield from takeovers(desired, there, homes=homes)
    yield from twins(desired, there)
    yield from moves(desired, there)
    yield from refusals.unimportable(desired, sides.target.profile)
    yield from hidden((asset for asset in desired if asset.key not in there), sides.target)


def _access(sides: Sides, desired: Bundle) -> Iterator[Refusal]:
    here, there, target = sides.here, sides.there, sides.target
    sources = {paired: key for key, paired in sides.request.pairing.items()}
    yield from restricted(desired, sources, here, target, there)
    rules = sides.gathered.inventories.rules
    yield from restricted_rows(desired, sources, here, rules or (), target, there)
    if rules is None:
        yield from unknown_rules(desired, sides.source, target, there)
