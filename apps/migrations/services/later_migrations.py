# [DEF:migrations.services.later_migrations:Module]
# @COMPLEXITY: 3
# @PURPOSE: What later migrations hold of the same assets: an undo of an earlier one leaves it to a person.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> migrations.services.engine
# @RELATION DEPENDS_ON -> superset.execution.rollback
# @RELATION CALLS -> superset.execution.attached.inverse
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.references.graph

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Q

from apps.core.errors import Conflict
from apps.migrations import messages
from apps.migrations.models import ON_TARGET, Migration, PlannedAsset, Run, RunKind, RunState, WriteState, wrote
from apps.migrations.services import engine
from apps.migrations.status import UNDONE, undone_runs
from apps.superset.assets import Key
from apps.superset.errors import UndoBlocked
from apps.superset.execution.attached.inverse import set_by_runs
from apps.superset.execution.rollback import Undo
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import NOUNS, Aspect, Attachment, Slot
from apps.superset.plan.plan import Action, Plan
from apps.superset.references.graph import closure

HELD = (Action.CREATE, Action.UPDATE, Action.UNCHANGED)
"""What a plan says of an asset that is on the target once it is applied."""

Holders = Mapping[int, bool]
"""By number of a migration, in the order of the applies: whether it is known to have written the asset."""

NAMED = 5
"""Migrations that a refusal names."""


@dataclass(frozen=True, slots=True)
class Held:
    """What later migrations hold of an undo: assets, by key, and what hangs beside the documents, by the number of the
    last of them."""

    assets: Mapping[Key, Holders]
    beside: Mapping[Slot, int]


def held_later(migration: Migration, undo: Undo) -> Held:
    """By those whose apply was not undone. An asset is held since the first run that wrote it: the undo takes it back
    to what it was before that one.

    What the undo takes back beside the documents is held by who sets the same, or contains an asset that it concerns:
    such as another dataset of the same rule.
    """
    runs = undone_runs(migration)
    since = {key: run.pk for run in reversed(runs) for key in _keys(run, *ON_TARGET)}
    own = set_by_runs(undo.plan, undo.snapshot) if since else ()
    assets: dict[Key, dict[int, bool]] = {}
    beside: dict[Slot, int] = {}
    # Who sets the same beside the documents may have none of these assets, so then every plan is read
    uuids = None if own else {key.uuid for key in since}
    for run, plan in _later(migration, runs[0], uuids) if since else ():
        number, known = run.migration_id, _keys(run, WriteState.WRITTEN)
        keys = _keys(run, *ON_TARGET) | {change.key for change in plan.changes if change.action in HELD}
        for key in keys:
            if since.get(key, run.pk) < run.pk:
                holders = assets.setdefault(key, {})
                holders[number] = key in known or holders.pop(number, False)
        beside |= dict.fromkeys(_held_of(own, plan, keys), number)
    return Held(assets, beside)


def _later(migration: Migration, first: Run, uuids: Collection[str] | None) -> Iterator[tuple[Run, Plan]]:
    """The applies of other migrations to the same target that left something there, or found all as planned; only those
    whose plan contains one of these assets, if any are named, or whose assets are not known."""
    later = Run.objects.filter(target=migration.target, kind=RunKind.APPLY, pk__gt=first.pk)
    applies = later.exclude(migration=migration)
    undone = Run.objects.filter(UNDONE, migration=OuterRef("migration"), pk__gt=OuterRef("pk"))
    standing = applies.filter(Q(state=RunState.SUCCEEDED) | Q(wrote())).exclude(Exists(undone))
    if uuids is not None:
        assets = PlannedAsset.objects.filter(plan=OuterRef("plan"))
        standing = standing.filter(Exists(assets.filter(uuid__in=uuids)) | ~Exists(assets))
    found = standing.select_related("plan__migration").prefetch_related("writes").order_by("pk")
    yield from ((run, engine.plan_of(run.plan)) for run in found.iterator(chunk_size=20))


def _held_of(own: Iterable[Attachment], plan: Plan, keys: set[Key]) -> Iterator[Slot]:
    """What a plan of these assets holds of the undo's own."""
    concerned = keys | {key for each in plan.attachments for key in each.keys}
    names = {name for each in plan.attachments for name in _names(each)}
    for each in own:
        if not each.keys.isdisjoint(concerned) or not names.isdisjoint(_own_name(each)):
            yield each.slot


def _own_name(each: Attachment) -> set[tuple[Aspect, str]]:
    """That of a rule, a record or an annotation layer."""
    return {(each.aspect, each.name)} if each.is_layer or each.aspect in NOUNS else set()


