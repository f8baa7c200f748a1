# [DEF:plugins.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What plugins say to people: refusals, reasons and notices.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# --- Plugins and actions ----------------------------------------------------------------------------------------------

NO_PLUGIN = _("There is no plugin “{slug}”. Known plugins: {known}.")
NO_USABLE_PLUGIN = _("There is no usable plugin “{slug}”. Installed plugins: {installed}.")
NO_ACTION = _("The plugin “{plugin}” has no action “{action}”. Its actions: {actions}.")
NOT_ENABLED = _("The plugin “{plugin}” is not enabled. Enable it first.")
NOT_CONFIGURED = _("The plugin “{plugin}” is not configured. {reason}")
CANNOT_ENABLE = _("“{plugin}” is {state} and cannot be enabled: {reason}")
UNUSABLE = _("“{plugin}” is {state}: {reason}")
ALREADY_ENABLED = _("“{plugin}” is already enabled.")
ALREADY_DISABLED = _("“{plugin}” is already disabled.")
NO_SETTINGS = _("“{plugin}” has no settings.")
SETTINGS_UNKNOWN = _("“{plugin}” is {state}, so its settings are not known.")
UNINSTALLED = _("It is no longer installed.")
UNINSTALLED_VERSION = _("It is no longer installed. The last version was {version}.")
NONE = _("none")

NOT_A_PLUGIN_NAME = _("“{slug}” is not a valid name for a plugin: use lowercase letters, digits and underscores.")
PLACE_TAKEN = _("“{place}” exists already: choose another name or folder.")
PLACE_UNUSABLE = _("“{place}” cannot be made ({reason}): choose another folder.")
NOT_LOADED = _("The plugin “{slug}” cannot be used: {reason}")
NOT_LOADED_HINT = _("Repair or uninstall it. All other plugins work.")
NO_OBJECT = _("Send a JSON object.")

# --- Parameters and settings ------------------------------------------------------------------------------------------

UNKNOWN = {
    "parameter": _("There is no such parameter. Known parameters: {known}."),
    "setting": _("There is no such setting. Known settings: {known}."),
}
MISSING = {"parameter": _("This parameter is required."), "setting": _("This setting is required.")}
MUST_BE_LIST = _("This must be a list.")
MUST_BE = {
    "text": _("This must be text."),
    "boolean": _("This must be yes or no."),
    "integer": _("This must be a whole number."),
    "number": _("This must be a number."),
}
NOT_A_CHOICE = _("“{value}” is not valid. Use one of {choices}.")
NO_NUL = _("This must be text without the character NUL.")

# --- Pages ------------------------------------------------------------------------------------------------------------

ENABLED = _("“{plugin}” is enabled.")
DISABLED = _("“{plugin}” is disabled.")
CHANGED = _("Changed: {names}.")
UNCHANGED = _("Nothing to change.")
SETTINGS_OF = _("Settings of {plugin}")
STORED_ENCRYPTED = _("Stored encrypted and never shown again.")
KEEP_STORED = _("A value is stored: leave this empty to keep it.")
ONE_PER_LINE = _("One per line.")
