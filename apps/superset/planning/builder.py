# [DEF:superset.planning.builder:Module]
# @COMPLEXITY: 3
# @PURPOSE: Builds a plan from two environments and a selection. Reads only.
# @RELATION CALLS -> superset.planning.sources
# @RELATION CALLS -> superset.planning.changes
# @RELATION CALLS -> superset.planning.refusals
# @RELATION CALLS -> superset.plan.acknowledgements
# @RELATION CALLS -> superset.planning.damaged_metadata
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.checks.same_server
# @RELATION CALLS -> superset.checks.surroundings
# @RELATION CALLS -> superset.checks.tables
# @RELATION CALLS -> superset.checks.dashboard_access
# @RELATION CALLS -> superset.checks.row_level_security
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from apps.superset.assets import Asset, Bundle, Key, Kind, in_dependency_order
from apps.superset.checks.dashboard_access import RESTRICTED, restricted, unpublished
from apps.superset.checks.losses import annotation_note, find_losses, stale_notes, stale_on_target, unrestorable_note
from apps.superset.checks.ownership import not_owned
from apps.superset.checks.rights import not_writable, require_rights, unseen_databases
from apps.superset.checks.row_level_security import RULES_LOST, RULES_UNKNOWN, drafts, restricted_rows, unknown_rules
from apps.superset.checks.same_server import same_server
from apps.superset.checks.surroundings import concerned_around, lost_around
from apps.superset.checks.suspects import suspect_notes
from apps.superset.checks.tables import table_notes
from apps.superset.checks.text_references import (
    Spoken,
    own_link_notes,
    own_links,
    spoken,
    text_notes,
    unresolved_macros,
)
from apps.superset.checks.unresolved_numbers import differing
from apps.superset.content.untouched_keys import carried
from apps.superset.plan.acknowledgements import acknowledged_notes, split, unmatched
from apps.superset.plan.plan import Action, Change, Endpoint, Mapped, Note, Plan
from apps.superset.plan.refusal import Refusal, refuse_plan
from apps.superset.plan.slugs import provisional_note
from apps.superset.planning import refusals as guards
from apps.superset.planning.changes import Changes
from apps.superset.planning.damaged_metadata import damage_notes, damaged, overwritten_damage
from apps.superset.planning.dependents import look_outside
from apps.superset.planning.mapping import apply_mapping
from apps.superset.planning.pairing import apply_pairing
from apps.superset.planning.refusals import OverwriteLimit
from apps.superset.planning.sources import Gathered, gather, read_current
from apps.superset.planning.takeovers import hidden, moves, takeovers, twins
from apps.superset.protocol import Client, Reporter
from apps.superset.references import serialization
from apps.superset.references.resolution import Settled, settled
from apps.superset.references.templates import rehosted
from apps.superset.releases.base import Release
from apps.superset.remote.exports import unreadable
from apps.superset.selection import Selection


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the two contents it was made of, both symbolic: what is to be, and what the target had. `bundle` is
    the ZIP of the first that ships with the plan; its SHA-256 is `plan.content`."""

    plan: Plan
    desired: Bundle
    current: Bundle
    bundle: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `mapping` is by database UUID, `pairing` by key, both source → target, both confirmed;
    `acknowledged` has the names of refusals that are to be warnings."""

    selection: Selection
    mapping: Mapping[str, str] = field(default_factory=dict)
    pairing: Mapping[Key, Key] = field(default_factory=dict)
    limits: OverwriteLimit = field(default_factory=OverwriteLimit)
    acknowledged: frozenset[str] = frozenset()


