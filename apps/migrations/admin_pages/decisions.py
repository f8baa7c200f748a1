# [DEF:migrations.admin_pages.decisions:Module]
# @COMPLEXITY: 3
# @PURPOSE: The row actions of the human process on the page of a migration.
# @RELATION DEPENDS_ON -> core.admin
# @RELATION CALLS -> migrations.services.approval
# @RELATION DEPENDS_ON -> superset.plan.render

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, Input, RowAction
from apps.migrations import messages
from apps.migrations.admin_pages.content import cautions
from apps.migrations.approvals import approvals_of, nobody_decides
from apps.migrations.models import Migration
from apps.migrations.services import approval
from apps.migrations.services.planning import stored_plan
from apps.migrations.status import Status
from apps.superset.plan.plan import Action
from apps.superset.plan.render import SIGNS, summary

REPLANNABLE = (Status.DRAFT, Status.PLANNED, Status.SUBMITTED, Status.APPROVED, Status.REJECTED, Status.FAILED)
"""Where another plan may take the place of the last."""

SHOWN = 60
"""Changes that are named before somebody approves; the page of the migration has all, with their differences."""

NOTE = Input("note", _("Note (optional)"))
WHY = Input("note", _("Reason"), required=True)
COMMENT = Input("note", _("Comment"), required=True)


def row_actions(status: Callable[[Any], Status]) -> tuple[RowAction, ...]:
    def at(*statuses: Status) -> Callable[[Any], bool]:
        return lambda row: status(row) in statuses

    def waits(row: Any) -> bool:
        """Also what is approved, where an approval has fallen or more are needed by now."""
        return status(row) == Status.SUBMITTED or (status(row) == Status.APPROVED and approvals_of(row).lacking > 0)

    ask_reject = _asking(messages.ASK_REJECT, WHY, judges=True)
    return (
        RowAction("approve", _("Approve"), _approve, "check", "primary", confirm=_ask_approve, fits=waits),
        RowAction("reject", _("Reject"), _reject, "block", "danger", confirm=ask_reject,
             fits=at(Status.SUBMITTED, Status.APPROVED)),
        RowAction("submit", _("Submit"), _submit, "send", confirm=_asking(messages.ASK_SUBMIT, NOTE, judges=True),
             fits=at(Status.PLANNED)),
        RowAction("withdraw", _("Withdraw"), _withdraw, "close", confirm=_asking(messages.ASK_WITHDRAW, NOTE),
             fits=at(*REPLANNABLE)),
        RowAction("comment", _("Comment"), _comment, "chat", confirm=_asking(messages.ASK_COMMENT, COMMENT)),
    )  # fmt: skip


def _asking(question: Any, field: Input, *, judges: bool = False) -> Callable[[Migration], Confirmation]:
    def ask(migration: Migration) -> Confirmation:
        text = question.format(migration=_named(migration))
        if not judges:
            return Confirmation(text, inputs=(field,))
        plan = stored_plan(migration)
        return Confirmation(text, fields={"checksum": plan.checksum}, inputs=(field,), cautions=cautions(plan))

    return ask


def _ask_approve(migration: Migration) -> Confirmation:
    """What is approved is what is shown: the checksum comes back with the answer."""
    plan = stored_plan(migration)
    changes = [change for change in plan.changes if change.action is not Action.UNCHANGED]
    steps = [f"{SIGNS[each.action]} {each.key.kind} “{each.name}”" for each in changes[:SHOWN]]
    steps += [messages.MORE.format(number=len(changes) - SHOWN)] if len(changes) > SHOWN else []
    question = messages.ASK_APPROVE.format(migration=_named(migration), summary=summary(plan, gettext))
    checksum = messages.CHECKSUM.format(checksum=plan.checksum)
    return Confirmation(question, steps, {"checksum": plan.checksum}, (NOTE,), cautions(plan), checksum)


def _named(migration: Migration) -> str:
    return messages.NAMED.format(number=migration.pk, title=migration.title, target=migration.target)


def _submit(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    submitted = approval.submit(actor=user, migration=migration, note=fields.get("note", "")).migration
    done = _done(submitted)
    if not nobody_decides(submitted):
        return done
    nobody = messages.NOBODY_DECIDES.format(source=submitted.source, target=submitted.target)
    return Done(f"{done.text} {nobody}")


def _approve(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    checksum, note = fields.get("checksum", ""), fields.get("note", "")
    return _done(approval.approve(actor=user, migration=migration, checksum=checksum, note=note).migration)


def _reject(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    checksum, note = fields.get("checksum", ""), fields.get("note", "")
    return _done(approval.reject(actor=user, migration=migration, checksum=checksum, note=note).migration)


def _withdraw(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    return _done(approval.withdraw(actor=user, migration=migration, note=fields.get("note", "")).migration)


def _comment(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    approval.comment(actor=user, migration=migration, note=fields.get("note", ""))
    return Done(str(messages.COMMENTED))


def _done(migration: Migration) -> Done:
    return Done(messages.STATE_NOW.format(number=migration.pk, state=migration.state))
