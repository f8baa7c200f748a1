# [DEF:instance.management.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the command `instance` says.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

HELP = _("This instance of Lockstep, its database and files: backup, verify, restore.")
HELP_BACKUP = _("Write an archive of the database and the files. Lockstep may run meanwhile.")
HELP_VERIFY = _("Compare everything in an archive with its checksums, and say what it is.")
HELP_RESTORE = _("Replace the database and the files by those of an archive. Lockstep must not run.")
HELP_FILE = _("archive that `instance backup` wrote")
HELP_INTO = _(
    "file to create, or a directory in which the archive is named by its time (default: backups in the data directory)"
)
HELP_KEEP = _("of the archives named by their time in that directory, keep the N newest (default: all)")
HELP_WITH_KEYS = _("include the keys, unencrypted: whoever has the archive can read all credentials")
HELP_PASSPHRASE_FILE = _("include the keys, encrypted with the passphrase in the first line of this file")
HELP_PASSPHRASE_STDIN = _("include the keys, encrypted with a passphrase from standard input")
HELP_DECRYPT_FILE = _("decrypt the keys in the archive with the passphrase in the first line of this file")
HELP_DECRYPT_STDIN = _("decrypt the keys in the archive with a passphrase from standard input")
HELP_REPLACE = _("replace an instance that is not empty; it is backed up first")
HELP_WITHOUT_KEYS = _("restore although keys are missing, and leave out those in the archive")

STDIN = _("standard input")

WROTE = _("Wrote {file} ({size}): {contents}.")
WHAT = _("{file} is a backup of {created}, made by Lockstep {version} with {database}: {contents}.")
REMOVED = _("Removed older archives: {names}.")
KEYS_IN_IT = _("Its keys are in it, unencrypted: keep it as safe as the credentials themselves.")
KEYS_ENCRYPTED = _("Its keys are in it, encrypted: it cannot be restored elsewhere without the passphrase.")
KEYS_NEEDED = _("To restore it elsewhere, you also need {keys}: back them up, too, or use --passphrase-file.")
KEYS_NEEDED_HERE = _("It needs {keys}.")
ENCRYPTION_KEYS = _("the encryption key {names}")
AUDIT_KEYS = _("the audit key {names}")
AND = _("{first} and {second}")
INTACT = _("All {number} parts are what was written.")
WOULD_REPLACE = _("It would replace what is here: {contents}. That would be backed up first, in {directory}.")
WOULD_FILL = _("It would be restored into this empty instance.")
RESTORED = _("Restored the backup of {created}: {contents}.")
KEPT = _("What was here before is in {file}; its keys are still in the data directory.")
NOTHING_RUNS = _("Tasks that were open: {lost} lost, {cancelled} cancelled. Schedules go on with their next slot.")
AUDIT_HOLDS = _("The audit holds.")
AUDIT_BROKEN = _("The audit does not hold, or that cannot be told:")
SIGN_IN_AGAIN = _("Everybody has to sign in again.")


def missing_files(number: int) -> str:
    return ngettext(
        "{number} file that it refers to is not in it, because it was missing or changed already.",
        "{number} files that it refers to are not in it, because they were missing or changed already.",
        number,
    ).format(number=number)


def unknown_secrets(number: int) -> str:
    return ngettext(
        "{number} stored secret cannot be decrypted by any key of this instance.",
        "{number} stored secrets cannot be decrypted by any key of this instance.",
        number,
    ).format(number=number)


def steps(number: int) -> str:
    return ngettext(
        "Its tables were migrated to this version ({number} schema migration).",
        "Its tables were migrated to this version ({number} schema migrations).",
        number,
    ).format(number=number)


def users(number: int) -> str:
    return ngettext("{number} user", "{number} users", number).format(number=number)


def environments(number: int) -> str:
    return ngettext("{number} environment", "{number} environments", number).format(number=number)


def migrations(number: int) -> str:
    return ngettext("{number} migration", "{number} migrations", number).format(number=number)


def tasks(number: int) -> str:
    return ngettext("{number} task", "{number} tasks", number).format(number=number)


def files(number: int) -> str:
    return ngettext("{number} file", "{number} files", number).format(number=number)
