# [DEF:migrations.admin_pages.execution:Module]
# @COMPLEXITY: 3
# @PURPOSE: The row actions that have a worker plan again, apply or roll back a migration.
# @RELATION DEPENDS_ON -> core.admin
# @RELATION CALLS -> migrations.services.queueing
# @RELATION CALLS -> migrations.services.execution
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION CALLS -> freezes.policies
# @RELATION DEPENDS_ON -> tasks.models

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, Input, RowAction, address
from apps.core.errors import LockstepError
from apps.freezes.policies import freeze_of
from apps.migrations import messages as texts
from apps.migrations.admin_pages.content import cautions
from apps.migrations.admin_pages.decisions import REPLANNABLE
from apps.migrations.models import HumanState, Migration, RunKind
from apps.migrations.policies.failures import failed_run
from apps.migrations.services.dismissal import dismiss
from apps.migrations.services.execution import Explained, explain_apply, explain_rollback
from apps.migrations.services.queueing import queue_apply, queue_replan, queue_rollback
from apps.migrations.status import Status, status_in_list
from apps.superset.execution.stages import Choice
from apps.superset.plan.render import summary
from apps.tasks.admin_pages.dismissal import dismissal_actions
from apps.tasks.models import Task

OVER = (HumanState.DRAFT, HumanState.REJECTED, HumanState.WITHDRAWN)
"""In these nothing of a plan is offered to be applied."""

AGAIN = (
    Input("acknowledge", _("Acknowledge"), kind="line", help=_("names given by a refusal, separated by spaces")),
    Input("allow_many", _("Skip the overwrite limit"), kind="check"),
)

BLOCKED = ("undo_blocked", "plan_unsafe")
"""Why an undo refuses itself where others have changed something, or have come to use it."""


def listed_status(row: Any) -> Status:
    """Of a row of the page, which was read with its latest run."""
    return status_in_list(row.pk, row.state, row.run_kind, row.run_state)


def _ask_apply(migration: Migration) -> Confirmation:
    explained = explain_apply(migration=migration)
    return replace(_confirmation(texts.ASK_APPLY, migration, explained), cautions=cautions(explained.plan))


def _ask_override(migration: Migration) -> Confirmation:
    explained = explain_apply(migration=migration, frozen=True)
    confirmation = _confirmation(texts.ASK_OVERRIDE, migration, explained)
    why = Input("override", _("Reason for applying now"), required=True)
    return replace(confirmation, inputs=(why,), cautions=cautions(explained.plan))


def _ask_rollback(migration: Migration) -> Confirmation:
    explained = explain_rollback(migration=migration)
    return _confirmation(texts.ASK_ROLLBACK, migration, explained)


def _ask_keep_changed(migration: Migration) -> Confirmation:
    explained = explain_rollback(migration=migration, choice=Choice.KEEP_CHANGED)
    return _confirmation(texts.ASK_KEEP_CHANGED, migration, explained)


def _ask_force(migration: Migration) -> Confirmation:
    explained = explain_rollback(migration=migration, choice=Choice.FORCE)
    confirmation = _confirmation(texts.ASK_FORCE, migration, explained)
    return replace(confirmation, inputs=(Input("force", _("Reason for undoing their changes"), required=True),))


def _confirmation(question: Any, migration: Migration, explained: Explained) -> Confirmation:
    plan = explained.plan
    facts = {"number": migration.pk, "target": migration.target, "summary": summary(plan, gettext)}
    return Confirmation(question.format(**facts), explained.stages, {"checksum": plan.checksum})


def _apply(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    return queued(queue_apply(actor=user, migration=migration, checksum=fields.get("checksum", "")))


def _rollback(user: Any, migration: Migration, _: Mapping[str, str]) -> Done:
    return queued(queue_rollback(actor=user, migration=migration))


def _keep_changed(user: Any, migration: Migration, _: Mapping[str, str]) -> Done:
    return queued(queue_rollback(actor=user, migration=migration, keep_changed=True))


def _force(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    if not (why := fields.get("force", "").strip()):
        raise LockstepError(texts.WHY_FORCED)
    return queued(queue_rollback(actor=user, migration=migration, force=why))


def _was_blocked(migration: Migration) -> bool:
    """Whether the last undo found that others had changed something."""
    last = migration.runs.last()
    return bool(last and last.kind == RunKind.ROLLBACK and (last.error or {}).get("kind") in BLOCKED)


def _override(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    if not (why := fields.get("override", "").strip()):
        raise LockstepError(texts.WHY_OVERRIDDEN)
    return queued(queue_apply(actor=user, migration=migration, checksum=fields.get("checksum", ""), override=why))


def _ask_replan(migration: Migration) -> Confirmation:
    return Confirmation(texts.ASK_REPLAN.format(number=migration.pk), inputs=AGAIN, aside=texts.NOTHING_IS_WRITTEN)


def _replan(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    names = tuple(fields.get("acknowledge", "").split())
    allow_many = bool(fields.get("allow_many"))
    return queued(queue_replan(actor=user, migration=migration, allow_many=allow_many, acknowledge=names))


def _dismiss(user: Any, migration: Migration) -> None:
    dismiss(actor=user, migration=migration)


def _restore(user: Any, migration: Migration) -> None:
    dismiss(actor=user, migration=migration, undo=True)


def queued(task: Task) -> Done:
    return Done(texts.QUEUED.format(task=task.pk), address(task))


ROW_ACTIONS = (
    RowAction(
        "apply",
        _("Apply"),
        _apply,
        "play_arrow",
        "primary",
        confirm=_ask_apply,
        fits=lambda row: row.state not in OVER,
    ),
    RowAction(
        "override",
        _("Apply despite the freeze"),
        _override,
        "ac_unit",
        "danger",
        confirm=_ask_override,
        fits=lambda row: row.state not in OVER and freeze_of(row.target) is not None,
    ),
    RowAction(
        "replan",
        _("Plan again"),
        _replan,
        "replay",
        confirm=_ask_replan,
        fits=lambda row: listed_status(row) in REPLANNABLE,
    ),
    *dismissal_actions(failed_run, _dismiss, _restore),
    RowAction("rollback", _("Roll back"), _rollback, "undo", "danger", confirm=_ask_rollback),
    RowAction(
        "rollback_keep_changed",
        _("Roll back the rest"),
        _keep_changed,
        "undo",
        "danger",
        confirm=_ask_keep_changed,
        fits=_was_blocked,
    ),
    RowAction(
        "rollback_force",
        _("Roll back all the same"),
        _force,
        "undo",
        "danger",
        confirm=_ask_force,
        fits=_was_blocked,
    ),
)
