# [DEF:project.admin.doctor:Module]
# @COMPLEXITY: 3
# @PURPOSE: The page of the doctor: the installation as it is now, and the environments as they were found last.
# @RELATION CALLS -> doctor.services.examination
# @RELATION CALLS -> doctor.services.installation
# @RELATION DEPENDS_ON -> core.admin

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from apps.core.admin import address, may
from apps.doctor import messages as texts
from apps.doctor.findings import Finding, State
from apps.doctor.policies import EXAMINE, examinable
from apps.doctor.services.examination import last_examination, queue_examination
from apps.doctor.services.installation import examine_installation

ICONS = {State.OK: "check_circle", State.WARNING: "warning", State.FAILED: "error", State.UNKNOWN: "help"}


@dataclass(frozen=True, slots=True)
class Row:
    title: object
    state: State
    word: object
    icon: str
    sentence: str
    next_step: str


def doctor_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """GET asks no environment. POST starts a task that does, and goes to its page."""
    user: Any = request.user
    if not may(user, EXAMINE):
        raise PermissionDenied
    if request.method == "POST":
        task = queue_examination(actor=user)
        messages.success(request, texts.QUEUED.format(task=task.pk))
        return HttpResponseRedirect(address(task))
    last = last_examination(user)
    by_name = groupby(last.findings, key=lambda each: each.environment)
    shown = {
        "installation": list(map(_row, examine_installation())),
        "environments": [(name, list(map(_row, found))) for name, found in by_name],
        "examined": last.at,
        "task_url": address(last.task) if last.task else "",
        "examinable": examinable(user),
    }
    return TemplateResponse(request, "admin/doctor.html", {**context, **shown})


def _row(found: Finding) -> Row:
    data = found.data()
    word, icon = texts.STATES[found.state], ICONS[found.state]
    return Row(texts.TITLES[found.check], found.state, word, icon, data["sentence"], data["next_step"])
