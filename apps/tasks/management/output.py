# [DEF:tasks.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks as output of commands.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> plugins.inputs
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from apps.contracts.plain_text import name, one_line
from apps.core.errors import sentence_of
from apps.core.management import colour
from apps.core.management.base import Options
from apps.core.management.lists import Page, page_output, with_cut
from apps.core.management.output import PENDING, Output, markdown_table, text_table
from apps.core.management.program import program
from apps.plugins.inputs import InputField, InputKind
from apps.tasks import messages
from apps.tasks.live import columns
from apps.tasks.models import Task, TaskLine
from apps.tasks.questions import open_pause
from apps.tasks.retention import Pruned
from apps.tasks.view.waiting import waiting_reason

LEVEL = re.compile(r"\d\d:\d\d:\d\d  (?:\S+ +)?(warning|error|debug): ")
HEADERS = ("ID", "ACTION", "ENVIRONMENT", "STATE", "BY", "CREATED", "ATTEMPTS")


def task_data(task: Task) -> dict[str, Any]:
    moments = {name: getattr(task, name) for name in ("created", "started", "finished")}
    plain = [name for name, stored_as in columns.TASK.items() if name == stored_as != "environment_name"]
    return {
        **{name: getattr(task, name) for name in plain},
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "environment": task.environment_name or None,
        "actor": task.started_by,
        "retry_of": task.retry_of_id,
        **{name: getattr(task, name) for name in ("params", "stages", "progress", "result", "error")},
    }


def line_data(line: TaskLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in columns.LINE} | {"at": line.at.isoformat()}


def line_text(line: TaskLine, source: str = "") -> str:
    """On one line whatever its text is, so that no part of it looks like another line."""
    level = "" if line.level == "info" else f"{line.level}: "
    return f"{line.at:%H:%M:%S}  {source}{level}{one_line(line.text)}"


def how_to_answer(task: Task, questions: Sequence[InputField]) -> str:
    """What it waits for, and the command that answers."""
    titles = ", ".join(map(_asked, questions))
    words = " ".join(
        f"--secret-file {shlex.quote(question.name)}=FILE"
        if question.kind is InputKind.SECRET
        else f"--set {shlex.quote(f'{question.name}={suggested(question)}')}"
        for question in questions
    )
    text = _("Waiting for an answer: {questions}. Answer on the page of the task, or with `{command}`.")
    return text.format(questions=titles, command=f"{program()} task answer {task.pk} {words}")


def suggested(question: InputField) -> str:
    """The proposed choice, or a sign that stands for the answer."""
    choice = question.proposed
    return (choice.label or choice.value) if choice else "…"


def _asked(question: InputField) -> str:
    """Its title, with the choices where none is proposed."""
    if not question.choices or question.proposed:
        return one_line(question.title)
    choices = ", ".join(f"“{name(choice.label or choice.value)}”" for choice in question.choices)
    return _("{title} (one of {choices})").format(title=one_line(question.title), choices=choices)


def list_output(page: Page[Task], options: Options) -> Output:
    return page_output(page, options, HEADERS, data=task_data, cells=_row, empty=_("No tasks."))


def detail_output(task: Task) -> Output:
    rows = [(name, value) for name, value in _facts(task) if value]
    stages = [_stage(stage) for stage in task.stages]
    artifacts = list(task.artifacts.all())
    files = [f"  {one_line(artifact.name)} ({artifact.size} bytes): {artifact.path}" for artifact in artifacts]
    pause = open_pause(task)
    question = [how_to_answer(task, pause.fields)] if pause else []
    parts = [text_table(("Task", str(task.pk)), rows), *stages, *files, *question]
    data = task_data(task) | {
        "needs": task.needs.split(),
        "waiting_reason": waiting_reason(task),
        "artifacts": [{"name": each.name, "path": each.path} for each in artifacts],
        "questions": [each.to_json() for each in pause.fields] if pause else [],
    }
    markdown = "\n".join(
        [markdown_table(("Task", str(task.pk)), rows), "", *(f"* {part.strip()}" for part in parts[1:])]
    )
    return Output(data, "\n".join(parts), markdown.rstrip(), paint=colour.painted_states)


