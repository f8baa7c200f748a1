# [DEF:migrations.policies.decisions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may submit, approve, reject, withdraw and comment.
# @RELATION CALLS -> migrations.approvals
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from apps.core.errors import Conflict, Refused
from apps.migrations import messages
from apps.migrations.approvals import APPROVE, approvals_of
from apps.migrations.models import HumanState, Migration
from apps.migrations.policies.part import answered, judgement_of, took_part
from apps.migrations.policies.planning import require_own_or_operator
from apps.migrations.policies.state import require_transition, require_untouched
from apps.users.models import User
from apps.users.policies import has_in_hand, require


def require_submittable(user: User, migration: Migration) -> None:
    require(user, "migrations.submit", migration.target)
    require_own_or_operator(user, migration)
    require_transition(migration, HumanState.SUBMITTED)
    require_untouched(migration)


def require_withdrawable(user: User, migration: Migration) -> None:
    if migration.author_id == user.pk:
        require(user, "migrations.submit", migration.target)
    require_own_or_operator(user, migration)
    require_transition(migration, HumanState.WITHDRAWN)
    require_untouched(migration)


def require_approvable(user: User, migration: Migration) -> None:
    """Also of one that is approved already, where it takes more approvals by now."""
    require_judge(user, migration)
    approvals = approvals_of(migration)
    if migration.state == HumanState.APPROVED and not approvals.lacking:
        names = ", ".join(str(each.actor) for each in approvals.given)
        message = messages.ALREADY_APPROVED_BY if names else messages.ALREADY_APPROVED
        raise Conflict(message.format(number=migration.pk, names=names))
    if migration.state != HumanState.APPROVED:
        require_transition(migration, HumanState.APPROVED)
    require_untouched(migration)


def require_rejectable(user: User, migration: Migration) -> None:
    require_judge(user, migration)
    require_transition(migration, HumanState.REJECTED)
    require_untouched(migration)


def require_commentable(user: User, migration: Migration) -> None:
    if not has_in_hand(user, migration.author_id, migration.target):
        require_readable(user, migration)


def require_readable(user: User, migration: Migration) -> None:
    """A plan shows what is in both environments."""
    require(user, "migrations.view", migration.target)
    require(user, "catalogue.view", migration.source)


def require_judge(user: User, migration: Migration) -> None:
    """Four eyes: nobody who took part in it judges it, in whatever session and with whatever role. Nobody judges
    what they cannot read."""
    require(user, APPROVE, migration.target)
    require_readable(user, migration)
    if took_part(user, migration):
        raise Refused(messages.OWN_MIGRATION.format(number=migration.pk))
    if answered(user, migration):
        raise Refused(messages.OWN_ANSWER.format(number=migration.pk))
    if mine := judgement_of(user, migration):
        raise Conflict(messages.ALREADY_DECIDED.format(number=migration.pk, decision=mine.kind))
