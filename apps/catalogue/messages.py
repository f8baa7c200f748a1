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

NO_SUCH_ASSET = _("The catalogue of {environment} has no {kind} {uuid}. Sync it if the asset is new.")
NEVER_SYNCED = _("The catalogue of {environment} was never synced. Sync it first.")
NOT_READ = _("The content of {kind} “{name}” in {environment} is not known. Sync the catalogue.")
WRITTEN_SINCE = _("A migration has written to {environment}, or may have, since its last sync. Sync the catalogue.")
OTHER_RELEASE = _(
    "The {kind} “{name}” reads differently, perhaps only because Superset {here_release} and {there_release} export it "
    "differently. Compare them with a plan."
)
DEPENDENCY_GONE = _("It uses a {kind} that {here} does not have.")
NOT_MAPPED = _("The database of {kind} “{name}” is not mapped from {here} to {there}.")

KINDS = {"dashboard": _("dashboard"), "chart": _("chart"), "dataset": _("dataset"), "database": _("database")}

COUNTS = {
    "dashboard": ngettext_lazy("{number} dashboard", "{number} dashboards", "number"),
    "chart": ngettext_lazy("{number} chart", "{number} charts", "number"),
    "dataset": ngettext_lazy("{number} dataset", "{number} datasets", "number"),
    "database": ngettext_lazy("{number} database", "{number} databases", "number"),
}


def counted(counts: Mapping[str, int]) -> str:
    """“2 dashboards, 1 chart”: of the kinds that were counted, dashboards first."""
    return ", ".join(str(text.format(number=counts[kind])) for kind, text in COUNTS.items() if kind in counts)


# --- Lines ------------------------------------------------------------------------------------------------------------

CONNECTED = _("connected to “{environment}”: Superset {release} at {url}")
LISTED = {
    "database": _("databases of {environment}: {found}"),
    "dataset": _("datasets of {environment}: {found}"),
    "chart": _("charts of {environment}: {found}"),
    "dashboard": _("dashboards of {environment}: {found}"),
}
NOT_HASHED = _("no hash of {asset}: {error}")
