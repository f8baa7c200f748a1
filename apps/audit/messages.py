# [DEF:audit.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sentences about the audit, most of them findings of a verification.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

FILE_EXISTS = _("{file} already exists. Choose a new file.")
FILE_NOT_WRITTEN = _("{file} cannot be written ({reason}). Choose another file.")
REASON_REQUIRED = _("Rewriting the head of the audit requires a reason.")
HEAD_NOT_WRITTEN = _("The head of the audit cannot be written ({reason}).")
KEY_IN_ENVIRONMENT = _(
    "The audit key is set in LOCKSTEP_AUDIT_KEY. Put a new key there and the old one into LOCKSTEP_AUDIT_KEYS_OLD, "
    "then restart all running processes."
)
CLOSING_IN_THE_FUTURE = _("Only past entries can be closed. Keep 0 days or more.")
CLOSING_REFUSED = _("Nothing is closed, because the audit does not hold: {why}")
NOTHING_TO_CLOSE = _("There are no audit entries from before {moment}.")
NO_ENTRIES = _("No audit entries yet.")

# --- findings about entries -------------------------------------------------------------------------------------------

ENTRIES_MISSING = _("Entries {first} to {last} are missing. They were removed outside of Lockstep.")
ENTRY_DOES_NOT_FOLLOW = _("Entry {number} does not follow the previous entry. One of the two was replaced.")
ENTRY_CHANGED = _("Entry {number} ({action}, {moment}) was changed after it was written.")
ENTRY_SEALED_EARLY = _("Entry {number} was sealed before the previous entry, which never happens in an intact chain.")
ENTRY_LATER_THAN_SEAL = _("Entry {number} is dated after it was sealed.")
ROW_FORGED = _("Row {row} ({action}, {moment}) is not part of the chain and was not written by Lockstep.")
NOTED_MISSING = _("Entry {number} was noted earlier, but the chain ends at {last}. Entries were removed.")
NOTED_DIFFERS = _("The hash of entry {number} differs from the one noted earlier.")
NOTED_CHECKPOINT_DIFFERS = _("The hash of the checkpoint at entry {number} differs from the one noted earlier.")
CLOCK_SET_BACK = _(
    "Entry {number} is dated before the previous entry. The clock was set back, or Lockstep was suspended before the "
    "entry was sealed."
)

# --- findings about the head ------------------------------------------------------------------------------------------

HEAD_MISSING = _(
    "There is no head outside the database: {file} cannot be read. It is unknown whether entries were cut off "
    "at the end."
)
HEAD_UNREADABLE = _(
    "There is no head outside the database: {file} cannot be read ({reason}). It is unknown whether entries were "
    "cut off at the end."
)
HEAD_OTHER_KEY = _("The head in {file} was written with the key {key}, which is not available.")
HEAD_FORGED = _("The head in {file} was not written by Lockstep.")
HEAD_DIFFERS = _(
    "Entry {number} is not the one that {file} names as sealed ({at}). The later entries replace removed ones, or the "
    "database was restored from an older backup."
)
HEAD_LAGS = _(
    "The head in {file} was last written at entry {number} ({at}), but the chain is at {last}. It is unknown whether "
    "entries after {number} were cut off."
)

# --- findings about checkpoints ---------------------------------------------------------------------------------------

CHECKPOINT_MISSING = _("A checkpoint between entries {first} and {last} is missing. It was removed.")
CHECKPOINT_FORGED = _("The checkpoint at entry {number} was not written by Lockstep.")
CHECKPOINT_OTHER_KEY = _("The checkpoint at entry {number} has the key {key}, which is not available.")
CHECKPOINT_ENTRY_UNREAD = _("The entry about the checkpoint at entry {number} is in none of the available files.")
CHECKPOINT_WITHOUT_ENTRY = _(
    "There is no entry about the checkpoint at entry {number}. The entries below it were not closed by Lockstep."
)
SEGMENT_UNREADABLE = _("The closed entries up to {number} cannot be read: {file} ({reason}).")
SEGMENT_CHANGED = _("{file}, which holds the closed entries up to {number}, was changed.")


def entries(number: int) -> str:
    return ngettext("{number} entry", "{number} entries", number).format(number=number)


def sealed_with_unknown_key(numbers: list[int], key: str) -> str:
    return ngettext(
        "{count} entry ({first}) is sealed with the key {key}, which is not available.",
        "{count} entries ({first} to {last}) are sealed with the key {key}, which is not available.",
        len(numbers),
    ).format(count=len(numbers), first=numbers[0], last=numbers[-1], key=key)


def marked_with_unknown_key(rows: list[int], key: str) -> str:
    return ngettext(
        "{count} entry without a seal (row {first}) is marked with the key {key}, which is not available.",
        "{count} entries without a seal (rows {first} to {last}) are marked with the key {key}, which is not "
        "available.",
        len(rows),
    ).format(count=len(rows), first=rows[0], last=rows[-1], key=key)


def missing_at_the_end(first: int, last: int, at: str) -> str:
    count = last - first + 1
    return ngettext(
        "{count} sealed entry is missing at the end ({first}, according to the head of {at}). It was removed, or the "
        "database was restored from an older backup, or lost its last changes in a power failure.",
        "{count} sealed entries are missing at the end ({first} to {last}, according to the head of {at}). They were "
        "removed, or the database was restored from an older backup, or lost its last changes in a power failure.",
        count,
    ).format(count=count, first=first, last=last, at=at)


def more_findings(number: int) -> str:
    return ngettext("And {number} more.", "And {number} more.", number).format(number=number)


def not_sealed_yet(number: int) -> str:
    return ngettext(
        "{number} entry is not sealed yet. It is sealed with the next change, or by the worker.",
        "{number} entries are not sealed yet. They are sealed with the next change, or by the worker.",
        number,
    ).format(number=number)
