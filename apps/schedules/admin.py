# [DEF:schedules.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules: when each runs next, what came of its slots, and forms to add and edit them.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> plugins.forms
# @RELATION DEPENDS_ON -> tasks.plugin_admin

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, address, display, may_somewhere
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.plugins.base import Action
from apps.plugins.forms import ParamsForm
from apps.plugins.policies import require_offered
from apps.plugins.registry import registry
from apps.schedules import services
from apps.schedules.cron import explained, moment
from apps.schedules.forms import ScheduleForm, WhatForm
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.policies import EDIT, allowed_actions
from apps.tasks.plugin_admin import PlaceForm

SHOWN = 20
"""The latest runs on the page of a schedule."""

LABELS = {
    ScheduledRunState.STARTED: "success",
    ScheduledRunState.WAITING: "info",
    ScheduledRunState.SKIPPED: "warning",
    ScheduledRunState.MISSED: "warning",
    ScheduledRunState.REFUSED: "danger",
}


def _switch(user: Any, schedule: Schedule, *, enabled: bool) -> Done:
    services.set_enabled(actor=user, schedule=schedule, enabled=enabled)
    return Done(f"“{schedule}” {'runs again' if enabled else 'is paused'}.")


def _run(user: Any, schedule: Schedule) -> Done:
    run = services.run_now(actor=user, schedule=schedule)
    assert run.task
    return Done(f"Task {run.task.pk} is queued.", address(run.task))


def _remove(user: Any, schedule: Schedule) -> Done:
    services.remove_schedule(actor=user, schedule=schedule)
    return Done(f"“{schedule}” is removed.", reverse("admin:schedules_schedule_changelist"))


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    list_display = ("name", "what", "environment", "when", "next", "shown_state")
    list_filter = ("enabled", "plugin", "environment")
    search_fields = ("name", "plugin", "action", "environment__name")
    list_select_related = ("environment",)
    change_list_template = "admin/schedules/schedules.html"
    show_template = "admin/schedules/schedule.html"
    row_actions = (
        RowAction("run", "Run now", lambda user, row, _: _run(user, row), "play_arrow"),
        RowAction(
            "pause",
            "Pause",
            lambda user, row, _: _switch(user, row, enabled=False),
            "pause",
            fits=lambda row: row.enabled,
        ),
        RowAction(
            "resume",
            "Resume",
            lambda user, row, _: _switch(user, row, enabled=True),
            "resume",
            fits=lambda row: not row.enabled,
        ),
        RowAction(
            "remove",
            "Remove",
            lambda user, row, _: _remove(user, row),
            "delete",
            "danger",
            confirm=lambda row: Confirmation(f"Remove “{row}”? The tasks that it has started stay."),
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

    def facts(self, row: Schedule) -> list[tuple[str, Any]]:
        where = row.environment
        return [
            ("Runs", self.what(row)),
            ("Environment", format_html('<a href="{}">{}</a>', address(where), where) if where else ""),
            ("When", f"{explained(row.cron)} ({row.cron})"),
            ("Time zone", row.zone),
            ("If the run before goes on", dict(ScheduleForm.base_fields["overlap"].choices)[row.overlap]),  # type: ignore[attr-defined]
            ("After an outage", dict(ScheduleForm.base_fields["missed"].choices)[row.missed]),  # type: ignore[attr-defined]
            ("Priority", str(row.priority) if row.priority else ""),
            ("On behalf of", str(row.actor)),
        ]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Two steps: what it runs, then all that this needs."""
        if not may_somewhere(request.user, EDIT):
            raise PermissionDenied
        plugin, _, action = request.GET.get("what", "").partition(".")
        back = reverse("admin:schedules_schedule_changelist")
        if not action:
            context = {"forms": [WhatForm()], "method": "get", "submit": "Next", "icon": "arrow_forward", "back": back}
            return self.page(request, "admin/form.html", "Add a schedule", context)
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
        filled = _Filled(request, schedule, action)
        if filled.is_valid() and (stored := filled.stored(request.user)):
            messages.success(request, f"“{stored}” is stored.")
            return HttpResponseRedirect(address(stored))
        title = f"{'Edit' if schedule.pk else 'Add'}: {action.title}"
        context = {"original": schedule if schedule.pk else None, "forms": filled.forms, "back": back}
        return self.page(request, "admin/form.html", title, {**context, "submit": "Save", "icon": "save"})

    @display(description="Runs", ordering="action")
    def what(self, row: Schedule) -> str:
        action = registry().action(row.plugin, row.action)
        return action.title if action else f"{row.plugin}.{row.action}"

    @display(description="When", ordering="cron", header=True)
    def when(self, row: Schedule) -> list[str]:
        return [explained(row.cron), row.zone]

    @display(description="Next", ordering="next_run")
    def next(self, row: Schedule) -> str:
        return moment(row.next_run, row.zone) if row.next_run else ""

    @display(description="State", ordering="enabled", label={"on": "success", "paused": "warning"})
    def shown_state(self, row: Schedule) -> str:
        return "on" if row.enabled else "paused"


class _Filled:
    """The three forms of a schedule: when, where, and with what."""

    def __init__(self, request: HttpRequest, schedule: Schedule, action: Action) -> None:
        given = request.POST if request.method == "POST" else None
        known: dict[str, Any] = services.audit_facts(schedule) if schedule.pk else {}
        self._schedule = schedule
        self.when = ScheduleForm(given, initial=known)
        self.where = PlaceForm(request.user, action, given, initial=known)
        params = ParamsForm(action.params, given, prefix="params", initial=shown_params(action, known))
        self.forms: list[forms.Form] = [self.when, self.where, params]
        self._params = params

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])  # noqa: C419 - each is to tell its errors

    def stored(self, user: Any) -> Schedule | None:
        """None if it is refused; the forms tell why then."""
        facts = {**self.when.cleaned_data, **self.where.cleaned_data, "params": self._params.given}
        schedule = self._schedule
        try:
            if schedule.pk:
                services.edit_schedule(actor=user, schedule=schedule, **facts)
                return schedule
            return services.create_schedule(actor=user, plugin=schedule.plugin, action=schedule.action, **facts)
        except LockstepError as refused:
            self.when.add_error(None, str(refused))
        except ValidationError as error:
            for name, told in error.message_dict.items():
                form = next((form for form in self.forms if name.removeprefix("params.") in form.fields), self.when)
                field = name.removeprefix("params.")
                form.add_error(field if field in form.fields else None, told)
        return None


def shown_params(action: Action, known: dict[str, Any]) -> dict[str, Any]:
    return ParamsForm.filled(action.params, known.get("params", {}))


def _run_data(run: ScheduledRun, zone: str) -> dict[str, Any]:
    return {
        "run": run,
        "label": LABELS[ScheduledRunState(run.state)],
        "slot": moment(run.slot, zone) if run.slot else "by hand",
        "missed": moment(run.missed_since, zone) if run.missed_since else "",
        "began": f"{run.began:%H:%M:%S} UTC" if run.began else "",
    }
