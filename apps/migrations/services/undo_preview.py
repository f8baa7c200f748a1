# [DEF:migrations.services.undo_preview:Module]
# @COMPLEXITY: 3
# @PURPOSE: What an undo would restore and remove, and what speaks against it, from what is stored: no server is asked.
# @RELATION CALLS -> migrations.services.execution
# @RELATION CALLS -> migrations.services.later_migrations
# @RELATION CALLS -> migrations.services.outcomes
# @RELATION CALLS -> migrations.servers
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> superset.execution.rollback
# @RELATION DEPENDS_ON -> core.policies
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from apps.catalogue.models import CatalogueAsset
from apps.core.errors import LockstepError, worded
from apps.core.policies import verdict
from apps.migrations import messages
from apps.migrations.models import Migration, Run
from apps.migrations.policies.execution import require_undoable
from apps.migrations.servers import other_account
from apps.migrations.services import outcomes
from apps.migrations.services.execution import undo_of
from apps.migrations.services.later_migrations import held_later, named_holders
from apps.migrations.status import left_on_target, undone_runs
from apps.superset.errors import SupersetError
from apps.superset.execution.rollback import Undo
from apps.superset.plan.plan import Action, Change
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class Preview:
    """Whether this user may undo it now, and why not; what that does whoever does it; cautions as sentences."""

    possible: bool
    reason: str = ""
    restores: tuple[Change, ...] = ()
    removes: tuple[Change, ...] = ()
    cautions: tuple[str, ...] = ()


def preview_rollback(*, user: User, migration: Migration) -> Preview:
    may = verdict(partial(require_undoable, user, migration))
    runs = undone_runs(migration) if left_on_target(migration) else []
    if not runs:
        return Preview(may.allowed, may.reason)
    try:
        undo = undo_of(migration)
        changes = undo.inverse.changes
    except (LockstepError, SupersetError) as error:  # what was kept is damaged, or lacks something
        return Preview(possible=False, reason=may.reason or worded(error))
    removed = tuple(change for change in changes if change.action is Action.REMOVE)
    restored = tuple(change for change in changes if change.action is not Action.REMOVE)
    return Preview(may.allowed, may.reason, restored, removed, tuple(_cautions(migration, undo, runs)))


def _cautions(migration: Migration, undo: Undo, runs: Sequence[Run]) -> Iterator[str]:
    inverse, target = undo.inverse.changes, migration.target
    touched = {change.key for change in inverse}
    for change in undo.plan.changes:
        if change.action.writes and change.key in undo.written - touched:
            yield messages.STAYS.format(asset=_named(change))
    if attached := undo.inverse.attachments:
        yield messages.SET_BACK.format(number=len(attached))
    later = held_later(migration, undo)
    yield from named_holders(undo, later)
    yield from _changed_since(target.pk, [each for each in inverse if each.key not in later.assets], runs[-1])
    if until := outcomes.open_until(migration):
        yield messages.UNDO_WHILE_OPEN.format(until=f"{until:%Y-%m-%d %H:%M:%S}")
    if sentence := other_account(target, runs[-1].plan.created):
        yield f"{sentence}."


def _changed_since(target: int, changes: Sequence[Change], run: Run) -> Iterator[str]:
    """By the catalogue of the target, where that is newer than the run."""
    rows = CatalogueAsset.objects.filter(environment=target, uuid__in=[each.key.uuid for each in changes])
    found = {(row.kind, str(row.uuid)): row for row in rows}
    for change in changes:
        row = found.get((change.key.kind.value, change.key.uuid))
        if row is not None and run.finished is not None and _is_changed(row, change, run):
            yield messages.CHANGED_SINCE.format(asset=_named(change))


def _is_changed(row: CatalogueAsset, change: Change, run: Run) -> bool:
    """An inverse change: what the run left is what it finds."""
    assert run.finished
    if row.content_hash and row.hashed_version == row.version and row.hashed_at and row.hashed_at > run.finished:
        return row.content_hash != change.before
    return row.changed_on is not None and row.changed_on > run.finished


def _named(change: Change) -> str:
    return f"{change.key.kind} “{change.name}”"
