# [DEF:tasks.management.follow:Module]
# @COMPLEXITY: 3
# @PURPOSE: Follows a task at the terminal, for commands that queue their work.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> environments.management.progress
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

import sys

from django.utils.translation import gettext as _

from apps.core.management.output import DONE, FAILED, PENDING, Output
from apps.core.management.program import program
from apps.environments.management.progress import Stream
from apps.tasks.health import worker_is_alive
from apps.tasks.management.output import detail_output, how_to_answer, line_text
from apps.tasks.management.prompts import ask
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import follow
from apps.users.models import User

EXIT_CODES = {TaskState.SUCCEEDED: DONE, TaskState.AWAITING_INPUT: PENDING}


def followed_output(task: Task, stream: Stream, *, answering: User | None = None) -> Output:
    """Write the task's lines to the stream as they come. The output says how it ended, or what it waits for.

    At a terminal, it prompts for answers, given on behalf of `answering`. Ctrl-C stops following, not the task.
    """
    if not worker_is_alive():
        text = _("No worker is running. Start one with `{program} worker`; task {number} waits for it.")
        stream.write(f"{text.format(number=task.pk, program=program())}\n")
    after = 0
    while True:
        for line in follow(task, after=after):
            after = line.seq
            if line.level != "debug":
                stream.write(f"{line_text(line)}\n")
                stream.flush()
        pause = open_pause(task)
        if pause is None:
            break
        if answering is None or not sys.stdin.isatty():
            stream.write(f"{how_to_answer(task, pause.fields)}\n")
            break
        answer(actor=answering, task=task, answers=ask(pause.fields, stream))
    shown = detail_output(task)
    return Output(shown.data, shown.text, shown.markdown, EXIT_CODES.get(TaskState(task.state), FAILED))
