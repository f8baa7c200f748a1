# [DEF:project.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences of the front page and of the web server: what needs attention, and why a request failed.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

# --- front page -------------------------------------------------------------------------------------------------------

OVERVIEW = _("Overview")
DOCTOR = _("Doctor")
YOUR_DECISIONS = _("Waiting for you")
YOUR_WORK = _("Your work came back")
FAILURES = _("Failures")
WAITING = _("Waiting for somebody")
NEXT_STEPS = _("Next steps")
DISMISSED = _("Dismissed by “{user}” on {at} UTC.")

CONNECT = _("Connect two environments: a source and a target.")
SYNC = _("Sync their catalogues.")
MAP = _("Map the databases of the source to those of the target.")
PLAN = _("Plan the first migration. Nothing is written.")
APPLY = _("Read the plan, get it approved if the target is protected, and apply it.")
ASK_FOR_ROLE = _("You have no role yet, so there is nothing to see. Ask an administrator for one: {names}.")
ASK_FOR_STEP = _("You may not do the next step yourself. Ask an administrator: {names}.")

WORKER, SCHEDULER, STORAGE, AUDIT = _("Worker"), _("Scheduler"), _("Storage"), _("Audit")
WORKER_RUNS = _("Running; takes queued tasks.")
SCHEDULER_RUNS = _("Running; starts due schedules.")
STORAGE_WORKS = _("Changes can be stored.")
AUDIT_SEALED = _("Its entries are sealed.")
AUDIT_UNSEALED = ngettext_lazy(
    "{number} entry has been waiting for its seal since {since} UTC.",
    "{number} entries have been waiting for their seal since {since} UTC.",
    "number",
)
AUDIT_NEXT_STEP = _("Check the log of the worker and the web server, and verify the audit.")
ENVIRONMENT_ANSWERS = _("Reachable.")
ENVIRONMENT_NOT_CHECKED = _("Not checked yet.")
CHECK_ENVIRONMENT = _("Check the connection on its page.")

SCHEDULE_REFUSED = _("The schedule “{schedule}” could not run.")
TASK = _("Task {number}, {title},")
TASK_ON = _("Task {number}, {title} ({environment}),")
TASK_ASKS = _("{task} is waiting for an answer.")
TASK_WENT_WRONG = _("{task} {state}.")
TASK_STUCK = _("{task} has been waiting since {since} UTC.")
ENVIRONMENT_UNUSABLE = _("“{environment}” could not be used: {state}.")
PROTECTION_LOWERED_ALONE = _("“{user}” lowered the protection of “{environment}” alone on {date}: {change}.")
PROTECTION_NEEDS_YOU = _("The request of “{user}” for “{environment}” ({change}) is waiting for your confirmation.")
PROTECTION_NEEDS_OTHERS = _(
    "The request of “{user}” for “{environment}” ({change}) is waiting for somebody else's confirmation."
)
REASON = _("Reason: {reason}")
MIGRATION = _("Migration {number} to “{target}” ({title})")
MIGRATION_WENT_WRONG = _("{migration} {status}.")
MIGRATION_NEXT_STEP = _("Check what was written. Then roll it back, or plan again for the rest.")
MIGRATION_NEEDS_YOU = _("{migration} is waiting for your approval.")
MIGRATION_NEEDS_MORE = _("{migration} was approved and needs further approvals.")
MIGRATION_PLANNED = _("{migration} is planned and can be applied.")
MIGRATION_TO_SUBMIT = _("{migration} is planned and can be submitted for approval.")
MIGRATION_SUBMITTED = _("{migration} is waiting for approval.")
MIGRATION_APPROVED = _("{migration} is approved and can be applied.")
MIGRATION_REJECTED = _("{migration} was rejected by “{user}”.")
REJECTED_NEXT_STEP = _("Plan it again, or withdraw it.")
MIGRATION_WITHDRAWN = _("{migration} was withdrawn by “{user}”.")
WITHDRAWN_NEXT_STEP = _("To go on, plan a new migration.")
DRAFT_NEXT_STEP = _("Plan it again.")
MIGRATION_DRAFT = _("{migration} is a draft again and must be planned again.")
PLUGIN_BROKEN = _("The plugin “{plugin}” is broken.")

# --- sign-in ----------------------------------------------------------------------------------------------------------

NO_ACCESS = _("No access to the admin")
SIGNED_IN_WITHOUT_ACCESS = _(
    "You are signed in as “{user}”, but only staff can use the admin. {next_step} Until then you can use the API."
)
ASK_FOR_STAFF = _("Ask an administrator to turn on “Staff status” on the page of your account.")
ASK_FOR_GROUP = _("Ask an administrator to turn on “Staff” in the group mapping of one of your groups.")

# --- requests ---------------------------------------------------------------------------------------------------------

NO_ROUTE = _("There is no such address in the API.")
HEAD_INVALID = _("The head of this request is not valid.")
BODY_TOO_LARGE = _("The request body is larger than {limit} bytes.")
BODY_TOO_SLOW = _("The request body did not arrive in time. Send it again.")
DISK_FULL = _("The disk of the data directory is full. Try again when there is space.")
PROBE_METHOD = _("This address can only be read, not called with {method}.")
NOT_READY = _("Lockstep cannot do all of its work at the moment. Sign in and look at the overview, or read its log.")
PROBLEM_UNKNOWN = _("No problem has this code.")
