# [DEF:schedules.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules in the admin: next and latest runs, and forms to add and edit them.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> plugins.policies
# @RELATION DEPENDS_ON -> tasks.admin_pages.dismissal

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, Text, address, display, may_somewhere
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.plugins.policies import require_offered
from apps.plugins.registry import registry
from apps.schedules import messages as texts
from apps.schedules import services
from apps.schedules.cron import explained, moment
from apps.schedules.forms import ScheduleForm, ScheduleForms, WhatForm
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.policies import EDIT, allowed_actions, refused_run
from apps.tasks.admin_pages.dismissal import dismissal_actions, dismissed_fact

SHOWN = 20
"""Latest runs on the page of a schedule."""

LABELS = {
    ScheduledRunState.STARTED: "success",
    ScheduledRunState.WAITING: "info",
    ScheduledRunState.SKIPPED: "warning",
    ScheduledRunState.MISSED: "warning",
    ScheduledRunState.REFUSED: "danger",
}


def _switch(user: Any, schedule: Schedule, *, enabled: bool) -> Done:
    services.set_enabled(actor=user, schedule=schedule, enabled=enabled)
    return Done((texts.RESUMED if enabled else texts.PAUSED).format(name=schedule))


def _run(user: Any, schedule: Schedule) -> Done:
    run = services.run_now(actor=user, schedule=schedule)
    assert run.task
    return Done(texts.QUEUED.format(number=run.task.pk), address(run.task))


def _remove(user: Any, schedule: Schedule) -> Done:
    services.remove_schedule(actor=user, schedule=schedule)
    return Done(texts.REMOVED.format(name=schedule), reverse("admin:schedules_schedule_changelist"))


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    list_display = ("name", "what", "environment", "when", "next", "shown_state")
    list_filter = ("enabled", "plugin", "environment")
    search_fields = ("name", "plugin", "action", "environment__name")
    list_select_related = ("environment",)
    change_list_template = "admin/schedules/schedules.html"
    show_template = "admin/schedules/schedule.html"
    empty_text = _("No schedules yet. A schedule runs an action by cron expression.")
    row_actions = (
        RowAction("run", _("Run now"), lambda user, row, _fields: _run(user, row), "play_arrow"),
        RowAction(
            "pause",
            _("Pause"),
            lambda user, row, _fields: _switch(user, row, enabled=False),
            "pause",
            fits=lambda row: row.enabled,
        ),
        RowAction(
            "resume",
            _("Resume"),
            lambda user, row, _fields: _switch(user, row, enabled=True),
            "resume",
            fits=lambda row: not row.enabled,
        ),
        *dismissal_actions(
            refused_run,
            lambda user, row: services.dismiss(actor=user, schedule=row),
            lambda user, row: services.dismiss(actor=user, schedule=row, undo=True),
        ),
        RowAction(
            "remove",
            _("Remove"),
            lambda user, row, _fields: _remove(user, row),
            "delete",
            "danger",
            confirm=lambda row: Confirmation(texts.CONFIRM_REMOVE.format(name=row)),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        views = [
            path("new/", self.admin_site.admin_view(self.new_view), name="schedules_schedule_new"),
            path("<int:object_id>/edit/", self.admin_site.admin_view(self.edit_view), name="schedules_schedule_edit"),
        ]
        return [*views, *super().get_urls()]

    def verdicts(self, user: Any, row: Schedule) -> dict[str, Verdict]:
        return allowed_actions(user, row)

    def shown(self, request: HttpRequest, row: Schedule) -> dict[str, Any]:
        return {
            "facts": self.facts(row),
            "coming": [moment(slot, row.zone) for slot in services.coming(row)],
            "runs": [_run_data(run, row.zone) for run in row.runs.select_related("task")[:SHOWN]],
            "params": row.params,
            "edit_url": address(row, "edit"),
        }

    def facts(self, row: Schedule) -> list[tuple[Text, Any]]:
        where = row.environment
        return [
            (_("Action"), self.what(row)),
            (_("Environment"), format_html('<a href="{}">{}</a>', address(where), where) if where else ""),
            (_("When"), f"{explained(row.cron)} ({row.cron})"),
            (_("Time zone"), row.zone),
            (_("If the previous run has not ended"), dict(ScheduleForm.base_fields["overlap"].choices)[row.overlap]),  # type: ignore[attr-defined]
            (_("Missed runs"), dict(ScheduleForm.base_fields["missed"].choices)[row.missed]),  # type: ignore[attr-defined]
            (_("Priority"), str(row.priority) if row.priority else ""),
            (_("On behalf of"), str(row.actor)),
            (_("Failure dismissed"), dismissed_fact(refused_run(row))),
        ]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Two steps: the action, then all that it needs."""
        if not may_somewhere(request.user, EDIT):
            raise PermissionDenied
        plugin, _dot, action = request.GET.get("what", "").partition(".")
        back = reverse("admin:schedules_schedule_changelist")
        if not action:
            context = {
                "forms": [WhatForm()],
                "method": "get",
                "submit": _("Next"),
                "icon": "arrow_forward",
                "back": back,
            }
            return self.page(request, "admin/form.html", str(texts.ADD), context)
        return self._form(request, Schedule(plugin=plugin, action=action), back)

    def edit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row = self.get_object(request, str(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        if reason := allowed_actions(request.user, row)["edit"].reason:  # type: ignore[arg-type]
            messages.error(request, reason)
            return HttpResponseRedirect(address(row))
        return self._form(request, row, address(row))

    def _form(self, request: HttpRequest, schedule: Schedule, back: str) -> HttpResponse:
        try:
            action = require_offered(request.user, schedule.plugin, schedule.action)  # type: ignore[arg-type]
        except LockstepError as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(back)
        filled = ScheduleForms(request, schedule, action)
        if filled.is_valid() and (stored := filled.stored(request.user)):
            messages.success(request, texts.SAVED.format(name=stored))
            return HttpResponseRedirect(address(stored))
        title = (texts.EDIT_FOR if schedule.pk else texts.ADD_FOR).format(action=action.title)
        context = {"original": schedule if schedule.pk else None, "forms": filled.forms, "back": back}
        return self.page(request, "admin/form.html", title, {**context, "submit": _("Save"), "icon": "save"})

    @display(description=_("Action"), ordering="action")
    def what(self, row: Schedule) -> str:
        action = registry().action(row.plugin, row.action)
        return str(action.title) if action else f"{row.plugin}.{row.action}"

    @display(description=_("When"), ordering="cron", header=True)
    def when(self, row: Schedule) -> list[str]:
        return [explained(row.cron), row.zone]

    @display(description=_("Next run"), ordering="next_run")
    def next(self, row: Schedule) -> str:
        return moment(row.next_run, row.zone) if row.next_run else ""

    @display(description=_("State"), ordering="enabled", label={"active": "success", "paused": "warning"})
    def shown_state(self, row: Schedule) -> str:
        return "active" if row.enabled else "paused"


def _run_data(run: ScheduledRun, zone: str) -> dict[str, Any]:
    return {
        "run": run,
        "label": LABELS[ScheduledRunState(run.state)],
        "slot": moment(run.slot, zone) if run.slot else str(texts.BY_HAND),
        "missed": moment(run.missed_since, zone) if run.missed_since else "",
        "began": f"{run.began:%H:%M:%S} UTC" if run.began else "",
    }
