# [DEF:migrations.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations: what each would change, what its runs did, and applying or rolling it back by a
#   worker.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> freezes.policies

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.admin import RecordAdmin, display
from apps.core.errors import worded
from apps.core.policies import Verdict
from apps.environments.models import Environment
from apps.freezes.policies import freeze_of
from apps.migrations.admin_pages import decisions, planning
from apps.migrations.admin_pages.content import cautions, facts_of, legend, run_of, sections, unchanged
from apps.migrations.admin_pages.execution import ROW_ACTIONS, listed_status, queued
from apps.migrations.admin_pages.links import superset_links
from apps.migrations.models import Migration, PlanRecord, Run
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.policies.state import open_task_of
from apps.migrations.status import Status, status_of
from apps.superset.errors import SupersetError
from apps.superset.plan.plan import Plan
from apps.superset.plan.render import summary

LABELS = {
    Status.DRAFT: "",
    Status.PLANNED: "info",
    Status.SUBMITTED: "info",
    Status.APPROVED: "info",
    Status.REJECTED: "warning",
    Status.WITHDRAWN: "",
    Status.APPLYING: "primary",
    Status.SUCCEEDED: "success",
    Status.FAILED: "danger",
    Status.INTERRUPTED: "danger",
    Status.ROLLING_BACK: "primary",
    Status.ROLLED_BACK: "warning",
}


@admin.register(Migration)
class MigrationAdmin(RecordAdmin):
    list_display = ("id", "title", "source", "target", "shown_status", "author", "created")
    list_display_links = ("id", "title")
    list_filter = ("source", "target", "state")
    search_fields = ("=id", "title")
    list_select_related = ("source", "target", "author")
    show_template = "admin/migrations/migration.html"
    application_page = "/migrations/{pk}"
    change_list_template = "admin/migrations/list.html"
    empty_text = _("No migrations yet.")
    empty_links = ((_("Plan a migration"), "migrations_migration_plan"),)
    announced = (*RecordAdmin.announced, SupersetError)
    row_actions = (*decisions.row_actions(listed_status), *ROW_ACTIONS)

    def verdicts(self, user: Any, row: Migration) -> dict[str, Verdict]:
        allowed = allowed_actions(user, row)
        return {**allowed, **dict.fromkeys(("rollback_keep_changed", "rollback_force"), allowed["rollback"])}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.plan_view)
        return [path("plan/", view, name="migrations_migration_plan"), *super().get_urls()]

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """Two environments, then dashboards and databases; a worker plans, and its task comes next."""
        user: Any = request.user
        chosen, shown = planning.Chosen(), {}
        try:
            chosen = planning.Chosen.of(user, request.GET, request.POST)
            shown = planning.offered(user, chosen)
            if request.method == "POST" and shown:
                done = queued(planning.start(user, chosen))
                messages.success(request, done.text)
                return HttpResponseRedirect(done.url)
        except self.announced as error:
            messages.error(request, worded(error))
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
            .annotate(
                run_number=Subquery(run.values("pk")[:1]),
                run_failure=Subquery(run.values(sentence=KT("error__sentence"))[:1]),
                run_dismissed=Subquery(run.values("dismissed")[:1]),
                run_dismissed_by=Subquery(run.values("dismissed_by__username")[:1]),
            )
        )

    def label_of(self, status: Status) -> str:
        return LABELS[status]

    @display(description=_("Status"), label=LABELS)
    def shown_status(self, row: Any) -> str:
        return listed_status(row)

    def shown(self, request: HttpRequest, row: Migration) -> dict[str, Any]:
        user: Any = request.user
        record = row.plans.last()
        plan = Plan.from_json(json.loads(record.document)) if record else None
        status = status_of(row)
        return {
            "status": status,
            "label": LABELS[status],
            "facts": facts_of(row, record),
            "plan": plan,
            "summary": summary(plan, gettext) if plan else "",
            "legend": legend(plan.changes) if plan else [],
            "sections": sections(plan.changes, superset_links(user, row, plan, status)) if plan else [],
            "cautions": cautions(plan) if plan else [],
            "open_task": open_task_of(row),
            "decisions": row.decisions.select_related("actor", "plan"),
            "freeze": freeze_of(row.target),
            "again": planning.again(row),
            "unchanged": unchanged(plan) if plan else [],
            "runs": [run_of(run, plan) for run in row.runs.select_related("actor", "task")][::-1],
        }
