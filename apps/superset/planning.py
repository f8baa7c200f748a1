# [DEF:superset.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: From two environments and a selection to a plan. Reads only; writes nothing anywhere.
# @RELATION CALLS -> superset.gathering
# @RELATION CALLS -> superset.changes
# @RELATION CALLS -> superset.guards
# @RELATION CALLS -> superset.acknowledgements
# @RELATION CALLS -> superset.restricted
# @RELATION CALLS -> superset.restricted_rows
# @RELATION DEPENDS_ON -> superset.plan

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from apps.superset import guards, stored
from apps.superset.acknowledgements import acknowledged_notes, split, unmatched
from apps.superset.assets import Asset, Bundle, Key, Kind, in_dependency_order
from apps.superset.carried import carried
from apps.superset.changes import Changes
from apps.superset.errors import PlanUnsafe
from apps.superset.gathering import Gathered, gather, read_current
from apps.superset.guards import Limits, Refusal
from apps.superset.losses import annotation_note, find_losses, stale_notes, unrestorable_note
from apps.superset.macros import text_notes, unresolved_macros
from apps.superset.mapping import apply_mapping
from apps.superset.ownership import not_owned
from apps.superset.pairing import apply_pairing
from apps.superset.plan import Action, Endpoint, Mapped, Note, Plan
from apps.superset.protocol import Client, Reporter
from apps.superset.reading import unreadable
from apps.superset.restricted import RESTRICTED, restricted, unpublished
from apps.superset.restricted_rows import RULES_LOST, drafts, restricted_rows
from apps.superset.selection import Selection
from apps.superset.settling import Settled, settled
from apps.superset.takeovers import hidden, moves, takeovers


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the two contents it was made of, both symbolic: what is to be, and what the target had."""

    plan: Plan
    desired: Bundle
    current: Bundle

    @property
    def bundle(self) -> bytes:
        """The ZIP that ships with the plan; its SHA-256 is `plan.content`."""
        return pack(self.desired)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `mapping` is by database UUID, `pairing` by key, both source → target, both confirmed;
    `acknowledged` has the names of refusals that are to be warnings."""

    selection: Selection
    mapping: Mapping[str, str] = field(default_factory=dict)
    pairing: Mapping[Key, Key] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    acknowledged: frozenset[str] = frozenset()


def make_plan(source: Client, target: Client, request: Request, reporter: Reporter) -> Planned:
    """Compare what the source has with what the target has, object by object, after the mapping.

    Raises PlanUnsafe with every reason at once where the plan refuses itself.
    """
    gathered = gather(source, target, request.selection, request.pairing, reporter)
    mapping = _mapping(gathered, request)
    settling = settled(_desired(gathered.members, mapping, request.pairing), gathered.listed.there)
    desired = settling.desired
    refusals, passed = split(
        (*_unreadable(gathered, source), *_before_comparing(gathered, desired, mapping, request, target)),
        request.acknowledged,
    )
    _refuse(target, refusals or unmatched(request.acknowledged, passed))
    desired = unpublished(desired, _drafts(passed, desired, gathered))
    found = read_current(target, gathered, desired, reporter)
    _refuse(target, unreadable(found, gathered.listed.there, target.environment))
    current = Bundle.of(
        asset for key in desired.assets if key in gathered.listed.there and (asset := found.symbolic.get(key))
    )
    changes = Changes(desired, current, gathered.listed.there, found.unfinished).all()
    _refuse(target, guards.unsendable(changes, desired, current))
    overwritten = [current.assets[change.key] for change in changes if change.action is Action.UPDATE]
    _refuse(target, guards.too_many(len(overwritten), request.limits))
    plan = Plan(
        source=_endpoint(source),
        target=_endpoint(target),
        dashboards=tuple(request.pairing.get(key, key) for key in gathered.roots),
        databases=tuple(_mapped(gathered, mapping)),
        changes=changes,
        warnings=(
            *acknowledged_notes(passed),
            *_warnings(gathered, overwritten, settling),
            *not_owned(target, gathered.listed.there, overwritten),
        ),
        losses=find_losses(gathered.members, gathered.listed.here, gathered.listed.rules),
        content=hashlib.sha256(pack(desired)).hexdigest(),
        acknowledged=tuple(sorted(request.acknowledged)),
    )
    return Planned(plan, desired, current)


