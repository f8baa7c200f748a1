# [DEF:users.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences about accounts, roles, tokens and sign-in.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# --- permissions and places -------------------------------------------------------------------------------------------

WHAT = _("area.verb or plugin.action, for example migrations.apply; * matches any")
WHERE = _("* for all environments, tier:prod for one tier, or the short name of one environment")
NOT_A_PERMISSION = _("“{what}” is not a permission. Expected {expected}.")
NOT_A_PLACE = _("“{where}” does not name an environment. Expected {expected}.")
PERMISSION_MISSING = _(
    "“{user}” does not have the permission {what}. Ask an administrator for a role that includes it."
)
PERMISSION_MISSING_THERE = _(
    "“{user}” does not have the permission {what} on “{place}”. Ask an administrator for a role that includes it."
)
UNKNOWN_PERMISSION = _("“{what}” does not match any permission. Known permissions: {known}.")
PERMISSION_NOT_YOURS = _("You do not have “{permission}” yourself, so you cannot add it to a role.")

# --- accounts ---------------------------------------------------------------------------------------------------------

NO_USER = _("There is no user “{username}”.")
INACTIVE_USER = _("The user “{username}” is inactive.")
USER_EXISTS = _("The user “{username}” already exists. Choose another name.")
USER_CHANGED = _("“{user}” was changed in the meantime. Reload the account and try again.")
NO_ADMINISTRATOR = _("There is no administrator yet.")
SEVERAL_ADMINISTRATORS = _("There is more than one administrator ({names}).")
LAST_ADMINISTRATOR = _("“{user}” is the only administrator. Create another one first.")
SUPERUSER_REQUIRED = _("Only a superuser can grant or revoke superuser status.")
OTHER_SUPERUSER_REQUIRED = _("“{user}” is a superuser. Only another superuser can change the account.")
USER_MAY_MORE = _("“{user}” has permissions that you do not have, so you cannot change the account.")
PASSWORD_IN_DIRECTORY = _("“{user}” signs in through the directory and has no password here.")
PASSWORD_REFUSED = _("The password is not accepted. {reasons}")
MUST_CHANGE_PASSWORD = _("must change the password")
MUST_CHANGE_PASSWORD_HELP = _("Until then, nothing else is open to the account.")
PASSWORD_CHANGE_REQUIRED = _("Change your password first. It was set by someone else.")
NO_PASSWORD_TO_CHANGE = _("“{user}” has no password here, so there is none to change.")
NOT_A_TIME_ZONE = _("“{name}” is not a time zone. Use a name such as Europe/Berlin.")
STAFF_HELP = _("Can sign in to the admin. Without it, the account can only use the API.")
SUPERUSER_HELP = _("Has every permission everywhere, and is always staff.")
ONLY_STAFF = _("Only staff can sign in to the admin. Others use their roles through the API.")
NOT_STAFF = _("“{user}” is not staff, so the account can use the API but not the admin.")
TURN_ON_STAFF = _("Turn on “Staff status” to change that.")
SIGNED_OUT_EVERYWHERE = _("“{user}” is signed out everywhere.")
CONFIRM_SIGN_OUT = _("End all sessions of “{user}”? API tokens stay valid.")

# --- roles and grants -------------------------------------------------------------------------------------------------

NO_ROLE = _("There is no role “{slug}”. Known roles: {known}.")
ROLE_EXISTS = _("The role “{slug}” already exists. Choose another short name.")
SHORT_NAME = _("short name")
SHORT_NAME_TAKEN = _("Another role has this short name.")
ROLE_IN_USE = _("The role “{role}” is in use. Revoke its grants and remove its group mappings first.")
ROLE_REMOVED = _("The role “{role}” was removed.")
CONFIRM_REMOVE_ROLE = _("Remove the role “{role}”?")
ROLE_NOT_EDITABLE = _("The role “{role}” has permissions that you do not have, so you cannot change it.")
ROLE_NOT_GRANTABLE = _("The role “{role}” has permissions that you do not have, so you cannot grant or revoke it.")
NARROWED_PERMISSIONS = _(
    "One permission per line, with the environments it applies to: “migrations.apply tier:dev”. Patterns such as "
    "“catalogue.*” also go here."
)
NARROWED_TOO_LONG = _("“{line}” has more than a permission and the environments it applies to.")
GRANT_EXISTS = _("“{user}” already has the role “{role}”.")
GRANT_FROM_GROUP = _("This role comes from the group “{group}”. It ends when the account leaves the group.")
GRANTED = _("“{user}” has the role “{role}”.")
GRANTED_EVERYWHERE = _("“{user}” has the role “{role}” on all environments.")
NO_SUCH_PLACE = _("There is no environment “{where}”. The role counts once there is one.")
REVOKED = _("“{user}” no longer has the role “{role}”.")
CONFIRM_REVOKE = _("Revoke the role “{role}” from “{user}”?")
GRANTED_ALREADY = _("The account already has this role there.")
MAPPED_ALREADY = _("This group already has this role there.")
MAPPING_EXISTS = _("“{mapping}” already exists.")
MAPPING_REMOVED = _("“{mapping}” was removed. Members lose the role at their next sign-in.")
CONFIRM_REMOVE_MAPPING = _("Remove “{mapping}”? Members lose the role at their next sign-in.")

