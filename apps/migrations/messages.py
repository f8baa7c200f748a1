# [DEF:migrations.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

# Planning

NO_MIGRATION = _("There is no migration {number}.")
NO_PLAN = _("Migration {number} has no plan yet.")
NO_PLAN_OF_TASK = _("Task {task} made no plan, or it is no longer stored.")
NO_CHANGE = _("The plan has no change of “{uuid}”.")
UNKNOWN_FINGERPRINT = _("The plan has no such change. It may have been planned again: reload it.")
REPLAN_KEEPS = _(
    "Planning a migration again keeps the new plan. To see a plan without keeping it, make a new migration plan."
)
REPLAN_SELECTS = _("Planning a migration again keeps its dashboards. To select others, make a new plan.")
SELECTED_TWICE = _("Select some dashboards or all of them, not both.")
ONLY_DASHBOARDS = _("Only dashboards are selected for a migration. Their charts and datasets come along.")
NOTHING_SELECTED = _("No dashboards are selected.")
OTHER_ENVIRONMENTS = _("Migration {number} goes from “{source}” to “{target}”. Use these environments.")
MOVED_MEANWHILE = _("Somebody else changed migration {number} at the same time. Reload it and try again.")
PLANS_THE_SAME = _("Task {task} is {state} and plans the same. Wait until it has ended.")
UNREADABLE = _("The stored {plan} cannot be read. Plan again.")
TASK_PLAN_UNREADABLE = _("The stored plan of task {task} cannot be read. Plan again.")
TAMPERED = _("The stored {plan} was changed after it was made. Plan again.")
MANY_DASHBOARDS = _("{number} dashboards: {titles}…")

# Deciding

ALREADY_APPROVED = _("Migration {number} has already been approved and needs no further approval.")
ALREADY_APPROVED_BY = _("Migration {number} has already been approved by {names} and needs no further approval.")
OWN_MIGRATION = _("You planned or submitted migration {number}. Somebody else has to decide on it.")
OWN_ANSWER = _("You answered a question of the plan of migration {number}. Somebody else has to decide on it.")
ALREADY_DECIDED = _("You have already decided on this plan of migration {number} ({decision}).")
ALREADY = _("Migration {number} is already {state}.")
CANNOT_BECOME = {
    "planned": _("Migration {number} is {state} and cannot be planned again."),
    "submitted": _("Migration {number} is {state} and cannot be submitted."),
    "approved": _("Migration {number} is {state} and cannot be approved."),
    "rejected": _("Migration {number} is {state} and cannot be rejected."),
    "withdrawn": _("Migration {number} is {state} and cannot be withdrawn."),
}
ROLL_BACK_FIRST = _("Migration {number} is {status}. Roll it back first, or plan a new one.")
OTHER_CHECKSUM = _("The checksum does not match the plan of migration {number}. Read the plan again.")
WHY_REJECTED = _("Say why it is rejected.")
NO_COMMENT = _("Write a comment.")

# Approvals

APPROVALS_STAND = ngettext_lazy(
    "{given} of {needed} approvals stands: {why}", "{given} of {needed} approvals stand: {why}", "given"
)
NOBODYS = _("one of them was given by nobody")
DEACTIVATED = _("{user}'s account was deactivated")
MAY_NOT_APPROVE = _("{user} may no longer approve on “{target}”")
TOOK_PART = _("{user} took part in the plan")
APPROVAL_EXPIRED = ngettext_lazy(
    "the approval expired after {days} day", "the approval expired after {days} days", "days"
)
TARGET_CHANGED = _("the target changed since the plan was made: {detail}")
ROLLED_BACK = _("it was rolled back: applying it again needs a new approval")
NOT_PROTECTED = _("“{target}” is no longer protected")
STAND_AGAIN = _("approvals that had lapsed are valid again")
NEEDS_FEWER = ngettext_lazy(
    "“{target}” now needs {needed} approval", "“{target}” now needs {needed} approvals", "needed"
)
DRAFT_AGAIN = _("Migration {number} is a draft again.")

