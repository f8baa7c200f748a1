# [DEF:instance.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What backing up and restoring says.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# --- Archives ---------------------------------------------------------------------------------------------------------

FILE_EXISTS = _("The file “{file}” already exists.")
ARCHIVE_UNREADABLE = _("The archive “{file}” cannot be read ({reason}).")
NO_ARCHIVE = _("“{file}” is not an archive of Lockstep.")
INCOMPLETE = _("The archive “{file}” is incomplete: it has no manifest.")
MEMBER_CHANGED = _("The archive “{file}” is damaged: “{member}” is not what was written.")
MEMBER_MISSING = _("The archive “{file}” is damaged: “{member}” is missing.")
NEWER_FORMAT = _("The archive was made by Lockstep {version}, in a format that this version does not know.")
KEEP_NEEDS_DIRECTORY = _("Old archives are removed only where the new one gets its name from its time.")
DIRECTORY_MISSING = _("There is no directory “{directory}”.")

# --- Keys -------------------------------------------------------------------------------------------------------------

PASSPHRASE_MISSING = _("The keys in this archive are encrypted with a passphrase.")
PASSPHRASE_WRONG = _("The passphrase is wrong.")
ENCRYPTION_KEYS_MISSING = _("The stored credentials need the encryption key {names}, which is not here.")
AUDIT_KEYS_MISSING = _("The audit needs the key {names}, which is not here.")

# --- Restoring --------------------------------------------------------------------------------------------------------

NEWER_SCHEMA = _("The tables are from a newer version, with schema migrations that this one does not have: {names}.")
OTHER_SCHEMA = _("This version cannot make the tables of the archive. They differ in these schema migrations: {names}.")
ROWS_REFUSED = _("Rows of “{table}” from number {number} on do not fit into its table: {reason}.")
ROWS_UNCONNECTED = _("Rows of the archive refer to rows that it does not have: {reason}.")
ROWS_LACKING = _("The archive has {found} rows of “{table}” instead of {stated}.")
TABLE_UNKNOWN = _("The archive has a table “{table}” that its schema migrations do not make.")
OCCUPIED = _("This instance is not empty.")
WORKER_ALIVE = _("A worker is alive: {worker}, last seen at {seen} UTC.")
IN_USE = _("Other processes use the database.")
SESSIONS = _("Other sessions use the database: {sessions}.")
NOT_BACKED_UP = _("What is here cannot be backed up first: {reason}")

# --- Tasks and schedules of the backup --------------------------------------------------------------------------------

RAN_IN_BACKUP = _("It was running when the restored backup was made ({moment}): how far it got is not known.")
WAITED_IN_BACKUP = _(
    "It was waiting when the restored backup was made ({moment}). Start it again if it is still wanted."
)
MISSED_BY_RESTORE = _("A backup from before it was restored")

# --- Progress ---------------------------------------------------------------------------------------------------------

COPYING_FILES = _("Copying files")
READING_TABLES = _("Reading the database")
READ_ROWS = _("Reading {table}: {rows} rows")
VERIFYING = _("Verifying {file}")
VERIFIED_BYTES = _("Verifying: {done} of {size} MB")
BACKING_UP_FIRST = _("Backing up what is here to {file}")
STORING_FILES = _("Storing files")
MAKING_TABLES = _("Making the tables of Lockstep {version}")
FILLING_TABLES = _("Filling the tables")
FILLED_ROWS = _("Filling {table}: {rows} rows")
MIGRATING = _("Migrating the tables to this version")
