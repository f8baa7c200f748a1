# [DEF:migrations.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations: what each would change, what its runs did, and applying or rolling it back by a
#   worker.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> freezes.policies

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, Input, RecordAdmin, RowAction, Text, address, display
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.environments.models import Environment
from apps.freezes.policies import freeze_of
from apps.migrations import admin_decisions, admin_plan
from apps.migrations import messages as texts
from apps.migrations.approvals import approvals_of
from apps.migrations.liveness import state_of
from apps.migrations.models import HumanState, Migration, PlanRecord, Run, RunKind
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.policies.state import open_task_of
from apps.migrations.services.execution import Explained, explain_apply, explain_rollback
from apps.migrations.services.queueing import queue_apply, queue_replan, queue_rollback
from apps.migrations.status import Status, status_in_list, status_of
from apps.superset.assets import Kind
from apps.superset.errors import SupersetError
from apps.superset.execution.stages import Choice
from apps.superset.plan.plan import Action, Change, Plan
from apps.superset.plan.render import SIGNS, summary
from apps.tasks.admin import duration
from apps.tasks.models import Task

LABELS = {
    Status.DRAFT: "",
    Status.PLANNED: "info",
    Status.SUBMITTED: "info",
    Status.APPROVED: "info",
    Status.REJECTED: "warning",
    Status.WITHDRAWN: "",
    Status.APPLYING: "primary",
    Status.DONE: "success",
    Status.FAILED: "danger",
    Status.INTERRUPTED: "danger",
    Status.ROLLING_BACK: "primary",
    Status.ROLLED_BACK: "warning",
}
MEANINGS = {
    Action.CREATE: _("created"),
    Action.UPDATE: _("updated"),
    Action.REMOVE: _("removed"),
    Action.ORPHAN: _("only on the target, kept"),
}
OVER = (HumanState.DRAFT, HumanState.REJECTED, HumanState.WITHDRAWN)
"""In these nothing of a plan is offered to be applied."""

RUN_LABELS = {
    "running": "primary", "succeeded": "success", "failed": "danger", "interrupted": "danger", "open": "warning",
}  # fmt: skip

BLOCKED = ("undo_blocked", "plan_unsafe")
"""Why an undo refuses itself where others have changed something, or have come to use it."""


def _status(row: Any) -> Status:
    """Of a row of the page, which was read with its latest run."""
    return status_in_list(row.pk, row.state, row.run_kind, row.run_state)


def _ask_apply(migration: Migration) -> Confirmation:
    explained = explain_apply(migration=migration)
    return _confirmation(texts.ASK_APPLY, migration, explained)


def _ask_override(migration: Migration) -> Confirmation:
    explained = explain_apply(migration=migration, frozen=True)
    asked = _confirmation(texts.ASK_OVERRIDE, migration, explained)
    return replace(asked, inputs=(Input("override", _("Reason for applying now"), required=True),))


def _ask_rollback(migration: Migration) -> Confirmation:
    explained = explain_rollback(migration=migration)
    return _confirmation(texts.ASK_ROLLBACK, migration, explained)


def _ask_keep_changed(migration: Migration) -> Confirmation:
    explained = explain_rollback(migration=migration, choice=Choice.KEEP_CHANGED)
    return _confirmation(texts.ASK_KEEP_CHANGED, migration, explained)


def _ask_force(migration: Migration) -> Confirmation:
    explained = explain_rollback(migration=migration, choice=Choice.FORCE)
    asked = _confirmation(texts.ASK_FORCE, migration, explained)
    return replace(asked, inputs=(Input("force", _("Reason for undoing their changes"), required=True),))


def _confirmation(question: Any, migration: Migration, explained: Explained) -> Confirmation:
    plan = explained.plan
    facts = {"number": migration.pk, "target": migration.target, "summary": summary(plan)}
    return Confirmation(question.format(**facts), explained.stages, {"checksum": plan.checksum})