def pack(desired: Bundle) -> bytes:
    """The symbolic content as a deterministic ZIP."""
    return stored.pack(desired, root="plan")


def _mapping(gathered: Gathered, request: Request) -> Mapping[str, str]:
    """The mapping asked for; a database of the same UUID on both sides stands for itself."""
    here, there = gathered.listed.here, gathered.listed.there
    same = {entry.key.uuid: entry.key.uuid for entry in here.of_kind(Kind.DATABASE) if entry.key in there}
    return {**same, **request.mapping}


def _mapped(gathered: Gathered, mapping: Mapping[str, str]) -> Iterator[Mapped]:
    for database in gathered.databases:
        uuid = mapping[database.uuid]
        name = gathered.listed.there.entries[Key(Kind.DATABASE, uuid)].name
        yield Mapped(database.uuid, database.name, uuid, name)


def _desired(members: Bundle, mapping: Mapping[str, str], pairing: Mapping[Key, Key]) -> Bundle:
    """What the target is to have, under its own UUIDs, in dependency order."""
    uuids = {source.uuid: target.uuid for source, target in pairing.items()}
    assets = (carried(apply_pairing(apply_mapping(asset, mapping), uuids)) for asset in members)
    found = {asset.key: asset for asset in assets}
    return Bundle({key: found[key] for key in in_dependency_order(found)})


def _endpoint(client: Client) -> Endpoint:
    return Endpoint(client.environment, client.release().version)


def _before_comparing(
    gathered: Gathered, desired: Bundle, mapping: Mapping[str, str], request: Request, target: Client
) -> Iterator[Refusal]:
    here, there = gathered.listed.here, gathered.listed.there
    unread = gathered.reading.unreadable
    dangling = (each for each in gathered.closed.dangling if each.missing not in unread)
    yield from guards.dangling_references(dangling, gathered.reading.symbolic)
    yield from guards.databases(gathered.databases, mapping, here, there)
    yield from guards.paired_twice(request.pairing, gathered.members)
    yield from takeovers(desired, there)
    yield from moves(desired, there)
    yield from guards.unimportable(desired)
    yield from hidden((asset for asset in desired if asset.key not in there), target)
    sources = {paired: key for key, paired in request.pairing.items()}
    yield from unresolved_macros(gathered.members)
    yield from restricted(desired, sources, here, target, there)
    yield from restricted_rows(desired, sources, here, gathered.listed.rules, target, there)


def _drafts(passed: Iterable[Refusal], desired: Bundle, gathered: Gathered) -> set[str]:
    """The dashboards that arrive unpublished for what was acknowledged."""
    keys: dict[str, set[str]] = {RESTRICTED: set(), RULES_LOST: set()}
    for refusal in passed:
        keys.setdefault(refusal.kind, set()).add(str(refusal.facts.get("key")))
    lost = map(Key.parse, keys[RULES_LOST])
    return keys[RESTRICTED] | (drafts(desired, lost, gathered.listed.there) if keys[RULES_LOST] else set())


def _unreadable(gathered: Gathered, source: Client) -> Iterator[Refusal]:
    """What the source does not export of what was selected and all it depends on."""
    yield from unreadable(gathered.reading, gathered.listed.here, source.environment)


def _refuse(target: Client, refusals: Iterable[Refusal]) -> None:
    if reasons := list(refusals):
        raise PlanUnsafe(
            "the plan refuses itself: " + "; ".join(reason.text for reason in reasons),
            environment=target.environment,
            context={"reasons": [reason.to_json() for reason in reasons]},
        )


def _warnings(gathered: Gathered, overwritten: Iterable[Asset], settling: Settled) -> tuple[Note, ...]:
    members, overwritten = gathered.members, list(overwritten)
    return (
        *gathered.listed.notes,
        *stale_notes(gathered.reading.stale, {asset.key: str(asset) for asset in members}),
        *text_notes(members, settling.absent),
        *_absent(settling),
        *annotation_note(overwritten),
        *unrestorable_note(overwritten),
    )


def _absent(settling: Settled) -> Iterator[Note]:
    if settling.dropped:
        text = "References to what neither travels nor exists on the target are left out."
        yield Note("absent_references", text, settling.dropped)