def prune_output(pruned: Pruned, *, done: bool) -> Output:
    """What was deleted, or would be."""
    if pruned == Pruned():
        return Output(asdict(pruned), _("Nothing to delete."))
    what = messages.pruned(pruned.tasks, pruned.lines, pruned.files, pruned.bytes)
    if done:
        return Output(asdict(pruned), _("Deleted {what}.").format(what=what))
    text = _("Would delete {what}. This is a dry run: to delete them, run `{program} task prune --yes`.")
    return Output(asdict(pruned), text.format(what=what, program=program()), exit_code=PENDING)


def lines_output(task: Task, page: Page[TaskLine], *, chosen: bool = False) -> Output:
    """Each with its source, the newest last, although the page begins with it. `chosen` if some were selected."""
    lines = page.rows[::-1]
    width = max((len(line.source) for line in lines), default=0)
    text = "\n".join(line_text(line, f"{line.source:{width}}  " if width else "") for line in lines)
    none = _("No matching lines. Task {number}: {state}.") if chosen else _("No output yet. Task {number}: {state}.")
    text = text or none.format(number=task.pk, state=task.state_in_words)
    return with_cut(Output([line_data(line) for line in lines], text, paint=_painted_levels), page)


def _painted_levels(text: str) -> str:
    """Log lines by their level, which stands after the time and the source."""
    return "\n".join(
        colour.painted(line, colour.LEVELS[found[1]] if (found := LEVEL.match(line)) else None)
        for line in text.split("\n")
    )


def _row(task: Task) -> tuple[str, ...]:
    return (
        str(task.pk),
        f"{task.plugin}.{task.action}",
        task.environment_name or "-",
        task.state_in_words,
        task.started_by,
        f"{task.created:%Y-%m-%d %H:%M}",
        str(task.attempts),
    )


def _facts(task: Task) -> list[tuple[str, str]]:
    process = _("process {pid} on {machine}").format(pid=task.pid, machine=task.machine) if task.pid else ""
    progress = f"{task.progress['stage']}: {task.progress['done']} of {task.progress['total']}" if task.progress else ""
    return [
        (_("Action"), f"{task.plugin}.{task.action}"),
        (_("Environment"), task.environment_name),
        (_("Parameters"), _values(task.params)),
        (_("State"), task.state_in_words),
        (_("Needs"), ", ".join(task.needs.split())),
        (_("Waiting"), waiting_reason(task)),
        (_("Started by"), task.started_by),
        (_("Created"), f"{task.created:%Y-%m-%d %H:%M:%S}"),
        (_("Started"), f"{task.started:%Y-%m-%d %H:%M:%S}, attempt {task.attempts}" if task.started else ""),
        (_("Cancel requested"), f"{task.cancel_requested:%Y-%m-%d %H:%M:%S}" if task.cancel_requested else ""),
        (_("Retry of"), f"task {task.retry_of_id}" if task.retry_of_id else ""),
        (_("Finished"), f"{task.finished:%Y-%m-%d %H:%M:%S}" if task.finished else ""),
        (_("Process"), process),
        (_("Progress"), progress),
        (_("Result"), _values(task.result or {})),
        (_("Error"), sentence_of(task.error)),
    ]


def _values(values: Mapping[str, Any]) -> str:
    """`source dev, dashboards births + deck, keep`: without what is off or empty."""
    filled = {name.replace("_", " "): value for name, value in values.items() if value or type(value) in (int, float)}
    return ", ".join(one_line(name if value is True else f"{name} {_value(value)}") for name, value in filled.items())


def _value(value: Any) -> str:
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)


def _stage(stage: dict[str, Any]) -> str:
    return f"  [{stage['number']}/{stage['total']}] {one_line(stage['name'])}{'' if stage['finished'] else ' …'}"
