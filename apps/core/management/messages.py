# [DEF:core.management.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences that all commands share.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STOPPED = _("Stopped.")
NOT_UTF8_ARGUMENT = _("Argument {number} is not UTF-8 text: “{argument}”.")
DATABASE_FAILED = _("The database failed: {cause}. Try again in a moment.")
DATABASE_UNUSABLE = _("The database cannot be used: {cause}. Check DATABASE_URL and that the server is running.")
DATABASE_OUTDATED = _("The database lacks tables or columns of this version. Run `{program} migrate` first.")
TABLES_LOCKED = _("Another process is creating or updating the tables. Waiting for it …")

PASSWORD_MISSING = _("No password given. Use --password-file FILE or --password-stdin.")
PASSWORDS_DIFFER = _("The two passwords differ. Try again.")
PASSWORD_EMPTY = _("The password is empty (read from {where}).")
FILE_UNREADABLE = _("The file “{name}” cannot be read ({reason}).")

HELP_LIMIT = _("show at most this many, 0 for all (default: {default})")
HELP_SINCE = _("only those {what} since then: 2026-11-24, 2026-11-24T18:00 (UTC), or 30m, 2h, 7d, 4w ago")
HELP_UNTIL = _("only those {what} before then")
HELP_SEARCH = _("only those with each of these words in the {where}")
HELP_STATE = _("only those in this state, one of {states}; can be repeated")
NOT_A_NUMBER = _("“{text}” is not a whole number {expected}")
FROM = _("from {first} on")
FROM_TO = _("from {first} to {last}")
NOT_ALLOWED = _("“{text}” is not allowed here. Choose from {allowed}")
NOT_A_UUID = _("“{text}” is not a UUID")
NOT_A_MOMENT = _("“{text}” is not a time. Use 2026-11-24, 2026-11-24T18:00 (UTC), or 30m, 2h, 7d, 4w for how long ago")
SEARCHABLE = _("at most {words} words and {characters} characters can be searched for")
NO_MATCH = _("None matches.")
CUT = _("Showing {shown} of {total}. Use --limit to see more, --limit 0 to see all.")

HELP_YES = _("make the changes; without it, a dry run")
DRY_RUN = _("This is a dry run. Pass --yes to go on.")
WHAT_IT_IS = _("Move dashboards between Apache Superset environments, planned and reversible.")
USAGE = _("Usage: {program} COMMAND [VERB] [OPTIONS]")
MORE_HELP = _("Use `{program} COMMAND --help` for more about a command.")
LIST_COMMANDS = _("List commands with `{program} help`.")
NO_COMMAND = _("There is no command “{word}”.")
VERBS = _("Choose from {verbs}.")
NO_VERB = _("there is no verb “{word}”.")
NO_OPTION = _("there is no option “{word}” here.")
EXTRA_ARGUMENT = _("“{word}” is one argument too many")
DID_YOU_MEAN = _("Did you mean “{word}”?")
