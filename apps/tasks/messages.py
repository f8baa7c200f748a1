# [DEF:tasks.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What tasks say to people: refusals, outcomes and notices.

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# --- Starting ---------------------------------------------------------------------------------------------------------

NO_TASK = _("There is no task {number}.")
INACTIVE = _("The account “{user}” is inactive and cannot act.")
WRITES_SOMEWHERE = _("{action} writes to an environment: choose one.")
WORKS_SOMEWHERE = _("{action} needs an environment: choose one.")
DISABLED = _("The environment “{environment}” is disabled.")
OTHER_ENVIRONMENT = _("With these parameters, {action} works on “{environment}”: start it there.")
PARAMETERS_INVALID = _("The parameters are no longer valid. {reason}")
ENVIRONMENT_REMOVED = _("The environment “{environment}” was removed.")
STARTER_INACTIVE = _("The account “{user}”, which started this task, is inactive. Start the task yourself.")
ANSWERER_INACTIVE = _("The account “{user}”, which answered a question of this task, is inactive. Start it yourself.")
STARTED_BY_LOCKSTEP = _("Lockstep started this task itself. Start it yourself to act in your own name.")
ENVIRONMENT_BUSY = _("“{environment}” is being written to by {holder}. Wait until it has ended, then try again.")
HOLDER = _("{task} (started by {actor}, process {pid} on {machine})")
ANOTHER_TASK = _("another task")

WORKER_STARTED = _("Working with {count} processes. Ctrl-C ends it when the running tasks are done.")
WORKER_SEATS = _("Large tasks at a time: {count}.")
WORKER_OFFERS = _("It offers: {offers}.")
WORKER_STOPPING = _("Stopping: waiting for the running tasks.")

# --- Control ----------------------------------------------------------------------------------------------------------

OPEN_TASKS = _("it has open tasks")
ALREADY_ENDED = _("Task {number} has already ended: {state}.")
ALREADY_STOPPING = _("Task {number} is already stopping.")
NOT_ENDED = _("Task {number} is {state}. It can be retried once it has ended.")
NOTHING_TO_RETRY = _("Task {number} succeeded: there is nothing to retry.")
ALREADY_RETRIED = _("Task {number} ({state}) is already a retry of it.")
NO_QUESTION = _("Task {number} has no open question: it is {state}.")
QUESTION_EXPIRED = _("The question of task {number} expired at {until}. Retry the task to be asked again.")
NO_LONGER_ASKS = _("Task {number} no longer waits for an answer: it is {state}.")
TOO_LATE = _("Someone else has just answered or ended task {number}. Look at it again.")

NO_FAILURE = _("There is no failure to dismiss.")
ALREADY_DISMISSED = _("This failure has already been dismissed.")
FAILED_AGAIN = _("It has failed again since. Look at the overview again.")
NOT_DISMISSED = _("This failure is not dismissed.")
DISMISSED = _("{what} no longer shows on the overview.")
RESTORED = _("{what} shows on the overview again.")
DISMISSED_BY = _("{moment} by {user}")

# --- Outcomes ---------------------------------------------------------------------------------------------------------

CANCELLED_BEFORE_START = _("Cancelled by {actor} before it started.")
CANCELLED_WHILE_WAITING = _("Cancelled by {actor} while it waited for an answer.")
CANCELLED_WHILE_ASKING = _("Cancelled when it was about to ask a question")
STOPPED = _("Stopped at the request of {user}")
CANCELLED_TOO_LATE = _("Cancellation came too late: there was nothing left to stop")
OUT_OF_TIME = _("It exceeded its time limit of {seconds} seconds")
REASSIGNED = _("This process was presumed dead, and its task was given to another")
NOT_STORED = _("lines or files cannot be stored ({reason})")
DATABASE_AWAY = _("the database was away for too long")
UNEXPECTED = _("Unexpected error. Lockstep's log has the details.")
UNEXPECTED_SAYING = _("Unexpected error: {error}. Lockstep's log has the details.")
KILLED_AFTER_CANCEL = _("It did not stop within {grace} s of being cancelled: its process was killed.")
KILLED_AFTER_LIMIT = _("It exceeded its limit of {limit} s and did not stop within {grace} s: its process was killed.")
DIED_WHILE_STOPPING = _("Process {pid} on {machine} died while the task was stopping.")
DIED = _("Process {pid} on {machine} died: how far the task got is not known.")
HALF_RESTORED = _("This instance is half restored: the restore of “{file}” was interrupted in its last step.")
UNANSWERED = _("The question of {asked} was not answered by {until}. Retry the task.")

