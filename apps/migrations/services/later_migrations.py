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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, Q

from apps.core.errors import Conflict
from apps.migrations import messages
from apps.migrations.models import ON_TARGET, Migration, Run, RunKind, RunState, WriteState
from apps.migrations.services import engine
from apps.migrations.status import UNDONE, undone_runs
from apps.superset.assets import Key
from apps.superset.errors import UndoBlocked
from apps.superset.execution.attached.inverse import set_by_runs
from apps.superset.execution.rollback import Undo
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import NOUNS, Aspect, Attachment, Slot
from apps.superset.plan.plan import Action
from apps.superset.references.graph import closure

HELD = (Action.CREATE, Action.UPDATE, Action.UNCHANGED)
"""What a plan says of an asset that is on the target once it is applied."""

Holders = Mapping[int, bool]
"""By number of a migration, in the order of the applies: whether it is known to have written the asset."""

NAMED = 5
"""Migrations that a refusal names."""


def later_holders(migration: Migration) -> dict[Key, Holders]:
    """By what the migration wrote: which migrations hold it since, of those whose apply was not undone.

    Since the first of its runs that wrote the asset: an undo takes it back to what it was before that one.
    """
    since: dict[Key, int] = {}
    for run in undone_runs(migration):
        for key in _keys(run, *ON_TARGET):
            since.setdefault(key, run.pk)
    found: dict[Key, dict[int, bool]] = {}
    for run in _later_runs(migration, min(since.values())) if since else ():
        number, known = run.migration_id, _keys(run, WriteState.WRITTEN)
        for key in _keys(run, *ON_TARGET) | _planned(run):
            if since.get(key, run.pk) < run.pk:
                holders = found.setdefault(key, {})
                holders[number] = key in known or holders.pop(number, False)
    return dict(found)


def _later_runs(migration: Migration, first: int) -> Iterable[Run]:
    """The applies of other migrations to the same target that left something there, or found all as planned."""
    applies = Run.objects.filter(target=migration.target, kind=RunKind.APPLY, pk__gt=first).exclude(migration=migration)
    undone = Run.objects.filter(UNDONE, migration=OuterRef("migration"), pk__gt=OuterRef("pk"))
    standing = applies.filter(Q(state=RunState.SUCCEEDED) | Q(pk__in=Run.objects.that_wrote())).exclude(Exists(undone))
    return standing.select_related("plan__migration").prefetch_related("writes").order_by("pk").iterator(chunk_size=20)


def holders_beside(migration: Migration, undo: Undo) -> dict[Slot, int]:
    """What the undo would take back beside the documents, and the last of the later migrations that sets the same, or
    contains an asset that it concerns: such as another dataset of the same rule."""
    found: dict[Slot, int] = {}
    own = set_by_runs(undo.plan, undo.snapshot) if undo.written else ()
    for run in _later_runs(migration, undone_runs(migration)[0].pk) if own else ():
        attached = engine.plan_of(run.plan).attachments
        keys = _keys(run, *ON_TARGET) | _planned(run) | {key for each in attached for key in each.keys}
        names = {name for each in attached for name in _names(each)}
        for each in own:
            if not each.keys.isdisjoint(keys) or not names.isdisjoint(_own_name(each)):
                found[each.slot] = run.migration_id
    return found


def _own_name(each: Attachment) -> set[tuple[Aspect, str]]:
    """That of a rule, a record or an annotation layer."""
    return {(each.aspect, each.name)} if each.is_layer or each.aspect in NOUNS else set()


def _names(each: Attachment) -> set[tuple[Aspect, str]]:
    """Its own, and those of the layers that a chart shows."""
    layers = (item.facts.get("layer") for item in (*each.before, *each.after) if each.aspect is Aspect.ANNOTATIONS)
    return _own_name(each) | {(each.aspect, str(layer)) for layer in layers if layer}


def _keys(run: Run, *states: WriteState) -> set[Key]:
    return {Key.parse(key) for key in run.keys_with(*states)}


def _planned(run: Run) -> set[Key]:
    return {change.key for change in engine.plan_of(run.plan).changes if change.action in HELD}


def leave_to_later(
    undo: Undo, later: Mapping[Key, Holders], beside: Mapping[Slot, int], choice: Choice, *, environment: str
) -> Undo:
    """The undo without what later migrations hold and what that stands on; as it is where it is forced. `beside` is
    what they hold beside the documents (see `holders_beside`).

    Even what is on the target as this migration left it: the later one stands on it. Raises UndoBlocked where nobody
    has chosen, Conflict where keeping it would leave nothing to undo.
    """
    theirs = {key: later[key] for key in sorted(undo.written, key=str) if key in later}
    if choice is Choice.FORCE:
        return undo
    kept = undo.written & set(closure(undo.desired, theirs).keys)
    less = replace(undo, kept=kept, spared=beside)
    ours = _held_beside(undo, later, beside)
    if not theirs and not ours:
        return less
    first = _numbers({number for holders in (*theirs.values(), *ours.values()) for number in holders})
    nothing = kept == undo.written or not less.inverse.pending
    if choice is Choice.REFUSE:
        raise _blocked(undo, theirs, ours, rest=not nothing, first=first, environment=environment)
    if nothing:
        raise Conflict(messages.ALL_HELD.format(numbers=first))
    return less


def _held_beside(undo: Undo, later: Mapping[Key, Holders], beside: Mapping[Slot, int]) -> dict[Slot, Holders]:
    """Of that, what its runs may have set, by assets that nobody holds."""
    held = (each for each in undo.plan.attachments if each.slot in beside)
    return {
        each.slot: {beside[each.slot]: False} for each in held if each.key in undo.written and each.key not in later
    }


def named_holders(undo: Undo, later: Mapping[Key, Holders], beside: Mapping[Slot, int]) -> Iterator[str]:
    """A sentence for each asset that later migrations contain, and for what they hold beside the others."""
    names = {change.key: change.name for change in undo.plan.changes}
    for key in sorted(undo.written & set(later), key=str):
        yield f"{_how(f'{key.kind} “{names.get(key, key.uuid)}”', later[key])}."
    for slot, holders in _held_beside(undo, later, beside).items():
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
