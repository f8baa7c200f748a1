# [DEF:environments.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

NO_ENVIRONMENT = _("There is no environment “{name}”.")
KNOWN = _("Known environments: {names}.")
DISABLED = _("The environment “{environment}” is disabled.")
ALREADY_ENABLED = _("“{environment}” is already enabled.")
ALREADY_DISABLED = _("“{environment}” is already disabled.")
CHANGED_MEANWHILE = _("“{environment}” was changed in the meantime. Reload it and try again.")
CHOOSE_ANOTHER = _("{other} has the same {what}. Choose another.")
THE_ENVIRONMENT = _("The environment “{name}” ({url})")
ANOTHER_ENVIRONMENT = _("Another environment")
NAME_TAKEN = _("Another environment has this name.")
SHORT_NAME_TAKEN = _("Another environment has this short name.")
ADDRESS_TAKEN = _("Another environment has this address.")
NAME, SHORT_NAME, ADDRESS = _("name"), _("short name"), _("address")

OTHER_SERVER = _(
    "{url} is a different server from {before}, which the stored credentials of “{environment}” are for. Provide the "
    "account and its password or token in the same edit."
)
EMPTY_NAME = _("The name of an environment needs at least one letter or digit.")
UNPRINTABLE_NAME = _("The name of an environment must be one line of printable characters.")
NO_USERNAME = _("Signing in with a password needs a user name.")
NO_CA_BUNDLE = _("The CA bundle “{path}” is not a file. Name a PEM file with the certificates to trust.")

HELD = _("The environment “{environment}” cannot be removed: {what} ({which}). {next_step}")
IN_HISTORY = _("The environment “{environment}” is part of the history of {what} and cannot be removed.")
NOT_VISIBLE = _("{number} that you cannot see")
AND_MORE = _("{names} and {number} more")

NOTHING_PENDING = _("There is no pending request for “{environment}”.")
ALREADY_DECIDED = _("The request for “{environment}” was decided in the meantime.")
OWN_REQUEST = _("You made this request yourself. Another user with {permission} has to confirm it ({names}).")
NOBODY_LEFT = _("You made this request yourself, and nobody else has {permission} any more. Decline it and ask again.")
REQUESTER_LOST_PERMISSION = _("“{user}”, who made this request, can no longer edit “{environment}”. Decline it.")
ALREADY_REQUESTED = _(
    "“{user}” has already asked to lower the protection of “{environment}” ({changes}). Confirm or decline that first."
)
WAITING = _(
    "This lowers the protection of “{environment}” ({changes}) and is waiting for confirmation by another user: "
    "{names}. The request expires on {expires} UTC. Nothing has changed yet."
)
REMOVE = _("remove it")
NEW_SIGN_IN = _("a new sign-in as {account} ({provider})")
OWNER_OF_TOKEN = _("the owner of the token")
SIGN_IN_KINDS = {
    "db": _("user name and password"),
    "ldap": _("user name and password of a directory (LDAP)"),
    "oauth": _("OAuth, which people use; Lockstep needs a token"),
    "proxy": _("a proxy, which people use; Lockstep needs a token"),
    "api_key": _("API key, entered as a token"),
}
SIGN_IN_NOT_KNOWN = _("not known")
YES, NO = _("yes"), _("no")

CONFIRMED = _("Confirmed for “{environment}”: {changes}.")
DECLINED = _("Declined for “{environment}”: {changes}. Nothing has changed.")
