# [DEF:superset.planning.admission:Module]
# @COMPLEXITY: 3
# @PURPOSE: All reasons to refuse a plan, in two rounds: before the target's content is read, and after the comparison.
# @RELATION CALLS -> superset.planning.refusals
# @RELATION CALLS -> superset.planning.takeovers
# @RELATION CALLS -> superset.planning.choices.connections
# @RELATION CALLS -> superset.planning.beside
# @RELATION CALLS -> superset.planning.damaged_metadata
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.carry.rules
# @RELATION CALLS -> superset.checks.dashboard_access
# @RELATION CALLS -> superset.checks.row_level_security

from __future__ import annotations

from collections.abc import Collection, Iterator

from apps.superset.assets import Bundle, Kind
from apps.superset.carry.rules import carried_rules
from apps.superset.checks.dashboard_access import restricted
from apps.superset.checks.ownership import not_owned
from apps.superset.checks.rights import not_settable, not_writable, unseen_databases
from apps.superset.checks.row_level_security import restricted_rows, unknown_rules
from apps.superset.checks.text_references import Spoken, unresolved_macros
from apps.superset.plan.attachment import Aspect, Attachment
from apps.superset.plan.plan import Action
from apps.superset.plan.refusal import Refusal
from apps.superset.planning import refusals
from apps.superset.planning.beside import rules_loosened
from apps.superset.planning.choices.connections import against_connections
from apps.superset.planning.comparison import Comparison
from apps.superset.planning.damaged_metadata import damaged
from apps.superset.planning.sides import Sides
from apps.superset.planning.takeovers import archived, hidden, moves, takeovers, twins
from apps.superset.remote.exports import unreadable
from apps.superset.remote.optional_lists import read_rules


def before_reading(sides: Sides, said: Spoken, desired: Bundle) -> Iterator[Refusal]:
    """Based on the source's content and the lists of both sides."""
    yield from unreadable(sides.gathered.exported, sides.here, sides.source.environment)
    yield from damaged(sides.gathered, sides.source)
    yield from unresolved_macros(said)
    yield from _references(sides)
    yield from _takeovers(sides, desired)
    yield from _access(sides, desired)


def once_compared(sides: Sides, compared: Comparison, attachments: Collection[Attachment]) -> Iterator[Refusal]:
    """Based on what would be written, and set beside it."""
    changes, overwritten = compared.changes, compared.overwritten
    removed = [change for change in changes if change.action is Action.REMOVE]
    yield from refusals.unsendable(changes, compared.desired, compared.current)
    yield from refusals.too_many(len(overwritten) + len(removed), sides.request.limits)
    layered = {each.key.kind for each in attachments if each.aspect is Aspect.ANNOTATIONS and not each.is_layer}
    yield from not_writable(sides.target, layered | {change.key.kind for change in changes if change.action.writes})
    chosen = {each.aspect for each in attachments if each.is_layer or each.aspect is not Aspect.ANNOTATIONS}
    yield from not_settable(sides.target, chosen)
    own = (each.key for each in attachments if each.is_on_asset)
    attached = [compared.current.assets[key] for key in own if key in compared.current]
    yield from rules_loosened(attachments, sides)
    yield from not_owned(sides.target, sides.there, [*overwritten, *attached])


def _references(sides: Sides) -> Iterator[Refusal]:
    gathered, request = sides.gathered, sides.request
    unread = gathered.exported.unreadable
    dangling = (each for each in gathered.closed.dangling if each.missing not in unread)
    yield from refusals.dangling_references(dangling, gathered.exported.symbolic)
    unseen = unseen_databases(sides.target)
    yield from against_connections(sides)
    mapped = [asset for asset in gathered.databases if asset.uuid not in request.connections]
    yield from refusals.databases(mapped, sides.mapping, sides.here, sides.there, unseen)
    yield from refusals.paired_twice(request.pairing, gathered.members)


def _takeovers(sides: Sides, desired: Bundle) -> Iterator[Refusal]:
    pairing, there = sides.request.pairing, sides.there
    homes = {pairing.get(entry.key, entry.key): entry for entry in sides.here.of_kind(Kind.DASHBOARD)}
    yield from takeovers(desired, there, homes=homes)
    yield from twins(desired, there)
    yield from moves(desired, there)
    yield from refusals.unimportable(desired, sides.target.profile)
    created = [asset for asset in desired if asset.key not in there]
    yield from hidden(created, sides.target)
    yield from archived(created, sides.target)


def _access(sides: Sides, desired: Bundle) -> Iterator[Refusal]:
    here, there, target = sides.here, sides.there, sides.target
    sources, parts = sides.sources, sides.counterparts
    yield from restricted(desired, sources, sides.source, here, target, there, parts.restrictable)
    rules = sides.gathered.inventories.rules
    set_by_us = carried_rules(parts, rules or (), readable=bool(parts.rule_roles) and read_rules(target) is not None)
    yield from restricted_rows(desired, sources, here, rules or (), target, there, set_by_us)
    if rules is None:
        yield from unknown_rules(desired, sides.source, target, there)
