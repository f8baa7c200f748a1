# [DEF:superset.planning.warnings:Module]
# @COMPLEXITY: 3
# @PURPOSE: The warnings and losses of a plan.
# @RELATION CALLS -> superset.planning.damaged_metadata
# @RELATION CALLS -> superset.checks.losses
# @RELATION CALLS -> superset.checks.surroundings
# @RELATION CALLS -> superset.checks.tables
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.checks.losses import find_losses, stale_notes, stale_on_target, unrestorable_note
from apps.superset.checks.surroundings import concerned_around, lost_around
from apps.superset.checks.suspects import suspect_notes
from apps.superset.checks.tables import table_notes
from apps.superset.checks.text_references import own_link_notes, text_notes
from apps.superset.plan.plan import Change, Note
from apps.superset.plan.slugs import provisional_note
from apps.superset.planning.comparison import Comparison
from apps.superset.planning.damaged_metadata import damage_notes, overwritten_damage
from apps.superset.planning.desired import Desired
from apps.superset.planning.sides import Sides
from apps.superset.protocol import Client
from apps.superset.references.resolution import Settled


def content_warnings(sides: Sides, desired: Desired, compared: Comparison) -> Iterator[Note]:
    """Warnings and losses based on the documents of both sides."""
    members, overwritten = sides.gathered.members, compared.overwritten
    yield from stale_notes(sides.gathered.exported.stale, {asset.key: str(asset) for asset in members})
    yield from damage_notes(sides.gathered)
    yield from text_notes(desired.said, desired.settling.absent)
    yield from _absent(desired.settling)
    yield from suspect_notes(members)
    yield from unrestorable_note(overwritten, sides.target.profile)
    yield from compared.numbers.notes()
    yield from own_link_notes(desired.linked)
    yield from overwritten_damage(overwritten, compared.found, sides.there, sides.target)
    yield from stale_on_target(compared.found.stale, overwritten)
    yield from provisional_note(compared.current)


def around(sides: Sides, changes: tuple[Change, ...], desired: Bundle) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Warnings about the target and losses that the documents do not show. Both sides are queried at the same time."""
    here, there, members = sides.here, sides.there, sides.gathered.members
    carry = sides.counterparts.carry
    with ThreadPoolExecutor(max_workers=1) as pool:
        lost = pool.submit(lost_around, sides.source, here, members, carry)
        warnings = (
            *table_notes(sides.target, there, _written_datasets(changes, desired)),
            *concerned_around(sides.target, there, changes, desired),
        )
        rules = sides.gathered.inventories.rules or ()
        return warnings, (*find_losses(members, here, rules, carry), *lost.result())


def newer_releases(*clients: Client) -> Iterator[Note]:
    """A warning that names the environments whose release is treated like an older one."""
    newer = [f"{each.environment} ({each.release().version})" for each in clients if not each.profile.is_known]
    if newer:
        yield Note.of("newer_release", newer)


def _absent(settling: Settled) -> Iterator[Note]:
    if settling.dropped:
        yield Note.of("absent_references", settling.dropped)


def _written_datasets(changes: Iterable[Change], desired: Bundle) -> list[Asset]:
    keys = [change.key for change in changes if change.action.writes and change.key.kind is Kind.DATASET]
    return [desired.assets[key] for key in keys if key in desired]
