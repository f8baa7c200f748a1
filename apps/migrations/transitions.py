# [DEF:migrations.transitions:Module]
# @COMPLEXITY: 3
# @PURPOSE: How a migration goes from one human state to another: one table, and one function that obeys it.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
"""How a migration goes from one human state to another: one table, and one function that obeys it and is audited."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.migrations.models import HumanState, Migration, PlanRecord
from apps.users.models import User

TRANSITIONS: dict[HumanState, frozenset[HumanState]] = {
    HumanState.DRAFT: frozenset({HumanState.PLANNED, HumanState.WITHDRAWN}),
    HumanState.PLANNED: frozenset(
        {
            HumanState.PLANNED,  # again
            HumanState.SUBMITTED,
            HumanState.WITHDRAWN,
            HumanState.DRAFT,
        }
    ),
    HumanState.SUBMITTED: frozenset(
        {HumanState.APPROVED, HumanState.REJECTED, HumanState.WITHDRAWN, HumanState.PLANNED, HumanState.DRAFT}
    ),
    HumanState.APPROVED: frozenset({HumanState.REJECTED, HumanState.WITHDRAWN, HumanState.PLANNED, HumanState.DRAFT}),
    HumanState.REJECTED: frozenset({HumanState.PLANNED, HumanState.WITHDRAWN}),
    HumanState.WITHDRAWN: frozenset(),
}

VERBS = {
    HumanState.PLANNED: "migration.plan",
    HumanState.SUBMITTED: "migration.submit",
    HumanState.APPROVED: "migration.approve",
    HumanState.REJECTED: "migration.reject",
    HumanState.WITHDRAWN: "migration.withdraw",
    HumanState.DRAFT: "migration.return",
}
"""What the audit calls the transition to each state."""


class InvalidTransition(Exception):
    """A mistake in the code: the table has no such transition."""


def can_move(migration: Migration, to: HumanState) -> bool:
    return to in TRANSITIONS[HumanState(migration.state)]


def transition(
    migration: Migration,
    *,
    to: HumanState,
    actor: User | None,
    plan: PlanRecord,
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> bool:
    """Give the migration its next state, if it still is in the one it was read with. `plan` is the one it is about.

    Without an actor it is the system that moves it. False if somebody else was quicker; the migration in hand is
    changed on success only.
    """
    state = HumanState(migration.state)
    if not can_move(migration, to):
        raise InvalidTransition(f"Migration {migration.pk} cannot go from {state} to {to}.")
    with transaction.atomic():
        moved = compare_and_set(migration, expected={"state": state}, state=to, **changes)
        if moved:
            after = {"state": to.value, "plan": plan.number, "checksum": plan.checksum, **(facts or {})}
            record(actor=actor, action=VERBS[to], target=migration, before={"state": state.value}, after=after)
    return moved