# --- tokens -----------------------------------------------------------------------------------------------------------

NO_TOKEN = _("You have no token {number}.")
TOKEN_INVALID = _("This token is unknown, revoked or expired.")
SESSION_ONLY = _("A token cannot do this. Sign in with a user name and password, or by single sign-on.")
TOKEN_READ_ONLY = _("This token is read-only. Use one with the scope “act” to make changes.")
TOKEN_NOT_YOURS = _("“{token}” is not yours. Revoking it requires the permission {permission}.")
TOKEN_ALREADY_REVOKED = _("“{token}” is already revoked.")
TOKEN_REVOKED = _("“{token}” is revoked.")
CONFIRM_REVOKE_TOKEN = _("Revoke “{token}” of “{user}”? Scripts that use it will be refused.")

# --- sign-in ----------------------------------------------------------------------------------------------------------

SIGN_IN_FIRST = _("Sign in first.")
SIGN_IN_REFUSED = _("Wrong user name or password, or the account is inactive.")
SIGN_IN_BUSY = _("Too many people are signing in. Try again in a moment.")
WRONG_PASSWORD = _("This is not your current password.")
SAME_PASSWORD = _("This is your current password. Choose another one.")


def sign_in_throttled(seconds: int) -> str:
    return ngettext(
        "Too many failed sign-ins. Try again in {seconds} second.",
        "Too many failed sign-ins. Try again in {seconds} seconds.",
        seconds,
    ).format(seconds=seconds)


# --- single sign-on ---------------------------------------------------------------------------------------------------

SSO_NOT_SET_UP = _("Single sign-on is not configured. Sign in with a password.")
SSO_ACCOUNT_INACTIVE = _("This account is inactive. Ask an administrator.")
SSO_NO_GROUP = _("None of your groups has access to Lockstep.")
SSO_NAMES_USED_UP = _("Too many accounts are named “{name}”. Ask an administrator.")
SSO_NOT_OURS = _("This sign-in was not started here, or was already used.")
SSO_NOTHING_BEGUN = _("There is no sign-in to continue. Start again.")
SSO_PROVIDER_ERROR = _("The provider reports: {error}.")
SSO_REFUSED_BY_PROVIDER = _("The provider refused this sign-in ({status}). Start again.")

PROVIDER_AWAY = _("The provider does not respond ({error}). Try again later.")
PROVIDER_AWAY_AT = _("The provider does not respond at {url} ({error}).")
PROVIDER_STATUS = _("The provider responded with {status} at {url}.")
PROVIDER_NOT_AN_OBJECT = _("The provider's response at {url} is not a JSON object.")
PROVIDER_INSECURE = _("{url} was not requested: providers must use https.")
PROVIDER_OTHER_ISSUER = _(
    "The provider calls itself “{found}”, not “{expected}”. Set LOCKSTEP_SSO_ISSUER to exactly that value."
)
PROVIDER_LACKS = _("The provider's configuration has no usable {name}.")
PROVIDER_INVALID_KEY = _("The provider publishes an invalid key ({error}).")
PROVIDER_NO_ID_TOKEN = _("The provider sent no ID token.")

ID_TOKEN_UNKNOWN_KEY = _("The token is signed with a key that the provider does not publish.")
ID_TOKEN_ALGORITHM = _("The token is signed with “{algorithm}”, which is not accepted.")
ID_TOKEN_REFUSED = _("The token is not accepted ({error}).")
ID_TOKEN_MALFORMED = _("The token is malformed ({error}).")
ID_TOKEN_OTHER_AUDIENCE = _("The token was issued for another application.")
ID_TOKEN_OTHER_SIGN_IN = _("The token does not belong to this sign-in.")
ID_TOKEN_NO_SUBJECT = _("The token has no subject.")
ID_TOKEN_LONG_SUBJECT = _("The token's subject is longer than {limit} characters.")
ID_TOKEN_UNSTORABLE = _("The token has text that cannot be stored, in the claim “{claim}”.")
