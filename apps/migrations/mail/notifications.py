# [DEF:migrations.mail.notifications:Module]
# @COMPLEXITY: 3
# @PURPOSE: Mail about migrations: who gets what, and sending it. It never fails what it is about.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION CALLS -> tasks.services
# @RELATION DEPENDS_ON -> superset.plan.render
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> contracts.plain_text
"""A decision or the end of a run starts a task once it is committed; a worker sends. So no request waits for a mail
server, and one that does not answer is a task that failed, like every other. Without LOCKSTEP_MAIL_HOST nothing is
started.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext

from apps.contracts.plain_text import name, one_line, plain
from apps.core.errors import LockstepError, sentence_of
from apps.core.row_actions import Text
from apps.migrations import messages
from apps.migrations.approvals import approvals_of, may_decide
from apps.migrations.mail.delivery import Log, deliver
from apps.migrations.models import Decision, DecisionKind, Migration, Run, RunKind, RunState
from apps.superset.plan.plan import Action, Plan
from apps.superset.plan.render import SIGNS, summary
from apps.tasks.services import start_as_system
from apps.users.models import User

logger = logging.getLogger(__name__)

OF_DECISIONS = {
    DecisionKind.SUBMIT: messages.WAITS,
    DecisionKind.APPROVE: messages.WAS_APPROVED,
    DecisionKind.REJECT: messages.WAS_REJECTED,
    DecisionKind.COMMENT: messages.HAS_COMMENT,
    DecisionKind.RETURN: messages.WAS_RETURNED,
    DecisionKind.RELEASE: messages.WAS_RELEASED,
}
"""The decisions that are mailed, with the headline of each."""

OF_RUNS = {
    (True, RunState.SUCCEEDED): messages.APPLIED,
    (True, RunState.FAILED): messages.NOT_APPLIED,
    (True, RunState.INTERRUPTED): messages.NOT_APPLIED,
    (False, RunState.SUCCEEDED): messages.MAIL_ROLLED_BACK,
    (False, RunState.OPEN): messages.MAIL_ROLLED_BACK_OPEN,
    (False, RunState.FAILED): messages.NOT_ROLLED_BACK,
    (False, RunState.INTERRUPTED): messages.NOT_ROLLED_BACK,
}
"""By whether it is an apply, and how it ended."""

SHOWN = 40
"""Changes that a mail names."""


@dataclass(frozen=True, slots=True)
class Email:
    """What is mailed about a migration, and to whom: each gets one of their own."""

    headline: Text
    """Worded when it is read: each recipient has a language."""

    migration: Migration
    recipients: tuple[User, ...]
    who: str = ""
    note: Text = ""


# --- Starting ---------------------------------------------------------------------------------------------------------


def decided(decision: Decision) -> None:
    """To be called in the transaction of the decision."""
    if decision.kind in OF_DECISIONS:
        post(decision=decision.pk)


def ended(run: Run) -> None:
    """The same of a run that has ended."""
    post(run=run.pk)


def post(action: str = "mail", **params: int) -> None:
    """Have a worker send it, once the transaction is committed."""
    if settings.EMAIL_HOST:
        transaction.on_commit(partial(_start, action, params), robust=True)


def _start(action: str, params: dict[str, int]) -> None:
    """In nobody's name: it needs no permission of the person who decided."""
    try:
        start_as_system(plugin="migrations", action=action, params=params)
    except LockstepError as error:
        logger.warning("no mail is sent: %s", error)


# --- Who is mailed what ----------------------------------------------------------------------------------------


def email_of_decision(number: int) -> Email:
    decision = Decision.objects.select_related("migration__target", "actor").get(pk=number)
    migration = decision.migration
    to = _approvers(migration) if decision.kind == DecisionKind.SUBMIT else _asked_by(migration)
    recipients = tuple(user for user in to if user != decision.actor)
    return Email(_headline(decision), migration, recipients, str(decision.actor or "Lockstep"), decision.note)


def email_of_run(number: int) -> Email:
    run = Run.objects.select_related("migration__target", "actor").get(pk=number)
    text = OF_RUNS[run.kind == RunKind.APPLY, RunState(run.state)]
    headline = format_lazy(text, number=run.migration_id, target=run.target)
    return Email(headline, run.migration, tuple(_asked_by(run.migration)), str(run.actor), _describe(run))


def _headline(decision: Decision) -> Text:
    migration = decision.migration
    facts: dict[str, Any] = {"number": migration.pk, "target": migration.target}
    if decision.kind == DecisionKind.APPROVE and not (found := approvals_of(migration)).enough:
        return format_lazy(messages.WAS_APPROVED_BY, given=len(found.given), needed=found.needed, **facts)
    return format_lazy(OF_DECISIONS[DecisionKind(decision.kind)], **facts)


def _describe(run: Run) -> Text:
    if run.error:
        return sentence_of(run.error)
    return format_lazy(messages.VERIFIED, number=len(run.written or ()))


def _approvers(migration: Migration) -> list[User]:
    """Those of whom an address is known."""
    return [user for user in may_decide(migration) if user.email]


def _asked_by(migration: Migration) -> list[User]:
    """The author and the submitters, if they may still see it."""
    submitted = Q(pk__in=migration.decisions.filter(kind=DecisionKind.SUBMIT).values("actor"))
    found = User.objects.filter(Q(pk=migration.author_id) | submitted, is_active=True)
    may_see = Migration.objects.filter(pk=migration.pk)
    return [user for user in found.exclude(email="").order_by("pk") if may_see.visible_to(user).exists()]


# --- Sending ----------------------------------------------------------------------------------------------------------


def send(email: Email, log: Log) -> dict[str, Any]:
    """LockstepError if the server takes none of it."""
    facts = cache(lambda _language: _facts(email))
    return deliver(
        email.recipients,
        subject=lambda: f"{email.headline}: {email.migration.title}",
        text=lambda: render_to_string("mail/migration.txt", facts(get_language())),
        html=lambda: render_to_string("mail/migration.html", facts(get_language())),
        log=log,
    )


def _facts(email: Email) -> dict[str, Any]:
    migration = email.migration
    record = migration.plans.last()
    assert record
    plan = Plan.from_json(json.loads(record.document))
    changes = [change for change in plan.changes if change.action is not Action.UNCHANGED]
    return {
        "email": email,
        "migration": migration,
        "summary": summary(plan, gettext),
        "headline": one_line(email.headline),
        "title": name(migration.title),
        "sides": one_line(
            messages.SIDES.format(source=migration.source, target=migration.target, author=migration.author)
        ),
        "note": plain(email.note),
        "who": one_line(email.who),
        "changes": [(SIGNS[each.action], f"{each.key.kind} “{name(each.name)}”") for each in changes[:SHOWN]],
        "more": max(0, len(changes) - SHOWN),
        "losses": [one_line(note.text) for note in plan.losses],
        "checksum": record.checksum,
        "url": _address(migration),
    }


def _address(migration: Migration) -> str:
    page = reverse("admin:migrations_migration_change", args=[migration.pk])
    return f"{settings.BASE_URL}{page}" if settings.BASE_URL else ""