def _names(each: Attachment) -> set[tuple[Aspect, str]]:
    """Its own, and those of the layers that a chart shows."""
    layers = (item.facts.get("layer") for item in (*each.before, *each.after) if each.aspect is Aspect.ANNOTATIONS)
    return _own_name(each) | {(each.aspect, str(layer)) for layer in layers if layer}


def _keys(run: Run, *states: WriteState) -> set[Key]:
    return {Key.parse(key) for key in run.keys_with(*states)}


def leave_to_later(undo: Undo, later: Held, choice: Choice, *, environment: str) -> Undo:
    """The undo without what later migrations hold and what that stands on; as it is where it is forced.

    Even what is on the target as this migration left it: the later one stands on it. Raises UndoBlocked where nobody
    has chosen, Conflict where keeping it would leave nothing to undo.
    """
    theirs = {key: later.assets[key] for key in sorted(undo.written, key=str) if key in later.assets}
    if choice is Choice.FORCE:
        return undo
    kept = undo.written & set(closure(undo.desired, theirs).keys)
    less = replace(undo, kept=kept, spared=later.beside)
    ours = _held_beside(undo, later)
    if not theirs and not ours:
        return less
    first = _numbers({number for holders in (*theirs.values(), *ours.values()) for number in holders})
    nothing = kept == undo.written or not less.inverse.pending
    if choice is Choice.REFUSE:
        raise _blocked(undo, theirs, ours, rest=not nothing, first=first, environment=environment)
    if nothing:
        raise Conflict(messages.ALL_HELD.format(numbers=first))
    return less


def _held_beside(undo: Undo, later: Held) -> dict[Slot, Holders]:
    """What its runs may have set, by assets that nobody holds."""
    alone = (each for each in undo.plan.attachments if each.key in undo.written and each.key not in later.assets)
    return {each.slot: {later.beside[each.slot]: False} for each in alone if each.slot in later.beside}


def named_holders(undo: Undo, later: Held) -> Iterator[str]:
    """A sentence for each asset that later migrations contain, and for what they hold beside the others."""
    names = {change.key: change.name for change in undo.plan.changes}
    for key in sorted(undo.written & set(later.assets), key=str):
        yield f"{_how(f'{key.kind} “{names.get(key, key.uuid)}”', later.assets[key])}."
    for slot, holders in _held_beside(undo, later).items():
        yield f"{_how(_thing(undo, slot), holders)}."


def _thing(undo: Undo, slot: Slot) -> str:
    each = next(each for each in undo.plan.attachments if each.slot == slot)
    return f"{each.noun} “{each.name}”"


def _numbers(numbers: Iterable[int]) -> str:
    """The latest first."""
    ordered = [str(number) for number in sorted(numbers, reverse=True)]
    named = ", ".join(ordered[:NAMED])
    more = len(ordered) - NAMED
    return messages.AND_MORE.format(names=named, number=more) if more > 0 else named


def _blocked(
    undo: Undo,
    theirs: Mapping[Key, Holders],
    beside: Mapping[Slot, Holders],
    *,
    rest: bool,
    first: str,
    environment: str,
) -> UndoBlocked:
    names = {change.key: change.name for change in undo.plan.changes}
    facts = [_facts(key, f"{key.kind} “{names.get(key, key.uuid)}”", holders) for key, holders in theirs.items()]
    facts += [_facts(slot[0], _thing(undo, slot), holders) for slot, holders in beside.items()]
    every = (*theirs.values(), *beside.values())
    assets = "; ".join(_how(each["name"], holders) for each, holders in zip(facts, every, strict=True))
    return UndoBlocked(
        messages.HELD_LATER.format(assets=assets),
        environment=environment,
        next_step=messages.ROLL_BACK_LATER.format(numbers=first),
        context={"assets": facts, "rest": rest},
    )


def _facts(key: Key, name: str, holders: Holders) -> dict[str, Any]:
    facts = {"key": str(key), "name": name, "migrations": list(holders)}
    if wrote := _wrote(holders):
        return {**facts, "reason": "changed", "changed_by": f"migration {wrote[-1]}"}
    return {**facts, "reason": "held"}


def _how(asset: str, holders: Holders) -> str:
    if wrote := _wrote(holders):
        return messages.CHANGED_BY.format(asset=asset, number=wrote[-1])
    return messages.PART_OF.format(asset=asset, number=list(holders)[-1])


def _wrote(holders: Holders) -> list[int]:
    return [number for number, wrote in holders.items() if wrote]
