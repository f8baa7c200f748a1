# [DEF:catalogue.management.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HELP_CATALOGUE = _("Sync and show the assets of an environment. Showing works while it is down: sync, show.")
HELP_SYNC = _("Bring the catalogue of an environment up to date.")
HELP_FULL = _("read every list to its end and recompute every content hash")
HELP_PAUSE = _("seconds to wait before each request, to spare the server (default: {default})")
HELP_QUEUE = _("queue a task for a worker and follow its log")
HELP_SHOW = _("Show the catalogue as of the last sync, without contacting the server.")
HELP_KIND = _("kind of asset (default: dashboard)")
HELP_ENVIRONMENT = _("name of the environment")
CHANGED_THEN = _("changed")
SEARCHED = _("name or slug")
NOT_SECONDS = _("“{text}” is not a number of seconds between 0 and 60")

SYNCED = _("“{environment}” has {counts}: {news}; {requests} requests, {seconds:.1f} s.")
NEW = _("{number} new")
CHANGED = _("{number} changed")
GONE = _("{number} gone")
HASHED = _("{number} hashed")
NOTHING_NEW = _("nothing new")
COLUMNS = (_("ID"), _("Name"), _("Slug"), _("Status"), _("Owners"), _("Changed"), _("Hash"))
NO_ASSETS = _("No {kind} is known in “{environment}”. {when}")
NEVER_SYNCED = _("Never synced. Run {command}.")
AS_OF = _("As of {finished} UTC.")
NO_SYNC_FINISHED = _("No sync has finished yet.")
SYNC_FAILED = _("{as_of} The last sync failed: {error}")
SYNC_OPEN = _("{as_of} A sync started at {started} UTC has not finished. Resume it with {command}.")

HELP_MAPPING = _(
    "Map the databases of one environment to those of another, and pair assets that are the same although their UUIDs "
    "differ: suggest, list, set, remove, pair, unpair."
)
HELP_SUGGEST = _("Suggest a mapping of the databases. Stores nothing.")
HELP_SOURCE = _("environment that the assets come from")
HELP_TARGET = _("environment that they go to")
HELP_PAIRS = _("name or UUID on the source, and on the target")
HELP_NAMES = _("name or UUID on the source")
HELP_PAIRED_KIND = _("kind of asset")
HELP_KIND_FILTER = _("only this kind")
CONFIRMED = _("confirmed")
SEARCHED_NAMES = _("names")
WOULD_REMOVE = _("Would remove {row}.")
HELP_LIST = _("List stored mappings and pairings.")
HELP_SET = _("Map databases, by name or UUID.")
HELP_REMOVE = _("Remove mappings, by the database of the source.")
HELP_PAIR = _("Pair assets: the one of the source overwrites the one of the target although their UUIDs differ.")
HELP_REASON = _("why they are the same")
HELP_UNPAIR = _("Remove pairings, by the asset of the source.")
NO_DATABASES = _("“{environment}” has no databases.")
STOPPED = _("Stopped. The catalogue may be incomplete until the next sync.")
EMPTY = _("Nothing is mapped from “{source}” to “{target}” yet. See `{program} mapping suggest {source} {target}`.")
STORED = _("Stored {row}.")
