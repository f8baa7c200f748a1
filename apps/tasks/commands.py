# [DEF:tasks.commands:Module]
# @COMPLEXITY: 3
# @PURPOSE: For commands that hand their work to a worker.
# @RELATION DEPENDS_ON -> core.answers
# @RELATION DEPENDS_ON -> environments.progress
"""For commands that hand their work to a worker."""

from __future__ import annotations

from apps.core.answers import DONE, FAILED, Answer
from apps.environments.progress import Stream
from apps.tasks.models import Task, TaskState
from apps.tasks.services import follow, worker_is_alive
from apps.tasks.told import line_text, shown_answer


def followed_answer(task: Task, stream: Stream) -> Answer:
    """Write the task's lines to the stream as they come; the answer is how it ended. Ctrl-C only ends the following."""
    if not worker_is_alive():
        stream.write(f"No worker runs: start one with `manage.py worker`. Task {task.pk} waits for it.\n")
    for line in follow(task):
        if line.level != "debug":
            stream.write(f"{line_text(line)}\n")
            stream.flush()
    shown = shown_answer(task)
    return Answer(shown.data, shown.text, shown.markdown, DONE if task.state == TaskState.SUCCEEDED else FAILED)
