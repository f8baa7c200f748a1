# [DEF:tasks.admin_pages.content:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the page of a task shows in words: times, stages, links, and the kinds of its lines.
# @RELATION CALLS -> core.admin
# @RELATION CALLS -> plugins.registry
# @RELATION DEPENDS_ON -> tasks.models

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.admin import address
from apps.plugins.registry import registry
from apps.tasks.models import Task

Counted = Mapping[str, Any]
"""What `lines.count_lines` found."""

DETAIL, DETAILS = "debug", "details"
"""The level of lines that are shown on demand, and the parameter that demands them."""


def link(task: Task | None) -> str:
    return format_html('<a href="{}">{}</a>', address(task), _("Task {number}").format(number=task.pk)) if task else ""


def cancel_request(task: Task) -> str:
    if not task.cancel_requested:
        return ""
    return _("{moment} by {user}").format(moment=moment(task.cancel_requested), user=task.cancel_requested_by)


def title_of(task: Task) -> str:
    action = registry().action(task.plugin, task.action)
    return str(action.title) if action else f"{task.plugin}.{task.action}"


def took(task: Task) -> str:
    if not task.started:
        return ""
    return duration((task.finished or timezone.now()) - task.started)


def duration(time: timedelta) -> str:
    """`0.4 s`, `75 s`, `12 min`."""
    seconds = time.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def chosen_kinds(counted: Counted, filters: QueryDict) -> tuple[list[str], list[str]]:
    """The levels and sources of the lines to show. What Lockstep notes about its own steps is shown on demand."""
    levels, sources = filters.getlist("level"), filters.getlist("source")
    if levels or sources or DETAILS in filters:
        return levels, sources
    return [level for level in counted["levels"] if level != DETAIL] or ["-"], []


def hidden_details(counted: Counted, filters: QueryDict) -> dict[str, Any] | None:
    """How many lines are not shown, and the link that shows them; None if there are none."""
    if filters.getlist("level") or filters.getlist("source") or DETAILS in filters:
        return None
    number = counted["levels"].get(DETAIL, 0)
    return {"number": number, "url": f"?{DETAILS}=yes"} if number else None


def line_kinds(counted: Counted, filters: QueryDict) -> list[list[dict[str, Any]]]:
    """The levels and the sources of its lines, where there are several: how many lines, and the link that chooses them
    or leaves them out again."""
    found = [("level", counted["levels"]), ("source", counted["sources"])]
    return [
        [_kind(name, value, kinds[value], filters) for value in sorted(kinds)]
        for name, kinds in found
        if len(kinds) > 1 or name in filters
    ]


def _kind(name: str, value: str, number: int, filters: QueryDict) -> dict[str, Any]:
    chosen, query = filters.getlist(name), filters.copy()
    query.setlist(name, [each for each in chosen if each != value] if value in chosen else [*chosen, value])
    return {"name": value or "–", "number": number, "chosen": value in chosen, "url": f"?{query.urlencode()}"}


def stage_of(stage: dict[str, Any], task: Task) -> dict[str, Any]:
    if finished := stage["finished"]:
        time = datetime.fromisoformat(finished) - datetime.fromisoformat(stage["started"])
        return {**stage, "state": "done", "took": duration(time)}
    return {**stage, "state": "stopped" if task.ended else "running", "took": ""}


def percent_of(task: Task) -> int | None:
    progress = task.progress
    return round(100 * progress["done"] / progress["total"]) if progress and progress["total"] else None


def moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def indented_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) if value else ""


def file_name(name: str) -> str:
    """The name without what could leave a header."""
    return "".join(letter if letter.isalnum() or letter in ".-_" else "_" for letter in name)
