# [DEF:superset.planning.choices.orphans:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which orphans a plan deletes because somebody chose so: those that nothing uses, and a rollback can restore.
# @RELATION CALLS -> superset.checks.pruning
# @RELATION CALLS -> superset.remote.exports
# @RELATION DEPENDS_ON -> superset.planning.comparison

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.checks.pruning import in_use
from apps.superset.content.annotation_layers import charts_layered
from apps.superset.content.comparable import hash_of
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Action, Change, Note, first
from apps.superset.planning.comparison import Comparison
from apps.superset.planning.sides import Sides
from apps.superset.protocol import Reporter
from apps.superset.remote.exports import read_readable
from apps.superset.validation.importable import is_restorable


def pruned(sides: Sides, compared: Comparison, reporter: Reporter) -> tuple[Comparison, tuple[Note, ...]]:
    """The comparison with its orphans as deletions, and a note with those that are kept, each with the reason."""
    orphans = (
        {each.key: each for each in compared.changes if each.action is Action.ORPHAN} if sides.request.prune else {}
    )
    if not orphans:
        return compared, ()
    found = read_readable(sides.target, sides.there, orphans, reporter).symbolic
    kept = {key: why for key in orphans if (why := _unrestorable(key, found, sides))}
    kept |= {key: why for key, why in _shown_by_plan(sides, compared) if key in orphans and key not in kept}
    doomed = orphans.keys() - kept.keys()
    used = in_use(sides.target, sides.there, doomed, compared.desired.assets.keys(), reporter)
    kept |= {key: str(why) for key, why in used.items()}
    changes = tuple(
        _deletion(each, found.assets[each.key]) if each.key in orphans and each.key not in kept else each
        for each in compared.changes
    )
    lines = [f"{key.kind} “{orphans[key].name}”: {why}" for key, why in kept.items()]
    notes = (*deletion_notes(changes), *((Note.of("orphans_kept", first(lines)),) if lines else ()))
    return replace(compared, changes=changes), notes


def _deletion(orphan: Change, asset: Asset) -> Change:
    return replace(orphan, action=Action.REMOVE, before=hash_of(asset))


def _unrestorable(key: Key, found: Bundle, sides: Sides) -> str:
    asset = found.get(key)
    restorable = asset is not None and not asset.escaped and is_restorable(asset, sides.target.profile)
    return "" if restorable else str(Message("refusal.orphan_unrestorable"))


def _shown_by_plan(sides: Sides, compared: Comparison) -> Iterator[tuple[Key, str]]:
    """The charts that layers of charts of the plan show, where layers travel."""
    paired = {source: key for key, source in sides.sources.items()}
    charts = compared.desired.of_kind(Kind.CHART) if Aspect.ANNOTATIONS in sides.counterparts.carry else ()
    for chart in charts:
        asset = sides.gathered.exported.wire.get(sides.sources.get(chart.key, chart.key))
        for number in charts_layered(asset.document.get("params")) if asset else ():
            if key := sides.here.key_of(Kind.CHART, number):
                key = paired.get(key, key)
                yield key, str(Message("refusal.orphan_used", users=str(chart)))


def deletion_notes(changes: Iterable[Change]) -> Iterator[Note]:
    if names := [f"{each.key.kind} “{each.name}”" for each in changes if each.action is Action.REMOVE]:
        yield Note.of("orphans_deleted", first(names))
