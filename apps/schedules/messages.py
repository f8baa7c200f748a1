# [DEF:schedules.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What schedules say to people: refusals, reasons and notices.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# --- Cron expressions -------------------------------------------------------------------------------------------------

EXAMPLE = _("Use minute, hour, day of month, month and day of week, such as “30 2 * * MON-FRI”.")
BAD_CRON = _("“{cron}” is not a cron expression ({error}). {example}")
NEVER_DUE = _("“{cron}” is never due.")
BAD_ZONE = _("There is no time zone “{zone}”. Use a name such as “Europe/Berlin” or “UTC”.")


def wrong_fields(cron: str, found: int, needed: int) -> str:
    text = ngettext(
        "“{cron}” has {found} field instead of {needed}.", "“{cron}” has {found} fields instead of {needed}.", found
    )
    return f"{text.format(cron=cron, found=found, needed=needed)} {EXAMPLE}"


# --- Refusals ---------------------------------------------------------------------------------------------------------

NO_SCHEDULE = _("There is no schedule “{name}”.")
SCHEDULE_REMOVED = _("The schedule “{name}” was removed.")
NAME_USED = _("Another schedule has this name.")
NAME_TAKEN = _("A schedule named “{name}” already exists. Choose another name.")
ALREADY_ACTIVE = _("“{name}” is already active.")
ALREADY_PAUSED = _("“{name}” is already paused.")
RUN_IS_OPEN = _("Task {number} of “{name}” has not ended yet. Wait for it, or cancel it.")
HAS_SCHEDULES = _("it has schedules")

# --- Why a slot was left out ------------------------------------------------------------------------------------------

PREVIOUS_IS_OPEN = _("The previous run (task {number}) had not ended.")
ANOTHER_WAITS = _("Another run was already waiting for the previous one to end.")
FOUND_TOO_LATE = _("It was found too late, and missed runs are skipped.")
PAUSED_MEANWHILE = _("The schedule was paused before the previous run had ended.")

# --- Pages ------------------------------------------------------------------------------------------------------------

QUEUED = _("Task {number} is queued.")
RESUMED = _("“{name}” is active again.")
PAUSED = _("“{name}” is paused.")
REMOVED = _("“{name}” is removed.")
SAVED = _("“{name}” is saved.")
CONFIRM_REMOVE = _("Remove “{name}”? Tasks that it has started stay.")
BY_HAND = _("by hand")
ADD = _("Add a schedule")
ADD_FOR = _("Add: {action}")
EDIT_FOR = _("Edit: {action}")
