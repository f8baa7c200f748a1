# [DEF:project.admin.migration_needs:Module]
# @COMPLEXITY: 3
# @PURPOSE: What of the latest migrations needs attention: decisions, own work that came back, failures, next steps.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.approvals
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION DEPENDS_ON -> core.admin
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.core.admin import address
from apps.core.policies import verdict
from apps.migrations.approvals import short_of_approvals, waiting_for
from apps.migrations.models import Decision, DecisionKind, Migration
from apps.migrations.policies.planning import require_own_or_operator
from apps.migrations.status import Status
from apps.users.models import User
from project import messages
from project.admin.needs import DECIDE, NEXT, OWN, RECENT, WAITING, Failure, Need, failure

WAITS = {
    Status.PLANNED: messages.MIGRATION_PLANNED,
    Status.SUBMITTED: messages.MIGRATION_SUBMITTED,
    Status.APPROVED: messages.MIGRATION_APPROVED,
    Status.DRAFT: messages.MIGRATION_DRAFT,
}
"""The next step of a migration, by its status."""

CAME_BACK = {
    Status.REJECTED: (DecisionKind.REJECT, messages.MIGRATION_REJECTED, messages.REJECTED_NEXT_STEP),
    Status.WITHDRAWN: (DecisionKind.WITHDRAW, messages.MIGRATION_WITHDRAWN, messages.WITHDRAWN_NEXT_STEP),
    Status.DRAFT: (DecisionKind.RETURN, messages.MIGRATION_DRAFT, messages.DRAFT_NEXT_STEP),
}
"""How work comes back to whoever asked for it: the decision, the sentence, and the next step."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Of the latest migrations: which wait for this user, which are short of approvals and why, and what brought the
    user's own back."""

    user: User
    waiting: frozenset[int]
    short: Mapping[int, str]
    came_back: Mapping[int, Decision]


def of_migrations(user: User, rows: list[dict[str, Any]]) -> Iterator[Need]:
    """`rows` are `migration` and `status`, as the list reads them."""
    short = short_of_approvals()
    waiting = frozenset(waiting_for(user, short).values_list("pk", flat=True))
    reasons = {number: found.explanation for number, found in short.items()}
    read = Reading(user, waiting, reasons, _decisions(user, rows))
    for row in rows:
        if need := _need(read, row["migration"], row["status"]):
            yield need


def _decisions(user: User, rows: list[dict[str, Any]]) -> dict[int, Decision]:
    """The last decision that brought back what the user had planned or submitted."""
    numbers = [row["migration"].pk for row in rows if row["status"] in CAME_BACK]
    kinds = {kind for kind, _, _ in CAME_BACK.values()} | {DecisionKind.SUBMIT}
    said = Decision.objects.filter(migration__in=numbers, kind__in=kinds).select_related("actor").order_by("pk")
    found = list(said) if numbers else []
    own = {row["migration"].pk for row in rows if row["migration"].author_id == user.pk}
    own |= {each.migration_id for each in found if each.kind == DecisionKind.SUBMIT and each.actor_id == user.pk}
    return {each.migration_id: each for each in found if each.migration_id in own and each.kind != DecisionKind.SUBMIT}


def _need(read: Reading, migration: Any, status: Status) -> Need | None:
    name, url = name_of(migration), address(migration)
    if status in {Status.INTERRUPTED, Status.FAILED}:
        return _failed(read.user, migration, status)
    why = read.short.get(migration.pk, "")
    if migration.pk in read.waiting:
        return Need(DECIDE, messages.MIGRATION_NEEDS_YOU.format(migration=name), url, why)
    if migration.pk in read.short:
        return Need(WAITING, messages.MIGRATION_NEEDS_MORE.format(migration=name), url, why)
    if came_back := _came_back(read, migration, status):
        return came_back
    if status not in WAITS:
        return None
    to_submit = status is Status.PLANNED and migration.target.protected
    text = (messages.MIGRATION_TO_SUBMIT if to_submit else WAITS[status]).format(migration=name)
    return Need(NEXT, text, url)


def _failed(user: User, migration: Any, status: Status) -> Need:
    text = messages.MIGRATION_WENT_WRONG.format(migration=name_of(migration), status=status)
    step = migration.run_failure or str(messages.MIGRATION_NEXT_STEP)
    may = verdict(lambda: require_own_or_operator(user, migration)).allowed
    of = Failure(migration.run_number, migration.run_dismissed, migration.run_dismissed_by)
    return failure(migration, text, step, of=of, may=may, migration=migration.pk)


def _came_back(read: Reading, migration: Migration, status: Status) -> Need | None:
    """Not what the user withdrew, and what others withdrew only for a while."""
    decision = read.came_back.get(migration.pk)
    if status not in CAME_BACK or decision is None:
        return None
    kind, text, step = CAME_BACK[status]
    over = decision.actor_id == read.user.pk or decision.at < timezone.now() - RECENT
    if decision.kind != kind or (status is Status.WITHDRAWN and over):
        return None
    sentence = text.format(migration=name_of(migration), user=decision.actor or "Lockstep")
    note = f"“{decision.note}” " if decision.note else ""
    return Need(OWN, sentence, address(migration), f"{note}{step}")


def name_of(migration: Migration) -> str:
    return messages.MIGRATION.format(number=migration.pk, target=migration.target, title=migration.title)