# --- Lines ------------------------------------------------------------------------------------------------------------

CANCEL_REQUESTED = _("Cancellation requested by {actor}")
ANSWERED = _("Answered by {actor}: {answers}")
SECRET = _("(secret)")
WAITING_FOR_ANSWER = _("Waiting for an answer: {questions}")
ATTEMPT = _("Attempt {number} starts in process {pid} on {machine}")
STARTING_OVER = _("The connection to the database was lost: starting over")
QUEUED_AGAIN = _("Process {pid} on {machine} died: queued again after attempt {number} of {attempts}")


def pruned(tasks: int, lines: int, files: int, size: int) -> str:
    """`1 task with 3 lines, 2 files of 20 bytes`."""
    return ", ".join(
        [
            ngettext("{count} task", "{count} tasks", tasks).format(count=tasks)
            + ngettext(" with {count} line", " with {count} lines", lines).format(count=lines),
            ngettext("{count} file", "{count} files", files).format(count=files)
            + ngettext(" of {count} byte", " of {count} bytes", size).format(count=size),
        ]
    )


REMOVED = _("Removed {what}")

# --- Health -----------------------------------------------------------------------------------------------------------

WORKER_UNKNOWN = _("It is not known whether a worker is running: signs of life cannot be stored.")
NEEDS_A_WORKER = _("It waits for a worker that offers {needs}; none is running.")
NO_SCHEDULER = _("Without a worker, no schedule runs.")


def no_worker(waiting: int) -> str:
    if not waiting:
        return str(_("No worker is running."))
    return ngettext(
        "No worker is running, and {count} task is waiting.",
        "No worker is running, and {count} tasks are waiting.",
        waiting,
    ).format(count=waiting)


def clock_stopped(since: datetime | None) -> str:
    if since is None:
        return str(_("The clock of the schedules has stopped, although a worker is running."))
    return _("The clock of the schedules stopped at {since} UTC, although a worker is running.").format(
        since=f"{since:%Y-%m-%d %H:%M}"
    )


def function_stopped(function: str, since: datetime | None) -> str:
    if since is None:
        return _("{function} has not succeeded yet, although a worker is running.").format(function=function)
    return _("{function} has not succeeded since {since} UTC, although a worker is running.").format(
        function=function, since=f"{since:%Y-%m-%d %H:%M}"
    )


# --- Web server -------------------------------------------------------------------------------------------------------

PORT_TAKEN = _("Port {port} on {host} is already in use.")
PORT_UNUSABLE = _("Port {port} on {host} cannot be used ({reason}).")


def schema_outdated(pending: int) -> str:
    return ngettext(
        "The database is from an older version and lacks {count} schema migration.",
        "The database is from an older version and lacks {count} schema migrations.",
        pending,
    ).format(count=pending)


# --- Lists and stages -------------------------------------------------------------------------------------------------

TITLE_ON = _("{title}: {environment}")
PROGRESS = _("{stage}: {done} of {total}")
NOT_NEEDED = _("Not needed.")
NOT_REACHED = _("Not reached.")
RETRY_STEP = _("Retry the task.")

# --- Pages ------------------------------------------------------------------------------------------------------------

QUEUED = _("Task {number} is queued.")
CANCELLED = _("Task {number} is cancelled.")
WILL_STOP = _("Task {number} will stop as soon as it can.")
RESUMED = _("Task {number} resumes with this answer.")
CONFIRM_CANCEL = _("Cancel {task}?")
READS_ARE_DROPPED = _("Reads in progress are given up at once.")
WRITES_ARE_AWAITED = _(
    "A write that was sent is awaited or read back. Then the task stops and reports what was written."
)
CONFIRM_RETRY = _("Retry {task} as a new task?")
WRITES_TO = _("It writes to “{environment}”.")
