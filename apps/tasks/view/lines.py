# [DEF:tasks.view.lines:Module]
# @COMPLEXITY: 3
# @PURPOSE: Choosing among the lines of a task, and counting them.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> core.sentences

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils.translation import get_language, override

from apps.contracts.plain_text import one_line
from apps.core.sentences import shown
from apps.tasks.live import columns
from apps.tasks.models import Task, TaskLine


def chosen_lines(
    task: Task, *, after: int = 0, levels: Collection[str] = (), sources: Collection[str] = (), search: str = ""
) -> QuerySet[TaskLine]:
    """Those after a number, in order; of these levels and sources, if any are named, and with this text in them."""
    found = task.lines.filter(seq__gt=after).order_by("seq")
    if levels:
        found = found.filter(level__in=levels)
    if sources:
        found = found.filter(source__in=sources)
    return found.filter(text__icontains=search) if search else found


def count_lines(task: Task) -> dict[str, Any]:
    """How many there are, by level and by source."""
    counted = list(task.lines.order_by().values_list("level", "source").annotate(Count("pk")))
    levels: dict[str, int] = {}
    sources: dict[str, int] = {}
    for level, source, number in counted:
        levels[level] = levels.get(level, 0) + number
        sources[source] = sources.get(source, 0) + number
    return {"total": sum(levels.values()), "levels": levels, "sources": sources}


def as_text(lines: QuerySet[TaskLine]) -> Iterator[str]:
    """One line of text for each, to be kept as a file: its number, moment, level, source and what it says, in the
    language at work when this is called."""
    return _as_text(lines, get_language() or settings.LANGUAGE_CODE)


def _as_text(lines: QuerySet[TaskLine], language: str) -> Iterator[str]:
    """It is read after the request, whose language is over then."""
    for line in lines.iterator():
        with override(language):
            text = one_line(shown(line.text, line.message))
        yield f"{line.seq}\t{line.at.isoformat()}\t{line.level}\t{line.source or '-'}\t{text}\n"


def line_rows(lines: QuerySet[TaskLine]) -> Iterator[dict[str, Any]]:
    """As clients get them, in the language at work."""
    for row in lines.values(*columns.LINE, "message"):
        row["text"] = shown(row["text"], row.pop("message"))
        yield row