# What comes next

NEXT = {
    "plan": _("Plan it again."),
    "submit": _("Submit it for approval: “{target}” is protected."),
    "apply": _("Apply it to “{target}”."),
    "rollback": _("Roll back what was written to “{target}”."),
}
NEXT_APPROVE = ngettext_lazy("It needs {lacking} more approval.", "It needs {lacking} more approvals.", "lacking")
NEXT_ANSWER = _("Answer the question of task {task}.")
NEXT_TASK = _("Task {task} is {state}.")
NEXT_APPLYING = _("It is being applied to “{target}”.")
NEXT_ROLLING_BACK = _("It is being rolled back on “{target}”.")
NEXT_OPEN = _("One of its requests may still be carried out. Lockstep checks what became of it.")
NEXT_RELEASE = _("It has enough approvals. Lockstep approves it within a minute.")
NEXT_SUCCEEDED = _("It is on “{target}”.")
NEXT_ROLLED_BACK = _("It was rolled back on “{target}”.")
NEXT_WITHDRAWN = _("It was withdrawn.")

# Applying and rolling back

DISABLED = _("The environment “{environment}” is disabled. Enable it first.")
BUSY = _("Task {task} is {state} for migration {number}. Wait until it has ended.")
IS_DRAFT = _("Migration {number} is a draft again.")
IS_DRAFT_BECAUSE = _("Migration {number} is a draft again ({why}).")
NEEDS_APPROVAL = _("“{target}” is protected, so its changes need approval.")
APPROVAL_USED = _("Migration {number} was rolled back, which used up its approval.")
ONLY_APPROVED = _("Migration {number} is {state}. Only an approved migration can be applied.")
HAS_APPROVALS = ngettext_lazy("It has {given} of {needed} approval.", "It has {given} of {needed} approvals.", "needed")
ONLY_PLANNED = _("Migration {number} is {state}. Only a planned migration can be applied.")
EXPIRED = _("The approval of migration {number} has expired.")
LAPSED = ngettext_lazy(
    "Migration {number}: {explanation}. {lacking} more approval by others is needed before it can be applied.",
    "Migration {number}: {explanation}. {lacking} more approvals by others are needed before it can be applied.",
    "lacking",
)
LACKING = ngettext_lazy(
    "Migration {number} has {given} of {needed} approvals. {lacking} more is needed before it can be applied.",
    "Migration {number} has {given} of {needed} approvals. {lacking} more are needed before it can be applied.",
    "lacking",
)
ALREADY_APPLIED = _("Migration {number} has already been applied.")
MAY_STILL_ARRIVE = _(
    "Migration {number} was rolled back, but one of its requests may still be carried out until {until} UTC. Wait "
    "until Lockstep has checked what became of it."
)
ALREADY_ROLLED_BACK = _("Migration {number} has already been rolled back.")
NOTHING_WRITTEN_OF = _("Migration {number} has written nothing to “{target}”.")
WITHDRAWN = _("Migration {number} is withdrawn and can never be applied.")
NOT_FROZEN = _("“{target}” is not frozen. Apply migration {number} as usual.")
WHY_FORCED = _("Say why others' later work is undone, too. The reason is kept in the audit.")
WHY_OVERRIDDEN = _("Say why the freeze is overridden. The reason is kept in the audit.")
KEEP_OR_FORCE = _("Either keep what others have changed since, or undo it too. Choose one.")
CHECKSUM_GIVEN = _("The checksum does not match the plan of migration {number} ({checksum}).")
PLANNED_AGAIN = _("Migration {number} has been planned again. Nothing of the old plan is written.")
OVERRIDE = _("frozen until {until} ({window}), overridden by {user}: {why}")
KEPT = _("keep {kind} “{name}”: part of a later migration")
KEPT_BESIDE = _("keep {what}: part of migration {number}")
KEPT_FOUND = _("keep {what}: as planned before the run")