def make_plan(source: Client, target: Client, request: Request, reporter: Reporter) -> Planned:
    """Compare what the source has with what the target has, object by object, after the mapping.

    Raises PlanUnsafe with every reason at once where the plan is refused.
    """
    require_rights(source, target)
    gathered = gather(source, target, request.selection, request.pairing, reporter)
    _refuse(target, same_server(source, target, gathered.inventories.here, gathered.inventories.there))
    mapping = _mapping(gathered, request)
    said = spoken(gathered.members)
    linked, led = split(own_links(said, source.url), request.acknowledged)
    members = _led_to_target(gathered, led, source, target)
    settling = settled(_desired(members, mapping, request.pairing), gathered.inventories.there)
    desired = settling.desired
    refusals, passed = split(
        (
            *_unreadable(gathered, source),
            *damaged(gathered, source),
            *unresolved_macros(said),
            *_before_comparing(gathered, desired, mapping, request, source, target),
        ),
        request.acknowledged,
    )
    _refuse(target, refusals)
    desired = unpublished(desired, _drafts(passed, desired, gathered))
    found = read_current(target, gathered, desired, reporter)
    _refuse(target, unreadable(found, gathered.inventories.there, target.environment))
    current = Bundle.of(
        asset for key in desired.assets if key in gathered.inventories.there and (asset := found.symbolic.get(key))
    )
    numbers = differing(desired, current, request.acknowledged)
    desired = numbers.desired
    changes = Changes(desired, current, gathered.inventories.there, found.unnumbered).all()
    overwritten = [current.assets[change.key] for change in changes if change.action is Action.UPDATE]
    refusals, more = split(
        (
            *guards.unsendable(changes, desired, current),
            *guards.too_many(len(overwritten), request.limits),
            *not_writable(target, {change.key.kind for change in changes if change.action.writes}),
            *not_owned(target, gathered.inventories.there, overwritten),
        ),
        request.acknowledged,
    )
    passed = [*passed, *numbers.sent, *led, *more]
    _refuse(target, refusals or unmatched(request.acknowledged, passed))
    changes, bystanders = look_outside(changes, desired, target, gathered.inventories.there, reporter)
    around, losses = _around(source, target, gathered, changes, desired)
    bundle = serialization.pack(desired, root="plan")
    plan = Plan(
        source=_endpoint(source),
        target=_endpoint(target),
        dashboards=tuple(request.pairing.get(key, key) for key in gathered.roots),
        databases=tuple(_mapped(gathered, mapping)),
        changes=changes,
        warnings=(
            *acknowledged_notes(passed),
            *_warnings(gathered, said, overwritten, settling, target.profile),
            *numbers.notes(),
            *own_link_notes(linked),
            *overwritten_damage(overwritten, found, gathered.inventories.there, target),
            *stale_on_target(found.stale, overwritten),
            *provisional_note(current),
            *bystanders,
            *around,
        ),
        losses=losses,
        content=hashlib.sha256(bundle).hexdigest(),
        acknowledged=tuple(sorted(request.acknowledged)),
    )
    return Planned(plan, desired, current, bundle)


def _mapping(gathered: Gathered, request: Request) -> Mapping[str, str]:
    """The mapping asked for; a database of the same UUID on both sides stands for itself."""
    here, there = gathered.inventories.here, gathered.inventories.there
    same = {entry.key.uuid: entry.key.uuid for entry in here.of_kind(Kind.DATABASE) if entry.key in there}
    return {**same, **request.mapping}


def _mapped(gathered: Gathered, mapping: Mapping[str, str]) -> Iterator[Mapped]:
    for database in gathered.databases:
        uuid = mapping[database.uuid]
        name = gathered.inventories.there.entries[Key(Kind.DATABASE, uuid)].name
        yield Mapped(database.uuid, database.name, uuid, name)


def _desired(members: Bundle, mapping: Mapping[str, str], pairing: Mapping[Key, Key]) -> Bundle:
    """What the target is to have, under its own UUIDs, in dependency order."""
    uuids = {source.uuid: target.uuid for source, target in pairing.items()}
    assets = (carried(apply_pairing(apply_mapping(asset, mapping), uuids)) for asset in members)
    found = {asset.key: asset for asset in assets}
    return Bundle({key: found[key] for key in in_dependency_order(found)})


def _led_to_target(gathered: Gathered, led: Iterable[Refusal], source: Client, target: Client) -> Bundle:
    """What is sent, with the source's own address in the links of these replaced by the target's."""
    here = replace(gathered.inventories.here, origin=source.url)
    keys = {refusal.facts["key"] for refusal in led}
    return Bundle.of(
        rehosted(asset, here, target.url) if str(asset.key) in keys else asset for asset in gathered.members
    )


