# [DEF:catalogue.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the catalogue says to people.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

NO_MAPPING = _("There is no mapping of a database “{name}” from {source} to {target}.")
NO_PAIRING = _("There is no pairing of a {kind} “{name}” from {source} to {target}.")
PAIRED_ALREADY = _("Another {kind} of {source} is already paired with one of these. Remove that pairing first.")
SAME_ENVIRONMENT = _("Source and target are both “{environment}”. Choose two environments.")
OR_UNSEEN = _("{error} Or {why}.")
DISABLED = _("The environment “{environment}” is disabled. Enable it first.")
BUSY = _("Task {task} is {state} and does the same. Wait until it has ended.")
BAD_PAUSE = _("A pause of {seconds} seconds is out of range. Use 0 to 60.")

NOT_A_PAIR = _("“{text}” is not of the form SOURCE=TARGET, with the name or UUID of a {kind} on each side.")
AMBIGUOUS_PAIR = _("“{text}” can be read in {number} ways. Use UUIDs instead of names.")
AMBIGUOUS_NAME = _("“{text}” matches {number} stored rows. Use the UUID of the source.")
NO_ASSET = _("There is no {kind} “{name}” in {environment}. {known}")
KNOWN = _("{environment} has {names}.")
NONE = _("none")
AND_MORE = _("{names} and {number} more")

QUEUED = _("Task {task} has been queued.")
CONNECTION_CHANGED = _("“{environment}” was changed. A task is testing the connection.")
ADDED = _("“{environment}” was added. A task is testing the connection.")
FORGET_MAPPING = _("Remove the mapping {row}? Plans that need it will be refused.")
FORGET_PAIRING = _("Remove the pairing {row}?")
REMOVED = _("Removed {row}.")
MAPPINGS_STORED = ngettext_lazy("{number} mapping stored.", "{number} mappings stored.", "number")
CONFIRMED_BY = _("{moment} UTC by {user}")
NOTHING_CHANGED = _("No mapping changed.")

COUNTS = {
    "dashboard": ngettext_lazy("{number} dashboard", "{number} dashboards", "number"),
    "chart": ngettext_lazy("{number} chart", "{number} charts", "number"),
    "dataset": ngettext_lazy("{number} dataset", "{number} datasets", "number"),
    "database": ngettext_lazy("{number} database", "{number} databases", "number"),
}


def counted(counts: Mapping[str, int]) -> str:
    """“2 dashboards, 1 chart”: of the kinds that were counted, dashboards first."""
    return ", ".join(str(text.format(number=counts[kind])) for kind, text in COUNTS.items() if kind in counts)