# Servers

PLAN_MOVED = _("{change}. Plan migration {number} again.")
TARGET_MOVED = _(
    "{change}. What was written is on the other server. Set the address back to roll it back there, or undo it by hand."
)
ADDRESS_CHANGED = _("the address of “{environment}” was changed from {before} to {after} after the plan was made")
ADDRESS_CHANGED_BY = _(
    "the address of “{environment}” was changed from {before} to {after} on {at} UTC by {user} after the plan was made"
)
OTHER_ACCOUNT = _(
    "Lockstep signs in to “{environment}” as {account}, no longer as {before} (changed on {at} UTC by {user})"
)
OWNER_OF_TOKEN = _("the owner of a token")

# Runs

OCCUPIED = _("{holder} is writing to “{target}”. Wait until it has ended, then try again.")
HOLDER = _("{run} (process {pid} on {machine})")
ANOTHER_RUN = _("Another run")
ENDED_MEANWHILE = _("Another run on “{target}” has just ended. Try again.")
PROCESS_DIED = _("The process of this run ended before the run did.")
UNEXPECTED = _("Ended unexpectedly. The target may have been partly written to.")
STOPPED_AT_ONCE = _("Stopped at once. The target may have been partly written to.")
GIVEN_UP = _("Run {run} was given up by another process and writes nothing more.")
TAKEN_FOR_DEAD = _("another process took this run for dead and marked it interrupted")
LEFT_OPEN = _(
    "what had arrived is undone ({restored} restored, {removed} removed), but one request of the run was never "
    "answered and may still be carried out until {until} UTC"
)
LOOKS_AGAIN = _("Roll back again if it arrives. Lockstep checks by itself afterwards and reports.")
ARRIVED_LATE = _("A request of the run that was undone was carried out after the undo. Roll back again.")
ROLL_BACK_THEN_PLAN = _("Roll back what is on the target, then plan again.")
TRY_AFTER = _("Try again after {until} UTC, or roll back.")

# Later migrations

HELD_LATER = _("nothing was undone, because later migrations contain the same assets: {assets}")
ALL_HELD = _("Later migrations contain all of it. Roll back {numbers} first.")
ROLL_BACK_LATER = _("Roll back {numbers} first.")
CHANGED_BY = _("{asset} was changed by migration {number}")
PART_OF = _("{asset} is part of migration {number}")
AND_MORE = _("{names} and {number} more")

# What an undo would do

SET_BACK = _("{number} things beside the documents are set back, except for what others have changed since.")
STAYS = _("{asset} cannot be restored and stays as it is.")
CHANGED_SINCE = _("{asset} has been changed on the target since. Choose whether that is kept.")
UNDO_WHILE_OPEN = _("One request of the migration may still be carried out until {until} UTC.")

# What a run left behind

WRITTEN = ngettext_lazy("{number} asset was written.", "{number} assets were written.", "number")
UNKNOWN = ngettext_lazy(
    "The outcome of {number} asset is not known.",
    "The outcome of {number} assets is not known.",
    "number",
)
LEFT_AS_DRAFTS = _(
    "Unpublished until it is set who may see them: {names}. Applying again sets it and publishes them, rolling back "
    "takes them back."
)
UNPUBLISHED = _("Unpublished until it is set who may see them: apply again, or roll back")
UNKNOWN_UNTIL = ngettext_lazy(
    "The outcome of {number} asset is not known: it may still be written until {until} UTC.",
    "The outcome of {number} assets is not known: they may still be written until {until} UTC.",
    "number",
)
NOTHING_WRITTEN = _("Nothing was written.")
EARLIER_RUN = ngettext_lazy(
    "This run wrote nothing, but {number} asset of an earlier run is on the target.",
    "This run wrote nothing, but {number} assets of an earlier run are on the target.",
    "number",
)
EARLIER_RUN_MAYBE = ngettext_lazy(
    "This run wrote nothing, but {number} asset of an earlier run is, or may be, on the target.",
    "This run wrote nothing, but {number} assets of an earlier run are, or may be, on the target.",
    "number",
)

