# [DEF:doctor.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the doctor says: the names of its checks, and a sentence for each finding.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.doctor.findings import Check, State

TITLES = {
    Check.DATABASE: _("Database"),
    Check.SCHEMA: _("Tables"),
    Check.QUEUE: _("Queue"),
    Check.BROKER: _("Wake-ups"),
    Check.WORKERS: _("Workers"),
    Check.SCHEDULER: _("Scheduler"),
    Check.CLOCK: _("Clock"),
    Check.STORAGE: _("Storage"),
    Check.FILES: _("Files"),
    Check.SECRETS: _("Stored secrets"),
    Check.SIGN_IN: _("Sign-in"),
    Check.RELEASE: _("Release"),
    Check.RIGHTS: _("Rights"),
    Check.SERVER_CLOCK: _("Clock"),
    Check.LATENCY: _("Latency"),
}

STATES = {State.OK: _("ok"), State.WARNING: _("warning"), State.FAILED: _("failed"), State.UNKNOWN: _("not known")}

# --- The installation -------------------------------------------------------------------------------------------------

DATABASE_ANSWERS = _("{engine} {version} answers.")
DATABASE_FAILED = _("It cannot be used: {reason}.")
DATABASE_UNKNOWN = _("Not known while the database cannot be used.")
TABLES_UNKNOWN = _("Not known while the tables are not those of this version.")

SCHEMA_CURRENT = _("All schema migrations are applied.")
SCHEMA_AHEAD = _("The database is from a newer version: it has {names}, which this version does not know.")


def schema_lacking(number: int) -> str:
    return ngettext(
        "{number} schema migration is not applied.", "{number} schema migrations are not applied.", number
    ).format(number=number)


QUEUE_EMPTY = _("No task is waiting.")
QUEUE_MOVES = _("Tasks are waiting: {number}. The oldest has been waiting for {seconds} s.")
QUEUE_STUCK = _("Task {task} has been waiting since {since} UTC, although nothing is in its way.")
QUEUE_UNSERVED = _("Task {task} waits for a worker that offers {needs}; none is running.")
TASK_SILENT = _("Task {task} has given no sign of life since {since} UTC.")

BROKER_ANSWERS = _("Redis carries them.")
BROKER_AWAY = _("Redis cannot be used ({reason}). Workers look for tasks each second instead.")

SCHEDULER_RUNS = _("The clock of the schedules runs.")
WORKER_CLOCK = _("The clock of {worker} is {seconds} s ahead of that of this machine.")


def workers_run(workers: int, processes: int, names: str) -> str:
    return ngettext(
        "{workers} worker runs, with room for {processes} tasks at once: {names}.",
        "{workers} workers run, with room for {processes} tasks at once: {names}.",
        workers,
    ).format(workers=workers, processes=processes, names=names)


CLOCK_OF_FILE = _("The database has the clock of this machine.")
CLOCK_AGREES = _("The clocks of this machine and of the database are within {seconds} s.")
CLOCK_DIFFERS = _("The clocks of this machine and of the database are {seconds} s apart.")

STORAGE_WORKS = _("“{directory}” can be written to, and has {free} free.")
STORAGE_SHORT = _("“{directory}” has only {free} free.")
STORAGE_REFUSED = _("“{directory}” cannot be written to ({reason}).")

FILES_WORK = _("A file was stored in {place}, read and deleted.")

NO_SECRETS = _("None are stored.")


def secrets_readable(number: int) -> str:
    return ngettext(
        "The {number} stored secret can be decrypted.", "All {number} stored secrets can be decrypted.", number
    ).format(number=number)


def secrets_damaged(number: int, names: str) -> str:
    return ngettext(
        "{number} stored secret cannot be decrypted: {names}.",
        "{number} stored secrets cannot be decrypted: {names}.",
        number,
    ).format(number=number, names=names)


# --- Environments -----------------------------------------------------------------------------------------------------

NOT_ASKED = _("Not asked now. Last contact: {moment} UTC.")
NEVER_ASKED = _("Not asked yet.")
DISABLED = _("Not asked: this environment is disabled.")
AFTER_SIGN_IN = _("Not known, because Lockstep could not sign in.")

SIGNED_IN = _("Lockstep signs in as {account} at {url}.")
RELEASE_KNOWN = _("Superset {release} is supported.")
RELEASE_NEWER = _(
    "Superset {release} is newer than all that this version of Lockstep knows, and is treated like {line}."
)
RELEASE_NEWER_STEP = _("Read its plans with care, and upgrade Lockstep when it supports this release.")
RIGHTS_ALL = _("The account may do what a migration from here, or to here, needs.")
RIGHTS_SOURCE_ONLY = _("A migration can come from here, but cannot go here: the account lacks {rights}.")
RIGHTS_MISSING = _("No migration can come from here or go here: the account lacks {rights}.")
RIGHTS_STEP = _("Grant them to one of the account's roles in Superset, if they are needed.")
RIGHTS_UNKNOWN = _("The server does not show what the account may do.")
CLOCK_RIGHT = _("Its clock agrees with that of this machine.")
CLOCK_AHEAD = _("Its clock is {seconds} s ahead of that of this machine.")
CLOCK_BEHIND = _("Its clock is {seconds} s behind that of this machine.")
CLOCK_STEP = _("Synchronise the clocks of both machines (NTP).")
CLOCK_UNSTATED = _("The server does not state its time.")
ANSWERS_IN = _("It answers within {milliseconds} ms.")
ANSWERS_SLOWLY = _("It takes {milliseconds} ms for the smallest answer.")
SLOW_STEP = _("Check the load of that server, and the network between it and this machine.")

# --- The task ---------------------------------------------------------------------------------------------------------

FINDING = _("{environment}, {check}: {sentence}")
BUSY = _("Task {task} is examining the environments already ({state}).")
QUEUED = _("Task {task} asks the environments.")