def _around(
    source: Client, target: Client, gathered: Gathered, changes: tuple[Change, ...], desired: Bundle
) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """What neither side's documents show: warnings of the target, and losses. Both are read at the same time."""
    here, there, members = gathered.inventories.here, gathered.inventories.there, gathered.members
    with ThreadPoolExecutor(max_workers=1) as pool:
        lost = pool.submit(lost_around, source, here, members)
        warnings = (
            *table_notes(target, there, _written_datasets(changes, desired)),
            *concerned_around(target, there, changes, desired),
        )
        return warnings, (*find_losses(members, here, gathered.inventories.rules or ()), *lost.result())


def _written_datasets(changes: Iterable[Change], desired: Bundle) -> list[Asset]:
    keys = [change.key for change in changes if change.action.writes and change.key.kind is Kind.DATASET]
    return [desired.assets[key] for key in keys if key in desired]


def _endpoint(client: Client) -> Endpoint:
    return Endpoint(client.environment, client.release().version)


def _before_comparing(
    gathered: Gathered,
    desired: Bundle,
    mapping: Mapping[str, str],
    request: Request,
    source: Client,
    target: Client,
) -> Iterator[Refusal]:
    here, there = gathered.inventories.here, gathered.inventories.there
    unread = gathered.exported.unreadable
    dangling = (each for each in gathered.closed.dangling if each.missing not in unread)
    yield from guards.dangling_references(dangling, gathered.exported.symbolic)
    yield from guards.databases(gathered.databases, mapping, here, there, unseen_databases(target))
    yield from guards.paired_twice(request.pairing, gathered.members)
    sources = {paired: key for key, paired in request.pairing.items()}
    homes = {request.pairing.get(entry.key, entry.key): entry for entry in here.of_kind(Kind.DASHBOARD)}
    yield from takeovers(desired, there, homes=homes)
    yield from twins(desired, there)
    yield from moves(desired, there)
    yield from guards.unimportable(desired, target.profile)
    yield from hidden((asset for asset in desired if asset.key not in there), target)
    yield from restricted(desired, sources, here, target, there)
    rules = gathered.inventories.rules
    yield from restricted_rows(desired, sources, here, rules or (), target, there)
    if rules is None:
        yield from unknown_rules(desired, source, target, there)


def _drafts(passed: Iterable[Refusal], desired: Bundle, gathered: Gathered) -> set[str]:
    """The dashboards that arrive unpublished for what was acknowledged."""
    keys: dict[str, set[str]] = {RESTRICTED: set(), RULES_LOST: set()}
    for refusal in passed:
        keys.setdefault(refusal.kind, set()).add(str(refusal.facts.get("key")))
    lost = [Key.parse(key) for key in keys[RULES_LOST]]
    if RULES_UNKNOWN in keys:
        lost = [asset.key for asset in desired.of_kind(Kind.DATASET)]
    return keys[RESTRICTED] | (drafts(desired, lost, gathered.inventories.there) if lost else set())


def _unreadable(gathered: Gathered, source: Client) -> Iterator[Refusal]:
    """What the source does not export of what was selected and all it depends on."""
    yield from unreadable(gathered.exported, gathered.inventories.here, source.environment)


def _refuse(target: Client, refusals: Iterable[Refusal]) -> None:
    refuse_plan(refusals, target.environment)


def _warnings(
    gathered: Gathered, said: Spoken, overwritten: Iterable[Asset], settling: Settled, release: Release
) -> tuple[Note, ...]:
    members, overwritten = gathered.members, list(overwritten)
    return (
        *stale_notes(gathered.exported.stale, {asset.key: str(asset) for asset in members}),
        *damage_notes(gathered),
        *text_notes(said, settling.absent),
        *_absent(settling),
        *suspect_notes(members),
        *annotation_note(overwritten),
        *unrestorable_note(overwritten, release),
    )


def _absent(settling: Settled) -> Iterator[Note]:
    if settling.dropped:
        yield Note.of("absent_references", settling.dropped)