# Questions

DATABASE_QUESTION = _("Database of {target} for “{source}”")
DATABASE_HELP = _(
    "Stored as the mapping of these two environments if you may edit it, otherwise used for this plan only."
)
CREATE_CONNECTION = _("Create the connection “{name}” on {target}")
CONNECTION_PASSWORD = _("Password of the connection “{name}” for {target}")
TUNNEL_PASSWORD = _("Password of the SSH tunnel of “{name}” for {target}")
TUNNEL_KEY = _("Private key of the SSH tunnel of “{name}” for {target}")
TUNNEL_KEY_PASSWORD = _("Passphrase of the private key of the SSH tunnel of “{name}” for {target}")
SECURE_EXTRA = _("Secure extra (JSON) of the connection “{name}” for {target}")
CONNECTION_HELP = _(
    "The plan creates this connection on {target}. The answer is encrypted until the run begins, sent to {target} only "
    "and then deleted."
)
NO_CONNECTION = _("{source} has no database {names}.")
PASSWORD_QUESTION = _("Password of “{username}” in {environment}")
TOKEN_QUESTION = _("Access token in {environment}")
SECRET_HELP = _(
    "The stored one cannot be read with the current encryption key. This one is sent to {url}, used once and not "
    "stored. {advice}"
)
DECISION_OR_RUN = _("Name a decision or a run.")
NO_DECISION = _("There is no decision {number} on a migration.")
NO_RUN = _("There is no run {number} of a migration.")

# Mail

NO_LOWERED_PROTECTION = _("No protection was lowered without confirmation by request {number}.")
ALL_REFUSED = _("The mail server refused all emails. See the lines above.")
NO_REASON = _("no reason given")
UNDELIVERED = _(
    "The mail server {host}:{port} did not accept the mail ({why}). Only the mail is missing: retry it, or inform "
    "them yourself."
)
APPLIED = _("Migration {number} was applied to “{target}”")
NOT_APPLIED = _("Migration {number} could not be applied to “{target}”")
MAIL_ROLLED_BACK = _("Migration {number} was rolled back on “{target}”")
MAIL_ROLLED_BACK_OPEN = _("Migration {number} was rolled back on “{target}”, but one request is still open")
NOT_ROLLED_BACK = _("Migration {number} could not be rolled back on “{target}”")
WAITS = _("Migration {number} to “{target}” is waiting for your approval")
WAS_APPROVED = _("Migration {number} to “{target}” was approved")
WAS_APPROVED_BY = _("Migration {number} to “{target}” was approved by {given} of {needed}")
WAS_REJECTED = _("Migration {number} to “{target}” was rejected")
WAS_RETURNED = _("Migration {number} to “{target}” is a draft again")
WAS_RELEASED = _("Migration {number} to “{target}” needs no further approval")
HAS_COMMENT = _("Migration {number} to “{target}” has a comment")
VERIFIED = ngettext_lazy(
    "{number} asset, verified by reading back", "{number} assets, verified by reading back", "number"
)
SIDES = _("{source} → {target}, planned by {author}")
LOWERED_ALONE = _("{user} lowered the protection of “{environment}” without confirmation")
LOWERED_TEXT = _(
    "{headline}: {changes}.\n{reason}\nIt took effect on {at} UTC, because nobody else may edit this environment and "
    "could confirm it. If this was not agreed, check the audit.\n{link}"
)
REASON = _("Reason: {reason}")

# Admin

