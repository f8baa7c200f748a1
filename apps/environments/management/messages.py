# [DEF:environments.management.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

HELP = _(
    "Manage the Superset environments: add, list, check, edit, disable, enable, credentials, confirm, decline, remove."
)
HELP_ADD = _("Add an environment after testing the connection.")
HELP_LIST = _("List environments.")
HELP_CHECK = _("Test the connection to an environment.")
HELP_DISABLE = _("Disable an environment: nothing connects to it.")
HELP_ENABLE = _("Enable an environment.")
HELP_CONFIRM = _("Confirm another user's request to lower the protection of an environment.")
HELP_DECLINE = _("Decline or withdraw such a request.")
HELP_REMOVE = _("Remove an environment that has no open tasks and no migrations.")
HELP_EDIT = _("Change the address, tier, protection or account of an environment.")
HELP_CREDENTIALS = _("Replace the account that Lockstep signs in with.")
HELP_URL = _("address of the Superset, with or without /api/v1")
HELP_URL_EDIT = _("new address of the Superset")
HELP_NAME = _("name of the environment")
HELP_TIER = _("what the environment is for (default: other)")
HELP_TIER_EDIT = _("what the environment is for")
HELP_TIER_FILTER = _("only environments of this tier")
HELP_PROTECTED_FILTER = _("only protected environments, or only others")
HELP_ENVIRONMENT = _("only those of this environment")
SEARCHED = _("name or address")
HELP_PROTECTED = _("changes need approval")
HELP_APPROVALS = _("approvals needed for a change if the environment is protected (default: 1)")
HELP_CHECK_QUERIES = _("after an apply, run each written chart's query for one row and report those that fail")
HELP_CA_BUNDLE = _("PEM file with the certificates to trust")
HELP_CA_BUNDLE_EDIT = _("PEM file with the certificates to trust; empty to remove it")
HELP_REASON = _("why, for the person who confirms and for the audit, if this lowers the protection")
HELP_USERNAME = _("account in Superset")
HELP_PROVIDER = _("what checks the password: Superset's database or a directory (default: {default})")
UNCHANGED = _("unchanged")
HELP_NO_CHECK = _("store without testing the connection")
HELP_ROTATE = _("Re-encrypt all stored credentials with a new key.")
HELP_DROP_OLD = _("discard the old key at once; backups made before become unreadable")

EMPTY = _("No environments.")
NOT_PROTECTED = _("Its changes need no approval. To protect it: `{program} environment edit {slug} --protected`.")
ADDED = _("Added the environment “{environment}” ({url}, {contact}).")
SUPERSET_RELEASE = _("Superset {release}")
NOT_CHECKED = _("not checked")
NOTHING_STORED = _("Nothing was stored. To store it anyway, add --no-check.")
CONNECTED = _("Connected to “{environment}”: Superset {release} at {url}. Sign-in offered there: {offered}.")
EDITED = _("“{environment}”: {facts}.")
SWITCHED: Mapping[tuple[str, object], object] = {
    ("protected", True): _("protected"),
    ("protected", False): _("no longer protected"),
    ("check_queries", True): _("checks queries after an apply"),
    ("check_queries", False): _("no longer checks queries after an apply"),
}
NOTHING_TO_CHANGE = _("nothing to change")
SIGNS_IN = _("as {account}")
REMOVED = _("Removed the environment “{environment}”.")
WOULD_REMOVE = _(
    "Would remove the environment “{environment}” with its stored sign-in{hanging}. This cannot be undone."
)
WOULD_ASK = _(
    "Would ask another user to confirm the removal of “{environment}”, which is protected. Its stored sign-in{hanging} "
    "would go with it."
)
AND_HANGING = _(" and {counts}")
CREDENTIALS_STORED = _("Stored the new credentials of “{environment}”.")
ENABLED = _("“{environment}” is now enabled.")
DISABLED = _("“{environment}” is now disabled.")
ALREADY_ENABLED = _("“{environment}” is already enabled.")
ALREADY_DISABLED = _("“{environment}” is already disabled.")
HOW_TO_CONFIRM = _("They confirm it with `{program} environment confirm {environment} --as NAME`.")
REENCRYPTED = _("Re-encrypted {count} credentials.")
UNSET_OLD_KEYS = _("LOCKSTEP_ENCRYPTION_KEYS_OLD is no longer needed. Unset it and restart.")
OLD_KEY_DROPPED = _("The old key was discarded. Restart the running processes and back up the new key file.")
OLD_KEY_KEPT = _("The old key is kept for backups. Restart the running processes and back up the key file.")
