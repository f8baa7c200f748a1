# [DEF:migrations.services.outcomes:Module]
# @COMPLEXITY: 3
# @PURPOSE: Requests whose answers never came: until when they may still be carried out, and what became of them.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION CALLS -> migrations.services.engine
# @RELATION CALLS -> migrations.servers
# @RELATION CALLS -> tasks.services
# @RELATION DEPENDS_ON -> superset.execution.readback
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
"""Nobody can recall such a request. While it may still be carried out the undo of its run stays open; afterwards the
clock has it checked once more, and reports.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.audit.services import record
from apps.core.concurrency import compare_and_set, retry_on_database_error
from apps.core.errors import Conflict, LockstepError
from apps.core.sentences import Sentence
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.mail import notifications
from apps.migrations.models import ON_TARGET, Migration, Run, RunKind, RunState, Write, WriteState
from apps.migrations.servers import require_same_target
from apps.migrations.services import engine
from apps.superset.assets import Key
from apps.superset.errors import Cancelled, SupersetError
from apps.superset.execution.readback import Write as SentWrite
from apps.superset.plan.plan import Plan
from apps.superset.protocol import Act, Outcome, Reporter
from apps.tasks.services import start_as_system

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(minutes=15)
"""After a look at a target that could not be read."""


def open_writes(migration: Migration) -> QuerySet[Write]:
    """Of runs that have ended, those of which nobody knows what became."""
    ended = Write.objects.filter(run__migration=migration).exclude(run__state=RunState.RUNNING)
    return ended.filter(state=WriteState.SENT).select_related("run__plan")


def open_until(migration: Migration) -> datetime | None:
    """The moment from which nothing of the migration can appear any more that is not known; None if that is now."""
    last = open_writes(migration).order_by("-sent_at").values_list("sent_at", flat=True).first()
    until = last + settings.LATE_WRITES if last else None
    return until if until and until > timezone.now() else None


def as_sent(writes: Iterable[Write], plan: Plan) -> list[SentWrite]:
    """The same for the engine, with what each asset is to be after it."""
    return [_as_sent(write, plan) for write in writes]


def _as_sent(write: Write, plan: Plan) -> SentWrite:
    undoing, act = write.run.kind == RunKind.ROLLBACK, Act(write.act)
    hashes = {change.key: change.before if undoing else change.after for change in plan.changes}
    hashes |= {} if undoing else plan.drafts  # published in a request of its own
    keys = [Key.parse(key) for key in write.keys]
    wanted = {key: None if act is Act.DELETE else hashes.get(key) for key in keys}
    expired = write.sent_at is None or write.sent_at + settings.LATE_WRITES <= timezone.now()
    earlier = {change.key: change.after if undoing else change.before for change in plan.changes}
    before = {key: earlier[key] for key in keys if key in earlier}
    attached = tuple(each.inverse if undoing else each for each in plan.attachments if each.key in wanted)
    drafts = frozenset(key for key in plan.drafts if key in wanted and act is Act.PUBLISH and not undoing)
    return SentWrite(write.pk, act, wanted, _half_written_before(write), before, expired, attached, drafts)


def _half_written_before(write: Write) -> frozenset[Key]:
    """What an import of the migration had brought before: with provisional numbers that shows nothing of this one."""
    earlier = Write.objects.filter(run__migration=write.run.migration_id, pk__lt=write.pk, state__in=ON_TARGET)
    return frozenset(Key.parse(key) for each in earlier.filter(act=Act.IMPORT) for key in each.keys)


@contextmanager
def closing_undo(migration: Migration) -> Iterator[None]:
    """However a run ends, it may have learnt what became of the last request for which an undo was left open."""
    try:
        yield
    finally:
        retry_on_database_error(lambda: close_undo(migration), f"closing the undo of migration {migration.pk}")


# --- The clock's look -------------------------------------------------------------------------------------------------


def queue_due_checks() -> None:
    """Called once a minute: for each target with a request whose outcome can be known by now, queue a check."""
    now = timezone.now()
    due = Q(sent_at__lte=now - settings.LATE_WRITES) & (Q(looked_at=None) | Q(looked_at__lte=now - RETRY_AFTER))
    found = Write.objects.filter(due, state=WriteState.SENT).exclude(run__state=RunState.RUNNING)
    for target in Environment.objects.filter(pk__in=found.values("run__target"), enabled=True):
        with transaction.atomic():
            if not found.filter(run__target=target).update(looked_at=now):
                continue  # another worker's clock was quicker
            try:
                start_as_system(
                    plugin="migrations", action="settle", params={"target": target.name}, environment=target
                )
            except LockstepError as error:
                logger.warning("what became of requests to “%s” is not looked up: %s", target, error)


def settle(*, target: Environment, reporter: Reporter) -> int:
    """Look up what became of what was sent to this target too long ago to be carried out still; how many are settled.

    What stands in the way of all of them is raised.
    """
    late = Write.objects.filter(state=WriteState.SENT, sent_at__lte=timezone.now() - settings.LATE_WRITES)
    late = late.filter(run__target=target).exclude(run__state=RunState.RUNNING)
    settled, failures = 0, []
    for migration in Migration.objects.filter(pk__in=late.values("run__migration")):
        try:
            settled += _settle_of(migration, list(late.filter(run__migration=migration)), reporter)
        except Cancelled:
            raise
        except (LockstepError, SupersetError) as error:  # no reason to keep the others waiting
            reporter.log(f"migration {migration.pk}: {error}", level="warning")
            failures.append(error)
    if failures and not settled:
        raise failures[0]
    return settled


def _settle_of(migration: Migration, writes: list[Write], reporter: Reporter) -> int:
    if Run.objects.filter(target=migration.target, state=RunState.RUNNING).exists():
        return 0  # what it writes would be taken for something else
    plan = writes[0].run.plan
    try:
        require_same_target(plan, migration.target)
    except Conflict as elsewhere:  # another server says nothing about a request to the first
        reporter.log(f"migration {migration.pk}: {elsewhere}", level="warning")
        return 0
    loaded = engine.load(plan)
    seen = engine.look(loaded, as_sent(writes, loaded.plan), migration.target, reporter)
    known = [write for write in writes if _keep(write, seen[write.pk], migration)]
    for write in known:
        what = "was carried out" if write.state == WriteState.WRITTEN else "was not carried out"
        facts = {"number": migration.pk, "assets": len(write.keys), "what": what}
        reporter.log(Sentence(messages.UNANSWERED_REQUEST, **facts))
    close_undo(migration)
    return len(known)


def _keep(write: Write, outcome: Outcome, migration: Migration) -> bool:
    if outcome is Outcome.SENT:
        return False
    state = WriteState(outcome.value)
    with transaction.atomic():
        kept = compare_and_set(write, expected={"state": WriteState.SENT}, state=state, settled_at=timezone.now())
        if kept:
            facts = {"run": write.run_id, "outcome": state.value, "assets": write.keys}
            record(actor=None, action="migration.outcome", target=migration, after=facts)
    return kept


def close_undo(migration: Migration) -> None:
    """An undo that was left open is done when nothing more has arrived, else it has to be repeated."""
    undo = migration.runs.filter(kind=RunKind.ROLLBACK, state=RunState.OPEN).last()
    if undo is None or migration.runs.that_count().filter(pk__gt=undo.pk).exists() or open_writes(migration).exists():
        return
    late = Write.objects.filter(run__migration=migration, state=WriteState.WRITTEN, settled_at__gt=undo.finished)
    late = late.filter(run__kind=RunKind.APPLY)  # what an undo sent before it does no harm
    if late.exists():
        error = {"kind": "arrived_late", "sentence": str(messages.ARRIVED_LATE), "context": {}}
        changes: dict[str, Any] = {"state": RunState.INTERRUPTED, "error": error, "result": None}
    else:
        changes = {"state": RunState.SUCCEEDED, "error": None}
    with transaction.atomic():
        if compare_and_set(undo, expected={"state": RunState.OPEN}, **changes):
            facts = {"run": undo.pk, "state": undo.state, "written": undo.written, "open": []}
            record(actor=None, action="migration.rollback.end", target=migration, after=facts)
            notifications.ended(undo)
