# [DEF:tasks.told:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks as answers of commands.
# @RELATION DEPENDS_ON -> core.answers
"""Tasks as answers of commands."""

from __future__ import annotations

from typing import Any

from apps.core.answers import Answer, markdown_table, table_answer, text_table
from apps.tasks.models import Task, TaskLine

HEADERS = ("Task", "What", "Environment", "State", "Started by", "Created", "Attempts")


def told_task(task: Task) -> dict[str, Any]:
    return {
        "id": task.pk,
        "plugin": task.plugin,
        "action": task.action,
        "params": task.params,
        "environment": task.environment_name or None,
        "state": task.state,
        "actor": str(task.actor),
        "created": task.created.isoformat(),
        "started": task.started.isoformat() if task.started else None,
        "finished": task.finished.isoformat() if task.finished else None,
        "attempts": task.attempts,
        "stages": task.stages,
        "progress": task.progress,
        "result": task.result,
        "error": task.error,
    }


def told_line(line: TaskLine) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at": line.at.isoformat(),
        "level": line.level,
        "source": line.source,
        "text": line.text,
        "facts": line.facts,
    }


def line_text(line: TaskLine) -> str:
    return (
        f"{line.at:%H:%M:%S}  {line.text}" if line.level == "info" else f"{line.at:%H:%M:%S}  {line.level}: {line.text}"
    )


def listed_answer(tasks: list[Task]) -> Answer:
    return table_answer([told_task(task) for task in tasks], HEADERS, [_row(task) for task in tasks], empty="No tasks.")


def shown_answer(task: Task) -> Answer:
    rows = [(name, value) for name, value in _facts(task) if value]
    stages = [_stage(stage) for stage in task.stages]
    artifacts = list(task.artifacts.all())
    files = [f"  {artifact.name} ({artifact.size} bytes): {artifact.path}" for artifact in artifacts]
    parts = [text_table(("Task", str(task.pk)), rows), *stages, *files]
    data = told_task(task) | {"artifacts": [{"name": each.name, "path": each.path} for each in artifacts]}
    markdown = "\n".join(
        [markdown_table(("Task", str(task.pk)), rows), "", *(f"* {part.strip()}" for part in parts[1:])]
    )
    return Answer(data, "\n".join(parts), markdown.rstrip())


def lines_answer(task: Task, lines: list[TaskLine]) -> Answer:
    text = "\n".join(map(line_text, lines)) or f"Task {task.pk} has told nothing yet; it is {task.state}."
    return Answer([told_line(line) for line in lines], text)


def _row(task: Task) -> tuple[str, ...]:
    return (
        str(task.pk),
        f"{task.plugin}.{task.action}",
        task.environment_name or "-",
        task.state,
        str(task.actor),
        f"{task.created:%Y-%m-%d %H:%M}",
        str(task.attempts),
    )


def _facts(task: Task) -> list[tuple[str, str]]:
    process = f"process {task.pid} on {task.host}" if task.pid else ""
    progress = f"{task.progress['stage']}: {task.progress['done']} of {task.progress['total']}" if task.progress else ""
    return [
        ("What", f"{task.plugin}.{task.action}"),
        ("Environment", task.environment_name),
        ("Parameters", ", ".join(f"{name} {value}" for name, value in task.params.items())),
        ("State", task.state),
        ("Started by", str(task.actor)),
        ("Created", f"{task.created:%Y-%m-%d %H:%M:%S}"),
        ("Started", f"{task.started:%Y-%m-%d %H:%M:%S}, attempt {task.attempts}" if task.started else ""),
        ("Finished", f"{task.finished:%Y-%m-%d %H:%M:%S}" if task.finished else ""),
        ("By", process),
        ("Progress", progress),
        ("Result", ", ".join(f"{name} {value}" for name, value in (task.result or {}).items())),
        ("Error", task.error["sentence"] if task.error else ""),
    ]


def _stage(stage: dict[str, Any]) -> str:
    return f"  [{stage['number']}/{stage['total']}] {stage['name']}{'' if stage['finished'] else ' …'}"
