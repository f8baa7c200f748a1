# [DEF:tasks.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks as answers of commands.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> plugins.inputs
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from apps.contracts.plain_text import one_line
from apps.core.management.output import PENDING, Output, markdown_table, table_output, text_table
from apps.plugins.inputs import InputField, InputKind
from apps.tasks.api import columns
from apps.tasks.models import Task, TaskLine
from apps.tasks.questions import open_pause
from apps.tasks.retention import Pruned

MANAGE = "manage.py task answer"

HEADERS = ("Task", "What", "Environment", "State", "Started by", "Created", "Attempts")


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
    """Of one line whatever it tells, so that no part of it passes for another."""
    level = "" if line.level == "info" else f"{line.level}: "
    return f"{line.at:%H:%M:%S}  {source}{level}{one_line(line.text)}"


def how_to_answer(task: Task, questions: Sequence[InputField]) -> str:
    """What it waits for, and the command that tells it."""
    asked = ", ".join(one_line(question.title) for question in questions)
    words = " ".join(
        f"--secret-file {shlex.quote(question.name)}=FILE"
        if question.kind is InputKind.SECRET
        else f"--set {shlex.quote(f'{question.name}={suggested(question)}')}"
        for question in questions
    )
    return f"It waits for an answer ({asked}): on its page, or with `{MANAGE} {task.pk} {words}`."


def suggested(question: InputField) -> str:
    """The first choice, or a word that stands for the answer."""
    first = next(iter(question.choices), None)
    return (first.label or first.value) if first else "…"


def list_output(tasks: list[Task]) -> Output:
    return table_output([task_data(task) for task in tasks], HEADERS, [_row(task) for task in tasks], empty="No tasks.")


def detail_output(task: Task) -> Output:
    rows = [(name, value) for name, value in _facts(task) if value]
    stages = [_stage(stage) for stage in task.stages]
    artifacts = list(task.artifacts.all())
    files = [f"  {one_line(artifact.name)} ({artifact.size} bytes): {artifact.path}" for artifact in artifacts]
    asked = open_pause(task)
    question = [how_to_answer(task, asked.fields)] if asked else []
    parts = [text_table(("Task", str(task.pk)), rows), *stages, *files, *question]
    data = task_data(task) | {
        "artifacts": [{"name": each.name, "path": each.path} for each in artifacts],
        "questions": asked.questions if asked else [],
    }
    markdown = "\n".join(
        [markdown_table(("Task", str(task.pk)), rows), "", *(f"* {part.strip()}" for part in parts[1:])]
    )
    return Output(data, "\n".join(parts), markdown.rstrip())


def prune_output(pruned: Pruned, *, done: bool) -> Output:
    """What was removed, or would be."""
    if pruned == Pruned():
        return Output(asdict(pruned), "Nothing to remove.")
    tasks = f"{pruned.tasks} task{'' if pruned.tasks == 1 else 's'} with {pruned.lines} lines"
    what = f"{tasks}, and {pruned.files} files of {pruned.bytes} bytes that nothing else points to"
    if done:
        return Output(asdict(pruned), f"Removed {what}.")
    step = "Nothing is removed yet. To go on: manage.py task prune --yes"
    return Output(asdict(pruned), f"Would remove {what}. {step}", exit_code=PENDING)


def lines_output(task: Task, lines: list[TaskLine], *, chosen: bool = False) -> Output:
    """Each with its source; `chosen` if the task may have told others."""
    width = max((len(line.source) for line in lines), default=0)
    text = "\n".join(line_text(line, f"{line.source:{width}}  " if width else "") for line in lines)
    none = f"Task {task.pk} has {'no such line' if chosen else 'told nothing yet'}; it is {task.state_in_words}."
    return Output([line_data(line) for line in lines], text or none)


def _row(task: Task) -> tuple[str, ...]:
    return (
        str(task.pk),
        f"{task.plugin}.{task.action}",
        task.environment_name or "-",
        task.state,
        task.started_by,
        f"{task.created:%Y-%m-%d %H:%M}",
        str(task.attempts),
    )


def _facts(task: Task) -> list[tuple[str, str]]:
    process = f"process {task.pid} on {task.machine}" if task.pid else ""
    progress = f"{task.progress['stage']}: {task.progress['done']} of {task.progress['total']}" if task.progress else ""
    return [
        ("What", f"{task.plugin}.{task.action}"),
        ("Environment", task.environment_name),
        ("Parameters", ", ".join(f"{name} {value}" for name, value in task.params.items())),
        ("State", task.state),
        ("Started by", task.started_by),
        ("Created", f"{task.created:%Y-%m-%d %H:%M:%S}"),
        ("Started", f"{task.started:%Y-%m-%d %H:%M:%S}, attempt {task.attempts}" if task.started else ""),
        ("To stop since", f"{task.cancel_requested:%Y-%m-%d %H:%M:%S}" if task.cancel_requested else ""),
        ("Retry of", f"task {task.retry_of_id}" if task.retry_of_id else ""),
        ("Finished", f"{task.finished:%Y-%m-%d %H:%M:%S}" if task.finished else ""),
        ("By", process),
        ("Progress", progress),
        ("Result", ", ".join(f"{name} {value}" for name, value in (task.result or {}).items())),
        ("Error", task.error["sentence"] if task.error else ""),
    ]


def _stage(stage: dict[str, Any]) -> str:
    return f"  [{stage['number']}/{stage['total']}] {one_line(stage['name'])}{'' if stage['finished'] else ' …'}"
