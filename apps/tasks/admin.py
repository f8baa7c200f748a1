# [DEF:tasks.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks in the admin: progress, lines, files and questions; cancelling, retrying and answering.
# @RELATION INHERITS_FROM -> core.admin

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, Text, address, display
from apps.core.policies import Verdict
from apps.tasks import messages as texts
from apps.tasks.admin_pages.content import (
    cancel_request,
    chosen_kinds,
    file_name,
    hidden_details,
    indented_json,
    line_kinds,
    link,
    moment,
    percent_of,
    stage_of,
    title_of,
    took,
)
from apps.tasks.admin_pages.dismissal import dismissal_actions, dismissed_fact
from apps.tasks.dismissal import dismiss_task, restore_task
from apps.tasks.models import WENT_WRONG, Task, TaskState
from apps.tasks.policies import allowed_actions
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import cancel, retry
from apps.tasks.view.downloads import downloads_of
from apps.tasks.view.lines import chosen_lines, count_lines
from apps.tasks.view.waiting import waiting_reason

LINES = 500
"""The last lines are shown on the page; all can be downloaded."""

LABELS = {
    TaskState.QUEUED: "info",
    TaskState.RUNNING: "primary",
    TaskState.AWAITING_INPUT: "warning",
    TaskState.SUCCEEDED: "success",
    TaskState.FAILED: "danger",
    TaskState.ERRORED: "danger",
    TaskState.CANCELLED: "warning",
    TaskState.TIMED_OUT: "danger",
    TaskState.LOST: "danger",
}

ANSWER = "answer-"
"""The fields of the form of questions are called by this and the number of the question."""


def _cancel(user: Any, task: Task, _fields: Mapping[str, str]) -> Done:
    ended = cancel(actor=user, task=task)
    return Done((texts.CANCELLED if ended else texts.WILL_STOP).format(number=task.pk))


def _ask_cancel(task: Task) -> Confirmation:
    steps = [str(texts.READS_ARE_DROPPED)]
    if task.writes:
        steps += [str(texts.WRITES_ARE_AWAITED)]
    return Confirmation(texts.CONFIRM_CANCEL.format(task=task), steps if task.state == TaskState.RUNNING else [])


def _retry(user: Any, task: Task, _fields: Mapping[str, str]) -> Done:
    new = retry(actor=user, task=task)
    return Done(texts.QUEUED.format(number=new.pk), address(new))


def _ask_retry(task: Task) -> Confirmation:
    steps = [texts.WRITES_TO.format(environment=task.environment_name)] if task.writes else []
    return Confirmation(texts.CONFIRM_RETRY.format(task=task), steps)


def _answer(user: Any, task: Task, fields: Mapping[str, str]) -> Done:
    pause = open_pause(task)
    questions = pause.fields if pause else ()
    given = {question.name: fields.get(f"{ANSWER}{number}", "") for number, question in enumerate(questions)}
    answer(actor=user, task=task, answers=given)
    return Done(texts.RESUMED.format(number=task.pk))