def _apply(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    return _queued(queue_apply(actor=user, migration=migration, checksum=fields.get("checksum", "")))


def _rollback(user: Any, migration: Migration, _: Mapping[str, str]) -> Done:
    return _queued(queue_rollback(actor=user, migration=migration))


def _keep_changed(user: Any, migration: Migration, _: Mapping[str, str]) -> Done:
    return _queued(queue_rollback(actor=user, migration=migration, keep_changed=True))


def _force(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    if not (why := fields.get("force", "").strip()):
        raise LockstepError(texts.WHY_FORCED)
    return _queued(queue_rollback(actor=user, migration=migration, force=why))


def _was_blocked(migration: Migration) -> bool:
    """Whether the last undo found that others had changed something."""
    last = migration.runs.last()
    return bool(last and last.kind == RunKind.ROLLBACK and (last.error or {}).get("kind") in BLOCKED)


def _override(user: Any, migration: Migration, fields: Mapping[str, str]) -> Done:
    if not (why := fields.get("override", "").strip()):
        raise LockstepError(texts.WHY_OVERRIDDEN)
    return _queued(queue_apply(actor=user, migration=migration, checksum=fields.get("checksum", ""), override=why))


def _replan(user: Any, migration: Migration, _: Mapping[str, str]) -> Done:
    return _queued(queue_replan(actor=user, migration=migration))


def _queued(task: Task) -> Done:
    return Done(texts.QUEUED.format(task=task.pk), address(task))


@admin.register(Migration)
class MigrationAdmin(RecordAdmin):
    list_display = ("id", "title", "source", "target", "shown_status", "author", "created")
    list_display_links = ("id", "title")
    list_filter = ("source", "target", "state")
    search_fields = ("=id", "title")
    list_select_related = ("source", "target", "author")
    show_template = "admin/migrations/migration.html"
    change_list_template = "admin/migrations/list.html"
    empty_text = _("No migrations yet.")
    empty_links = ((_("Plan a migration"), "migrations_migration_plan"),)
    announced = (*RecordAdmin.announced, SupersetError)
    row_actions = (
        *admin_decisions.row_actions(_status),
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
            "replan", _("Plan again"), _replan, "replay", fits=lambda row: _status(row) in admin_decisions.REPLANNABLE
        ),
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

    def verdicts(self, user: Any, row: Migration) -> dict[str, Verdict]:
        allowed = allowed_actions(user, row)
        return {**allowed, **dict.fromkeys(("rollback_keep_changed", "rollback_force"), allowed["rollback"])}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.plan_view)
        return [path("plan/", view, name="migrations_migration_plan"), *super().get_urls()]

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """Two environments, then dashboards and databases; a worker plans, and its task comes next."""
        user: Any = request.user
        chosen, shown = admin_plan.Chosen(), {}
        try:
            chosen = admin_plan.Chosen.of(user, request.GET, request.POST)
            shown = admin_plan.offered(user, chosen)
            if request.method == "POST" and shown:
                done = _queued(admin_plan.start(user, chosen))
                messages.success(request, done.text)
                return HttpResponseRedirect(done.url)
        except self.announced as error:
            messages.error(request, str(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        environments = Environment.objects.visible_to(user).filter(enabled=True).order_by("name")
        context = {"environments": environments, "chosen": chosen, "crumb": _("Plan"), **shown}
        return self.page(request, "admin/migrations/plan.html", str(_("Plan a migration")), context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Migration]:
        """With the latest run of the latest plan, read for its status."""
        plan = PlanRecord.objects.filter(migration=OuterRef("migration")).order_by("-number").values("pk")[:1]
        run = Run.objects.filter(migration=OuterRef("pk"), plan=Subquery(plan)).order_by("-pk")
        return (
            super()
            .get_queryset(request)
            .with_latest_run()
            .annotate(run_failure=Subquery(run.values(sentence=KT("error__sentence"))[:1]))
        )

    def label_of(self, status: Status) -> str:
        return LABELS[status]

    @display(description=_("Status"), label=LABELS)
    def shown_status(self, row: Any) -> str:
        return _status(row)

    def shown(self, request: HttpRequest, row: Migration) -> dict[str, Any]:
        record = row.plans.last()
        plan = Plan.from_json(json.loads(record.document)) if record else None
        status = status_of(row)
        return {
            "status": status,
            "label": LABELS[status],
            "facts": _facts(row, record),
            "plan": plan,
            "summary": summary(plan) if plan else "",
            "legend": _legend(plan.changes) if plan else [],
            "sections": _sections(plan.changes) if plan else [],
            "elsewhere": _elsewhere(plan.changes) if plan else [],
            "open_task": open_task_of(row),
            "decisions": row.decisions.select_related("actor", "plan"),
            "freeze": freeze_of(row.target),
            "again": admin_plan.again(row),
            "unchanged": plan.with_action(Action.UNCHANGED) if plan else [],
            "runs": [_run(run, plan) for run in row.runs.select_related("actor", "task")][::-1],
        }


def _facts(migration: Migration, record: PlanRecord | None) -> list[tuple[Text, Any]]:
    link = '<a href="{}">{}</a>'
    task = migration.task
    return [
        (_("From"), format_html(link, address(migration.source), migration.source)),
        (_("To"), format_html(link, address(migration.target), migration.target)),
        (_("Planned by"), str(migration.author)),
        (_("Created"), f"{migration.created:%Y-%m-%d %H:%M:%S} UTC"),
        (_("Planned in"), format_html(link, address(task), task) if task else ""),
        (_("Approvals"), _approvals(migration)),
        (_("Checksum"), format_html("<code>{}</code>", record.checksum) if record else ""),
    ]


def _approvals(migration: Migration) -> str:
    if migration.state not in (HumanState.SUBMITTED, HumanState.APPROVED):
        return ""
    found = approvals_of(migration)
    if not found.needed:
        return str(texts.UNPROTECTED)
    if found.expired:
        return texts.EXPIRED_ON.format(at=f"{found.expires:%Y-%m-%d %H:%M}")
    given = found.explanation or texts.GIVEN_OF.format(given=len(found.given), needed=found.needed)
    return texts.GIVEN_UNTIL.format(given=given, at=f"{found.expires:%Y-%m-%d %H:%M}") if found.expires else given


def _legend(changes: Iterable[Change]) -> list[tuple[str, Text]]:
    """The signs on the page, with what each means."""
    there = {change.action for change in changes}
    return [(SIGNS[action], meaning) for action, meaning in MEANINGS.items() if action in there]


def _elsewhere(changes: Iterable[Change]) -> list[tuple[str, list[str]]]:
    """Dashboards outside the plan, each with the assets it shows that the plan changes."""
    found: dict[str, list[str]] = {}
    for change in changes:
        for dashboard in change.used_by if change.action.writes else ():
            found.setdefault(dashboard, []).append(f"{change.key.kind} “{change.name}”")
    return sorted(found.items())


def _sections(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """By kind, what people look for first on top; in each by what happens, then by name."""
    shown = [change for change in changes if change.action is not Action.UNCHANGED]
    order = list(SIGNS)
    sections = []
    for kind in reversed(Kind):
        group = [change for change in shown if change.key.kind is kind]
        group.sort(key=lambda change: (order.index(change.action), change.name, change.key.uuid))
        if group:
            rows = [{"change": change, "sign": SIGNS[change.action]} for change in group]
            sections.append({"title": kind.folder.capitalize(), "rows": rows})
    return sections


def _run(run: Run, plan: Plan | None) -> dict[str, Any]:
    names = {str(change.key): f"{change.key.kind} “{change.name}”" for change in plan.changes} if plan else {}
    written = run.written
    return {
        "run": run,
        "state": state_of(run).value,
        "label": RUN_LABELS[state_of(run).value],
        "took": duration(run.finished - run.started) if run.finished else "",
        "task": run.task,
        "sentence": (run.error or {}).get("sentence", ""),
        "written": [names.get(key, key) for key in written],
        "open": [names.get(key, key) for key in run.open],
        "result": run.result,
    }
