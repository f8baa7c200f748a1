# [DEF:tasks.management.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HELP_UNDO = _("show it there again")
FOLLOWING = _("Task {task} is queued. Ctrl-C only stops following it.")
TASK_NUMBER = _("Task {number}")
NO_WORKER = _("No worker is running; task {number} waits for one. Start one with `{program} worker`.")
WORKER_GONE = _("The worker of task {number} has not been seen for a minute, and no other one is running.")
OFFERS_TOO_MUCH = _("A worker can offer {most} words at most, not {number}.")
NOT_STARTED = _(
    "Task {number} has not started: it waits for a worker. Start one with `{program} worker`, follow the task with "
    "`{program} task lines {number} --follow`, or cancel it with `{program} task cancel {number}`."
)
ABANDONED = _(
    "Task {number} has lost its worker: the next one finds out what became of it. Start one with `{program} worker`, "
    "then follow the task with `{program} task lines {number} --follow`."
)
LEFT_RUNNING = _(
    "Stopped following. Task {number} goes on. Follow it with `{program} task lines {number} --follow`, or cancel it "
    "with `{program} task cancel {number}`."
)
LEFT_QUEUED = _(
    "Stopped following. Task {number} is still queued. Follow it with `{program} task lines {number} --follow`, or "
    "cancel it with `{program} task cancel {number}`."
)
LEFT_WAITING = _(
    "Stopped following. Task {number} waits for an answer. See its question with `{program} task show {number}`, or "
    "cancel it with `{program} task cancel {number}`."
)
STILL_ASKED = _("“{question}” was not answered. The task still waits for it.")