@admin.register(Task)
class TaskAdmin(RecordAdmin):
    list_display = ("id", "what", "shown_environment", "shown_state", "started_by", "created", "took", "attempts")
    list_display_links = ("id", "what")
    list_filter = ("state", "plugin", "environment")
    search_fields = ("=id", "plugin", "action", "environment_name")
    list_select_related = ("actor",)
    show_template = "admin/tasks/task.html"
    application_page = "/tasks/{pk}"
    empty_text = _("No tasks yet.")
    row_actions = (
        RowAction(
            "cancel",
            _("Cancel"),
            _cancel,
            "stop_circle",
            "danger",
            fits=lambda task: not task.ended,
            confirm=_ask_cancel,
        ),
        RowAction(
            "retry",
            _("Retry"),
            _retry,
            "replay",
            fits=lambda task: task.ended and task.state != TaskState.SUCCEEDED,
            confirm=_ask_retry,
        ),
        *dismissal_actions(
            lambda task: task if task.state in WENT_WRONG else None,
            lambda user, task: dismiss_task(actor=user, task=task),
            lambda user, task: restore_task(actor=user, task=task),
        ),
        RowAction("answer", _("Answer"), _answer, fits=lambda _: False),  # its form is on the page itself
    )

    def verdicts(self, user: Any, row: Task) -> dict[str, Verdict]:
        return allowed_actions(user, row)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.artifact_view)
        return [path("<int:object_id>/files/<int:number>/", view, name="tasks_task_file"), *super().get_urls()]

    def artifact_view(self, request: HttpRequest, object_id: int, number: int) -> FileResponse:
        task = self.get_object(request, str(object_id))
        found = downloads_of(task).filter(pk=number).first() if task else None
        if found is None:
            raise Http404
        name, kind = f"task-{found.task_id}-{file_name(found.name)}", "application/octet-stream"
        answer = FileResponse(found.file.open(), as_attachment=True, filename=name, content_type=kind)
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    def shown(self, request: HttpRequest, row: Task) -> dict[str, Any]:
        counted = count_lines(row)
        levels, sources = chosen_kinds(counted, request.GET)
        lines = chosen_lines(row, levels=levels, sources=sources)
        shown = list(lines.order_by("-seq")[:LINES])[::-1]
        pause = open_pause(row)
        return {
            "task": row,
            "label": LABELS[TaskState(row.state)],
            "facts": self.facts(row),
            "stages": [stage_of(stage, row) for stage in row.stages],
            "percent": percent_of(row),
            "lines": shown,
            "earlier": lines.count() - len(shown) if len(shown) == LINES else 0,
            "text_url": reverse("api:task-lines-text", args=[row.pk], query={"level": levels, "source": sources}),
            "details": hidden_details(counted, request.GET),
            "kinds": line_kinds(counted, request.GET),
            "pause": pause,
            "waiting_reason": waiting_reason(row),
            "questions": [(f"{ANSWER}{number}", each) for number, each in enumerate(pause.fields if pause else ())],
            "answer_url": address(row, "answer") if pause else "",
            "artifacts": list(downloads_of(row)),
            "result": indented_json(row.result),
            "params": indented_json(row.params),
        }

    def facts(self, row: Task) -> list[tuple[Text, Any]]:
        name, where, runs = row.environment_name, row.environment, row.state == TaskState.RUNNING
        return [
            (_("Action"), title_of(row)),
            (_("Environment"), format_html('<a href="{}">{}</a>', address(where), name) if where else name),
            (_("Started by"), row.started_by),
            (_("Created"), moment(row.created)),
            (_("Started"), moment(row.started)),
            (_("Finished"), moment(row.finished)),
            (_("Duration"), took(row)),
            (_("Needs"), ", ".join(row.needs.split())),
            (_("Retry of"), link(row.retry_of)),
            (_("Cancel requested"), cancel_request(row)),
            (_("Dismissed"), dismissed_fact(row)),
            (_("Attempts"), str(row.attempts) if row.attempts > 1 else ""),
            (_("Process"), f"{row.pid} on {row.machine}" if runs else ""),
            (_("Last sign of life"), moment(row.heartbeat) if runs else ""),
        ]

    @display(description=_("Action"), ordering="action")
    def what(self, row: Task) -> str:
        return title_of(row)

    @display(description=_("Environment"), ordering="environment_name")
    def shown_environment(self, row: Task) -> str:
        return row.environment_name

    @display(description=_("State"), ordering="state", label=LABELS)
    def shown_state(self, row: Task) -> tuple[str, str]:
        return row.state, row.state_in_words

    @display(description=_("Started by"), ordering="actor")
    def started_by(self, row: Task) -> str:
        return row.started_by

    @display(description=_("Duration"))
    def took(self, row: Task) -> str:
        return took(row)
