# [DEF:migrations.services.later:Module]
# @COMPLEXITY: 3
# @PURPOSE: What later migrations wrote of the same assets: an undo of an earlier one leaves it to a person.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> superset.rollback
# @RELATION DEPENDS_ON -> superset.graph

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from apps.core.errors import Conflict
from apps.migrations.models import ON_TARGET, Migration, RunKind
from apps.migrations.states import undone_runs
from apps.superset.errors import UndoBlocked
from apps.superset.graph import closure
from apps.superset.rollback import Undo
from apps.superset.stages import Choice


def later_writers(migration: Migration) -> dict[str, int]:
    """By key of an asset: the number of the migration that wrote it last, of those that were applied to the same target
    since and not rolled back."""
    last = undone_runs(migration)[-1]
    others = Migration.objects.filter(target=migration.target, runs__kind=RunKind.APPLY, runs__pk__gt=last.pk)
    runs = [run for other in others.exclude(pk=migration.pk).distinct() for run in undone_runs(other)]
    return {
        key: run.migration_id
        for run in sorted(runs, key=lambda each: each.pk)
        if run.pk > last.pk
        for key in run.keys_with(*ON_TARGET)
    }


def leave_to_later(undo: Undo, writers: Mapping[str, int], choice: Choice, *, environment: str) -> Undo:
    """The undo without what later migrations wrote and what that stands on; as it is where it is forced.

    Even what is on the target as this migration left it: the later one stands on it. Raises UndoBlocked where nobody
    has chosen, Conflict where keeping it would leave nothing to undo.
    """
    theirs = {key: writers[str(key)] for key in undo.written if str(key) in writers}
    if not theirs or choice is Choice.FORCE:
        return undo
    kept = set(closure(undo.desired, theirs).keys)
    if choice is Choice.REFUSE:
        names = {change.key: change.name for change in undo.plan.changes}
        facts = [
            {
                "key": str(key),
                "name": f"{key.kind} “{names.get(key, key.uuid)}”",
                "reason": "changed",
                "changed_by": f"migration {number}",
            }
            for key, number in sorted(theirs.items(), key=lambda each: str(each[0]))
        ]
        told = "; ".join(f"{each['name']} was changed by {each['changed_by']}" for each in facts)
        raise UndoBlocked(
            f"nothing was undone, because later migrations wrote the same assets: {told}",
            environment=environment,
            context={"assets": facts},
        )
    if undo.written <= kept:
        numbers = ", ".join(str(number) for number in sorted(set(theirs.values()), reverse=True))
        raise Conflict(f"Later migrations wrote all of it again: roll back {numbers} first.")
    return replace(undo, written=undo.written - kept)
