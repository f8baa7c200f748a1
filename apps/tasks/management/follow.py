# [DEF:tasks.management.follow:Module]
# @COMPLEXITY: 3
# @PURPOSE: For commands that hand their work to a worker.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> environments.management.progress
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

import sys

from apps.core.management.output import DONE, FAILED, PENDING, Output
from apps.environments.management.progress import Stream
from apps.tasks.health import worker_is_alive
from apps.tasks.management.output import detail_output, line_text
from apps.tasks.management.prompts import ask
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import follow
from apps.users.models import User

EXIT_CODES = {TaskState.SUCCEEDED: DONE, TaskState.AWAITING_INPUT: PENDING}


def followed_output(task: Task, stream: Stream, *, answering: User | None = None) -> Output:
    """Write the task's lines to the stream as they come; the answer is how it ended, or what it waits for.

    A person at a terminal is asked for the answers themselves, which are given as those of `answering`. Ctrl-C only
    ends the following.
    """
    if not worker_is_alive():
        stream.write(f"No worker runs: start one with `manage.py worker`. Task {task.pk} waits for it.\n")
    after = 0
    while True:
        for line in follow(task, after=after):
            after = line.seq
            if line.level != "debug":
                stream.write(f"{line_text(line)}\n")
                stream.flush()
        asked = open_pause(task)
        if asked is None or answering is None or not sys.stdin.isatty():
            break
        answer(actor=answering, task=task, answers=ask(asked.fields, stream))
    shown = detail_output(task)
    return Output(shown.data, shown.text, shown.markdown, EXIT_CODES.get(TaskState(task.state), FAILED))