TASK = _("task {number}")
QUEUED = _("Task {task} has been queued.")
NOBODY_DECIDES = _(
    "Nobody may approve it yet. That takes another person with the role approver on “{target}” and viewer on "
    "“{source}”."
)
STATE_NOW = _("Migration {number} is {state}.")
COMMENTED = _("Your comment was added.")
NAMED = _("migration {number} ({title}) to “{target}”")
ASK_APPLY = _("Apply migration {number} to “{target}”? {summary}")
ASK_OVERRIDE = _("Apply migration {number} to “{target}” although it is frozen? {summary}")
USES_CHANGED = _("The dashboard “{dashboard}” uses assets that this migration changes:")
ASK_REPLAN = _("Plan migration {number} again?")
NOTHING_IS_WRITTEN = _("A worker reads both environments and compares them. Nothing is written.")
ASK_ROLLBACK = _("Roll “{target}” back to its state before migration {number}? {summary}")
ASK_KEEP_CHANGED = _("Roll back the rest of migration {number} and keep what was changed since? {summary}")
ASK_FORCE = _("Roll back migration {number}, and what others have changed since? Their changes are lost. {summary}")
ASK_APPROVE = _("Approve {migration}? {summary}")
ASK_REJECT = _("Reject {migration}?")
ASK_SUBMIT = _("Submit {migration} for approval?")
ASK_WITHDRAW = _("Withdraw {migration} for good?")
ASK_COMMENT = _("Comment on {migration}?")
CHECKSUM = _("Checksum {checksum}")
MORE = _("and {number} more")
UNPROTECTED = _("none needed: the target is no longer protected")
EXPIRED_ON = _("expired on {at} UTC")
GIVEN_UNTIL = _("{given}, until {at} UTC")
GIVEN_OF = _("{given} of {needed}")

DECIDED = {
    "submit": _("submitted"),
    "approve": _("approved"),
    "reject": _("rejected"),
    "withdraw": _("withdrawn"),
    "comment": _("commented"),
    "return": _("sent back"),
    "release": _("released"),
}
"""What became of a plan by a decision of this kind."""

# --- Failed tasks -----------------------------------------------------------------------------------------------------

ROLLBACK_STEP = _("Roll back migration {number}: part of it is on the target.")
REPLAN_STEP = _("Plan migration {number} again.")

# --- Lines ------------------------------------------------------------------------------------------------------------

NOTHING_TO_DO_LINE = _("nothing to do: {why}")
MAPPED_AS_ANSWERED = _("mapped as answered: {mapping}")
MAPPED_FOR_THIS_PLAN = _("mapped as answered, for this plan only: {refusal}")
UNANSWERED_REQUEST = _("migration {number}: a request about {assets} assets without an answer {what}")
MAILED = _("mailed {user}")
MAIL_REFUSED = _("the mail server refused the email to {user}")
NO_RECIPIENT = _("no recipient has an email address")

# --- Reading a plan -------------------------------------------------------------------------------------------------

RULES_HIDDEN = ngettext_lazy(
    "{number} difference that Superset makes by itself is hidden.",
    "{number} differences that Superset makes by itself are hidden.",
    "number",
)
UNCHANGED_SINCE = _("“{target}” is unchanged since the plan")
ASSETS_CHANGED = ngettext_lazy(
    "{number} asset of “{target}” changed since the plan",
    "{number} assets of “{target}” changed since the plan",
    "number",
)
UNKNOWN_SINCE = _("Lockstep reads “{target}” again before it writes anything, and stops if it changed")
DATABASES_MAPPED = _("Databases mapped")
NO_FREEZE = _("No freeze")
NO_FREEZE_UNTIL = _("No freeze until {until}")
FROZEN_UNTIL = _("Frozen until {until}: {reason}")
APPROVED_BY_OTHERS = _("Approval by someone else")
NO_APPROVAL_NEEDED = _("No approval needed")
UNDO_POSSIBLE = _("A rollback restores {target} as it was before.")
