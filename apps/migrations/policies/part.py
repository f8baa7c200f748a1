# [DEF:migrations.policies.part:Module]
# @COMPLEXITY: 3
# @PURPOSE: What somebody has done with a migration, and what the system has: as it is, or as it was read for an answer.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.known
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from apps.migrations.known import known_of
from apps.migrations.models import JUDGEMENTS, Decision, DecisionKind, Migration
from apps.users.models import User


def took_part(user: User, migration: Migration) -> bool:
    """Whether they planned or submitted it, any of its plans."""
    if migration.author_id == user.pk:
        return True
    if known := known_of(migration):
        return user.pk in known.hands
    submitted = migration.decisions.filter(kind=DecisionKind.SUBMIT, actor=user)
    return migration.plans.filter(actor=user).exists() or submitted.exists()


def answered(user: User, migration: Migration) -> bool:
    """Whether they answered a question of one of its plans."""
    if known := known_of(migration):
        return user.pk in known.answered
    return Migration.objects.answered_by(user).filter(pk=migration.pk).exists()


def judgement_of(user: User, migration: Migration) -> Decision | None:
    """What they have decided on its latest plan."""
    if known := known_of(migration):
        return next((each for each in known.judgements if each.actor_id == user.pk), None)
    plan = migration.plans.last()
    return plan.decisions.filter(actor=user, kind__in=JUDGEMENTS).first() if plan else None


def returned_by(migration: Migration) -> Decision | None:
    """What made it a draft again."""
    if known := known_of(migration):
        return known.returned
    return migration.decisions.filter(kind=DecisionKind.RETURN, plan=migration.plans.last()).last()
