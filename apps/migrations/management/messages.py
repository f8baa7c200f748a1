# [DEF:migrations.management.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

DECIDED_ELSEWHERE = _("Decide in the admin, on the page of the migration, or through the API.")

HELP = _("Migrate dashboards from one environment to another: plan, show, submit, apply, rollback, list.")
HELP_PLAN = _("Plan a migration: compare two environments and store what would change. Writes to neither.")
HELP_DASHBOARD = _("id, UUID or slug of a dashboard of the source; can be repeated")
HELP_ALL = _("every dashboard of the source")
HELP_MAP_DATABASE = _("database of the target to use for one of the source in this plan, by name or UUID")
HELP_ALLOW_MANY = _("skip the overwrite limit")
HELP_LIST = _("List migrations, newest first.")
HELP_NO_KEEP = _("print the plan and store nothing; exit code 2 if it has changes")
HELP_NUMBER = _("number of the migration")
HELP_SOURCE = _("environment that has the dashboards")
HELP_TARGET = _("environment to migrate them to")
HELP_SOURCE_FILTER = _("only those from this environment")
HELP_TARGET_FILTER = _("only those to this environment")
HELP_MINE = _("only those that you planned or submitted")
HELP_AWAITING_ME = _("only those that you may approve now")
HELP_ASSET = _("only those of which a plan contains the asset with this UUID")
PLANNED = _("planned")
SEARCHED = _("title")
NO_LONGER_NEEDED = _(
    "Migration {number} keeps its earlier plan, which is no longer needed. To close it: {program} migration withdraw "
    "{number}"
)
NOT_KEPT = _("Not kept: this plan cannot be applied. To keep it, plan without --no-keep.")
HELP_SHOW = _("Show a migration: its plan, status and runs.")
HELP_REPLAN = _("Plan a migration again. Decisions on the old plan are void.")
HELP_SUBMIT = _("Submit a migration for approval. Others approve it in the admin or the API.")
HELP_DISMISS = _("Take the failure of a migration off the overview.")
HELP_WITHDRAW = _("Withdraw a migration for good.")
HELP_NOTE = _("note to keep with the decision")
HELP_APPLY = _("Apply a plan. A dry run unless you pass --yes.")
HELP_CHECKSUM = _("apply only the plan with this checksum")
HELP_OVERRIDE = _("apply during a freeze; the reason is kept in the audit")
HELP_ROLLBACK = _("Roll back a migration. A dry run unless you pass --yes.")
HELP_KEEP_CHANGED = _("roll back the rest and keep what others have changed since")
HELP_FORCE = _("roll back what others have changed since, too; the reason is kept in the audit")
HELP_ACKNOWLEDGE = _("accept the refusal with this name and plan anyway; can be repeated")
HELP_CARRY = _("what travels beside the documents, separated by commas: {known}")
NO_ASPECT = _("{given} is none of {known}")
ATTACHED = _("{number} set beside")
HELP_CREATE_CONNECTION = _(
    "create the connection of this database of the source, by name or UUID, on the target; its password is asked for "
    "when the plan is applied"
)
HELP_PRUNE = _("also delete charts and datasets of the target that nothing uses after the migration")
HELP_QUEUE = _("queue a task for a worker and follow its log")
HELP_NO_INPUT = _("never ask at the terminal: refuse, or leave the question to others")
STOPPED_PLANNING = _("Stopped. Nothing was stored, and nothing was written.")
STOPPED_WRITING = _(
    "Stopped at once. What the last request did is not known. See what was written with `{program} migration show "
    "{number}`."
)
UNANSWERED = _("“{question}” was not answered. Nothing was planned.")
WOULD_APPLY = _("Migration {number} would be applied to “{target}”.")
WOULD_ROLL_BACK = _("Migration {number} would be rolled back on “{target}”.")

STORED = _("Stored as migration {number}; nothing has been written yet.")
TO_SUBMIT = _("To submit it for approval")
TO_APPLY = _("To apply it")
STATE_NOW = _("Migration {number} is {status}.")
STAGES = _("Stages:")
DRY_RUN = _("Nothing has been written yet. To go on")
APPLIED = _("Applied migration {number} on “{target}”")
ROLLED_BACK = _("Rolled back migration {number} on “{target}”")
EXCEPT = _(" except for what is left to others ({kept}, with what that needs)")
WRITTEN = _("{number} written")
REMOVED = _("{number} removed")
REPAIRED = _("{number} references repaired")
NOTHING_LEFT = _("nothing was left to do")
DONE = _("{done}: {parts}, verified by reading back, {seconds} s.")
NOTHING_TO_DO = _("Nothing to do. {why}")
TITLE = _("Migration {number}: {source} → {target}, {status}")
DECISIONS = _("Decisions")
RUNS = _("Runs")
EMPTY = _("No migrations yet. Plan one with `{program} migration plan SOURCE TARGET --dashboard …`.")
WRITTEN_BY_LAST_RUN = _("Written by the last run before it failed")
NOT_KNOWN = _("Not known whether written")
WAITS = ngettext_lazy(
    "Waiting for {lacking} more approval by others, given in the admin or the API.",
    "Waiting for {lacking} more approvals by others, given in the admin or the API.",
    "lacking",
)
TO_GRANT = _("To grant a role: {command}")
EXPIRED = _("The approval expired on {at} UTC.")
TO_REPLAN = _("To plan it again: {command}")
TO_APPLY_AGAIN = _("To apply it again: {command}")
IF_IT_ARRIVES = _("If the open request arrives after all: {command}. Lockstep also checks by itself.")
TO_UNDO = _("To undo what was written: {command}. To send the rest, plan again: the new plan has only the difference.")
