# [DEF:core.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences that all apps share: storage, stored files and secrets, and requests to the API.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

ROW_REMOVED = _("“{row}” was removed in the meantime.")

# --- processes --------------------------------------------------------------------------------------------------------

PART_KILLED = _("The {part} was killed by {signal}.")
PART_ENDED = _("The {part} ended with code {code}.")
RESTARTING = _("Restarting.")
RESTARTING_LATER = _("Restarting in {seconds:.0f} s.")
KILLING = _("Killing {parts}.")
STOPPING = _("Stopping {parts}. Repeat to stop immediately.")
BOTH = _("{names} and {last}")

# --- storage ----------------------------------------------------------------------------------------------------------

READ_ONLY = _("The database is read-only at the moment.")
DISK_FULL = _("The disk is full, so nothing can be stored.")
READ_ONLY_DISK = _("The disk is read-only at the moment.")
DATA_DISK_FULL = _("The disk of the data directory is full: {free} MB are free.")
MAKE_ROOM = _("Free disk space or make the database writable. Reading still works.")

FILE_UNREADABLE = _("The stored file {path} cannot be read ({reason}). Restore it from the backup.")
FILE_CHANGED = _("The stored file {path} was changed after it was written. Restore it from the backup.")
FILE_NOT_STORED = _(
    "The file {path} cannot be stored in {directory} ({reason}). Check the disk space and the permissions of the data "
    "directory."
)
FILE_NOT_IN_STORE = _(
    "The file {path} cannot be stored in {directory} ({reason}). Make room there, or raise its quota."
)
STORE_UNAVAILABLE = _(
    "The store of files {store} cannot be used ({reason}). Check that it runs and can be reached from here, and the "
    "settings LOCKSTEP_STORAGE and LOCKSTEP_S3_…."
)
NOT_A_FILE_NAME = _("“{path}” is not the name of a stored file.")

SECRET_OTHER_KEY = _(
    "A stored credential cannot be decrypted with the current encryption key. Restore the previous key "
    "(LOCKSTEP_ENCRYPTION_KEY, or LOCKSTEP_ENCRYPTION_KEYS_OLD during a rotation), or enter the credential again."
)
SECRET_MISPLACED = _(
    "A stored credential does not belong to its row: it was moved there, or its address was changed, outside "
    "of Lockstep. It is not used. Find out who did that, then enter the credential again."
)
SECRET_UNBOUND = _(
    "A stored credential is not bound to its row: it was written outside of Lockstep. It is not used. Find out who did "
    "that, then enter the credential again."
)

# --- requests to the API ----------------------------------------------------------------------------------------------

NOT_FOUND = _("There is nothing at this address, or you may not see it.")
NOT_ALLOWED = _("You do not have permission to do this.")
CHECK_FIELDS = _("Check the values of: {fields}.")
NOT_A_BOOLEAN = _("Use true or false.")
NOT_A_PAGE = _("Use a whole number from 1 on.")
NO_PAGE = _("There is no page {number}. The last one is {last}.")
NOT_A_PAGE_SIZE = _("Use a whole number from 1 to {largest}.")
UNKNOWN_FIELD = _("Unknown field.")
UNKNOWN_PARAMETER = _("Unknown parameter.")
PARAMETER_TWICE = _("This parameter occurs more than once.")
PARAMETER_EMPTY = _("This parameter has no value. Give it one, or leave it out.")
DID_YOU_MEAN = _("Did you mean “{name}”?")
NOT_AN_OBJECT = _("This has to be a JSON object.")
READ_ONLY_FIELD = _("This field is read-only.")
KEY_TWICE = _("This key occurs more than once in its object.")
NESTED_TOO_DEEPLY = _("The request body is nested too deeply.")
NO_BODY = _("This operation takes no body.")
NOT_A_SORT_FIELD = _("“{name}” cannot be used for sorting. Use one of {known}.")
NOT_JSON = _("The request body is not valid JSON: {error}.")
BODY_TOO_LARGE = _("The request body is larger than {limit} bytes.")
HAS_NUL = _("NUL characters cannot be stored.")
QUERY_NOT_STORABLE = _("The query of this request has characters that cannot be stored.")
PART_NOT_STORABLE = _("This request has characters that cannot be stored ({part}).")


SEARCH_TOO_LONG = _("Use at most {limit} characters.")
TOO_MANY_NAMES = _("Use at most {limit} names.")


def too_many_words(limit: int) -> str:
    return ngettext("Use at most {limit} word.", "Use at most {limit} words.", limit).format(limit=limit)
