# [DEF:project.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences of the front page and of the web server: what needs attention, and why a request failed.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# --- front page -------------------------------------------------------------------------------------------------------

OVERVIEW = _("Overview")
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
