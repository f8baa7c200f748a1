# [DEF:migrations.plugin.advice:Module]
# @COMPLEXITY: 3
# @PURPOSE: What to do about a plan that refuses itself and about a run that failed: keys with facts, by kind of
#   refusal.
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> migrations.services.outcomes
# @RELATION CALLS -> migrations.status
# @RELATION CALLS -> core.advice
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apps.contracts.plain_text import name
from apps.core.advice import Advice, Steps, advise
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.models import ON_TARGET, Migration
from apps.migrations.services import engine, outcomes
from apps.migrations.status import left_on_target, undone_runs, waiting_drafts
from apps.superset.errors import OutcomeOpen, PlanStale, PlanUnsafe, SupersetError, UndoBlocked
from apps.superset.messages.message import verbatim

BY_REFUSAL = (
    ({"database_unmapped", "database_takeover", "mapping_target_missing"}, "migrations.map_databases"),
    ({"slug_taken"}, "migrations.pair_dashboards"),
    ({"slug_handover"}, "migrations.several_dashboards"),
    ({"dataset_taken", "dataset_twin"}, "migrations.pair_datasets"),
    ({"paired_twice"}, "migrations.unpair"),
    ({"too_many_changes"}, "migrations.allow_many"),
)
"""Kinds of refusal, and what helps against each."""


@contextmanager
def advising_on_refusal(source: Environment, target: Environment) -> Iterator[None]:
    """A plan that refuses itself says what helps."""
    try:
        yield
    except PlanUnsafe as refused:
        refused.next_step = verbatim(Steps(tuple(refusal_advice(refused, source=source.name, target=target.name))))
        raise


def refusal_advice(refused: PlanUnsafe, *, source: str, target: str) -> Iterator[Advice]:
    reasons = refused.context.get("reasons", ())
    kinds = {reason["kind"] for reason in reasons}
    for known, key in BY_REFUSAL:
        if not kinds.isdisjoint(known):
            yield advise(key, source=source, target=target)
    if names := [reason["acknowledge"] for reason in reasons if "acknowledge" in reason]:
        whole = len(names) == len(reasons)
        facts = {"names": " ".join(names)}
        yield advise("migrations.acknowledge", **facts) if whole else advise("migrations.acknowledge_rest", **facts)


@contextmanager
def advising_on_failure(migration: Migration) -> Iterator[None]:
    """A run that failed or was stopped says what it had written, and how to undo it."""
    try:
        yield
    except SupersetError as error:
        if isinstance(error, PlanStale) and left_on_target(migration):
            error.next_step = ""  # it is not planned again before what is there is undone
        error.next_step = verbatim(Steps((error.advice, *failure_advice(error, migration))))
        raise


def failure_advice(error: SupersetError, migration: Migration) -> Iterator[Advice | str]:
    """What the run left behind, in exactly one of three ways, and what helps."""
    number = migration.pk
    if isinstance(error, UndoBlocked):
        rest = error.context.get("rest", True)
        yield advise("migrations.keep_changed", number=number) if rest else advise("migrations.force", number=number)
        return
    written, still_open = (error.context.get(name) or [] for name in ("written", "open"))
    if still_open:
        yield _unknown(len(still_open), migration)
    if written:
        yield messages.WRITTEN.format(number=len(written))
        yield advise("migrations.written", number=number)
    if drafts := _drafts(migration) if written or still_open else []:
        yield messages.LEFT_AS_DRAFTS.format(names=", ".join(f"“{each}”" for each in drafts))
    if written or still_open:
        yield advise("migrations.rollback", number=number)
    elif "written" in error.context and not isinstance(error, OutcomeOpen):
        yield from _nothing_written(migration)


def _drafts(migration: Migration) -> list[str]:
    runs = undone_runs(migration)
    return [name(each) for each in waiting_drafts(runs, engine.plan_of(runs[-1].plan))] if runs else []


def _unknown(number: int, migration: Migration) -> str:
    if until := outcomes.open_until(migration):
        return messages.UNKNOWN_UNTIL.format(number=number, until=f"{until:%H:%M:%S}")
    return messages.UNKNOWN.format(number=number)


def _nothing_written(migration: Migration) -> Iterator[Advice | str]:
    """By this run; an earlier one may have."""
    runs = undone_runs(migration)
    earlier = {key for run in runs for key in run.keys_with(*ON_TARGET)}
    if not earlier or not left_on_target(migration):
        yield str(messages.NOTHING_WRITTEN)
        return
    message = messages.EARLIER_RUN_MAYBE if any(run.open for run in runs) else messages.EARLIER_RUN
    yield message.format(number=len(earlier))
    yield advise("migrations.rollback", number=migration.pk)
