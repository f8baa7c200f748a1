# [DEF:freezes.management.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HELP = _("Manage freeze windows, in which nothing is applied: list, add, remove.")
HELP_LIST = _("List freeze windows.")
HELP_ADD = _("Add a freeze window, once or every week.")
HELP_REMOVE = _("Remove a freeze window.")
HELP_REASON = _("shown to people who have to wait")
HELP_ENVIRONMENT = _("freeze only this environment (default: all)")
HELP_TIER = _("freeze only environments of this tier")
HELP_WHEN = _("for example “2026-12-23 18:00”, or “fri 18:00” for every week")
HELP_UNTIL = _("end, in the same format")
HELP_ID = _("number of the freeze window")
HELP_TIER_FILTER = _("only those of this tier")
ADDED_WINDOWS = _("added")
SEARCHED = _("reason")
HELP_TIMEZONE = _("time zone of both times, such as Europe/Berlin (default: UTC)")

EMPTY = _("No freeze windows yet. Add one with `{program} freeze add REASON --from WHEN --until WHEN`.")
ADDED = _("Added freeze window {number}: {where}, {when}.")
REMOVED = _("Removed freeze window {number}: {reason}.")
WOULD_REMOVE = _("Would remove freeze window {number}: {where}, {when} ({reason}).")
NOT_A_TIME = _("Cannot read “{starts}” and “{ends}” as times. Use {format}.")
